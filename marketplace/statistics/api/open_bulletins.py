"""Open bulletins (主动公开), read and checked by everybody."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core import signing
from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, public
from marketplace.statistics.api.blueprint import blueprint
from marketplace.statistics.api.bulletin_answers import as_everybody, file_of, page_answer
from marketplace.statistics.bulletins import service
from marketplace.statistics.bulletins.models import Bulletin
from marketplace.statistics.bulletins.service.papers import FOR_EVERYBODY
from marketplace.statistics.schemas import bulletins as shapes


@blueprint.route("/public/bulletins")
@endpoint(public())
@blueprint.arguments(shapes.OpenBulletinListArgs, location="query")
@blueprint.response(200, shapes.OpenBulletinPage)
def open_listing(session: Session, actor: Actor | None, args: dict[str, Any]) -> dict[str, Any]:
    """Issued bulletins that are open (主动公开), newest first. Open to everybody."""
    return page_answer(session, service.open_bulletins(args), args, Bulletin.issued_at, as_everybody)


@blueprint.route("/public/bulletins/<number>")
@endpoint(public())
@blueprint.response(200, shapes.OpenBulletinOut)
def open_show(session: Session, actor: Actor | None, number: str) -> dict[str, Any]:
    """An open bulletin with what was signed of it. Open to everybody; 404 for every other."""
    bulletin = service.find_open_bulletin(session, number)
    return as_everybody(bulletin, *service.versions_beside(session, [bulletin])[bulletin.id])


@blueprint.route("/public/bulletins/<number>/document")
@endpoint(public())
@blueprint.arguments(shapes.DocumentArgs, location="query")
@blueprint.response(200)
def open_document(session: Session, actor: Actor | None, args: dict[str, Any], number: str) -> Response:
    """What everybody reads of an open bulletin, small counts withheld; JSON is the very bytes that are signed, PDF the paper."""
    bulletin = service.find_open_bulletin(session, number)
    return file_of(session, actor, bulletin, args["format"], FOR_EVERYBODY)


@blueprint.route("/public/bulletin-keys")
@endpoint(public())
@blueprint.response(200, shapes.PublicKeyList)
def keys(session: Session, actor: Actor | None) -> dict[str, Any]:
    """The public keys by which anybody checks the signature over an imprint. Open to everybody."""
    return {
        "items": [
            {"version": version, "algorithm": signing.ALGORITHM, "public_key": key.hex()}
            for version, key in service.public_keys(session)
        ]
    }
