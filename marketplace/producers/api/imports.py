"""Importing product lists as a job."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, PageArgs, endpoint, file_response, needs, page_of, page_schema
from marketplace.core.http.paging import make_cursor, open_cursor
from marketplace.producers import schemas
from marketplace.producers.api.blueprint import blueprint
from marketplace.producers.models import ProductImport
from marketplace.producers.service.imports import ImportOptions, job


@blueprint.route("/product-imports", methods=["POST"])
@endpoint(needs("producers.import"), idempotent=True)
@blueprint.arguments(schemas.ImportFileIn, location="files")
@blueprint.arguments(schemas.ImportOptionsIn, location="form")
@blueprint.response(202, schemas.ImportOut)
def import_products(
    session: Session, actor: Actor, files: dict[str, Any], options: dict[str, Any]
) -> ProductImport:
    """Take a product list; a job checks every row and imports all of them or none."""
    upload = files["file"]
    return job.ask(session, actor, upload.filename or "", upload.read(), ImportOptions(**options))


@blueprint.route("/product-imports")
@endpoint(needs("producers.import"))
@blueprint.arguments(PageArgs, location="query")
@blueprint.response(200, page_schema(schemas.ImportOut))
def list_imports(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """The own imports, newest first."""
    return page_of(
        session,
        job.own(actor),
        keys=[ProductImport.id],
        key_of=lambda kept: [kept.id],
        args=args,
        descending=True,
    )


@blueprint.route("/product-imports/<uuid:import_id>")
@endpoint(needs("producers.import"))
@blueprint.response(200, schemas.ImportOut)
def get_import(session: Session, actor: Actor, import_id: uuid.UUID) -> ProductImport:
    """How an import went."""
    return job.get(session, actor, import_id)


@blueprint.route("/product-imports/<uuid:import_id>/errors")
@endpoint(needs("producers.import"))
@blueprint.arguments(PageArgs, location="query")
@blueprint.response(200, page_schema(schemas.RowErrorOut))
def list_import_errors(
    session: Session, actor: Actor, args: dict[str, Any], import_id: uuid.UUID
) -> Page[Any]:
    """Every error by row, column and reason."""
    kept = job.get(session, actor, import_id)
    scope = f"import {kept.id}"
    start = int(open_cursor(args["cursor"], scope)[0]) if args["cursor"] else 0
    end = start + args["page_size"]
    following = make_cursor([end], scope) if end < len(kept.errors) else None
    return Page(kept.errors[start:end], following)


@blueprint.route("/product-imports/<uuid:import_id>/bad-rows")
@endpoint(needs("producers.import"))
@blueprint.arguments(schemas.BadRowsArgs, location="query")
@blueprint.response(200, content_type="application/octet-stream")
def download_bad_rows(session: Session, actor: Actor, args: dict[str, Any], import_id: uuid.UUID) -> Response:
    """The rows that were refused, with their reasons, to be mended and sent again."""
    form = args["format"]
    content = job.bad_rows(session, actor, import_id, as_xlsx=form == "xlsx")
    return file_response(form, content, "bad-rows")
