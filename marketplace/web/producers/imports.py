"""A product list as a file: first looked through row by row, then taken in."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any, Final

from flask import Response, request
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.errors import Invalid
from marketplace.core.files import MAX_BYTES
from marketplace.producers.schemas import ImportOptionsIn
from marketplace.producers.service.imports import ImportOptions, job
from marketplace.web.kit import Form, Pages, done, hats, needs, note, render
from marketplace.web.kit import say as _

pages: Final = Pages("producers_imports", __name__, url_prefix="/producer/imports")

STATES: Final = {
    "queued": note("正在核对"),
    "validated": note("已核对,未导入"),
    "imported": note("已导入"),
    "refused": note("未导入"),
}
MOST_ERRORS: Final = 200


@pages.form("/new", needs("producers.import"), ImportOptionsIn)
def new(session: Session, actor: Actor, form: Form) -> Response:
    """Choose the file."""
    return render("producers/import_form.html", form=form.fill(dry_run=True))


@new.submit
def ask(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """A job looks through it within seconds."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid("file_empty", "请选择文件", pointer="/file")
    content = sent.stream.read(MAX_BYTES + 1)
    # The file is the organisation's for which one acts, whoever opened the account.
    asking = replace(actor, organisation_id=hats.organisation(actor))
    kept = job.ask(session, asking, sent.filename, content, ImportOptions(**body))
    return done(f"/producer/imports/{kept.id}", _("文件已收到"))


@pages.show("/<uuid:import_id>", needs("producers.import"))
def one(session: Session, actor: Actor, import_id: uuid.UUID) -> Response:
    """How it went: every bad cell by row and column."""
    kept = job.get(session, actor, import_id)
    return render(
        "producers/import.html",
        kept=kept,
        title=STATES[kept.state],
        errors=kept.errors[:MOST_ERRORS],
        more=max(0, len(kept.errors) - MOST_ERRORS),
    )
