"""What the routes of bulletins answer: as officials and as everybody may read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from flask import Response
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace.core.actor import Actor
from marketplace.core.http import file_response, localised, page_of
from marketplace.statistics.bulletins import service
from marketplace.statistics.bulletins.canonical import digest
from marketplace.statistics.bulletins.document import document, issue_title
from marketplace.statistics.bulletins.models import Bulletin
from marketplace.statistics.bulletins.rules import DISCLOSURES, STATES
from marketplace.statistics.bulletins.service.papers import FOR_EVERYBODY

AsRow = Callable[[Bulletin, str | None, str | None], dict[str, Any]]


def page_answer(
    session: Session,
    found: Select[Bulletin],
    args: dict[str, Any],
    at: InstrumentedAttribute[Any],
    as_row: AsRow,
) -> dict[str, Any]:
    """A page of bulletins, by the instant `at`, newest first, each with the numbers of the versions beside it."""
    page = page_of(
        session,
        found,
        keys=(at, Bulletin.id),
        key_of=lambda row: (getattr(row, at.key), row.id),
        args=args,
        descending=True,
    )
    beside = service.versions_beside(session, page.items)
    return {"items": [as_row(row, *beside[row.id]) for row in page.items], "next_cursor": page.next_cursor}


def file_of(
    session: Session, actor: Actor | None, bulletin: Bulletin, file_format: str, kind: str
) -> Response:
    """The document in a format: of the whole content, or of what everybody may read (`kind`).

    JSON is the very bytes, PDF the paper that was set of them; both have their SHA-256 as ETag.
    """
    content = bytes((bulletin.public_content if kind == FOR_EVERYBODY else bulletin.content) or b"")
    if file_format == "pdf":
        paper = service.document_of(session, bulletin, kind)
        body = service.document_bytes(session, actor, bulletin, paper)
        return file_response("pdf", body, bulletin.number, inline=True, sha256=paper.sha256)
    if file_format == "json":
        response = Response(content, mimetype="application/json")
        response.set_etag(digest(content).hex())
        return response
    return file_response(file_format, document(bulletin, content, file_format), bulletin.number)


def in_detail(session: Session, bulletin: Bulletin) -> dict[str, Any]:
    """As officials see it, with its steps."""
    steps = [
        {
            "step": one.step,
            "title": localised(STATES[one.step]),
            "at": one.at,
            "actor_id": one.actor_id,
            "opinion": one.opinion,
        }
        for one in service.steps_of(session, bulletin)
    ]
    beside = service.versions_beside(session, [bulletin])[bulletin.id]
    return as_official(bulletin, *beside) | {"steps": steps}


def as_official(bulletin: Bulletin, before: str | None, after: str | None) -> dict[str, Any]:
    """Every state, digest and signature of the whole content. `before` and `after` are numbers of versions."""
    return _common(bulletin, before, after) | {
        "state": bulletin.state,
        "state_title": localised(STATES[bulletin.state]),
        "known_at": bulletin.known_at,
        "drafted_at": bulletin.drafted_at,
        "reviewed_at": bulletin.reviewed_at,
        **_signed(bulletin, bytes(bulletin.content_sha256).hex(), bulletin.imprint, bulletin.signature),
    }


def as_everybody(bulletin: Bulletin, before: str | None, after: str | None) -> dict[str, Any]:
    """What is public of it, with the digest and the signature of that."""
    imprint = orjson.loads(bulletin.public_imprint or b"{}")
    return _common(bulletin, before, after) | _signed(
        bulletin, imprint["content_sha256"], bulletin.public_imprint, bulletin.public_signature
    )


def _signed(
    bulletin: Bulletin, sha256: str, imprint: bytes | None, signature: bytes | None
) -> dict[str, Any]:
    return {
        "sha256": sha256,
        "imprint": None if imprint is None else bytes(imprint).decode(),
        "signature": None if signature is None else bytes(signature).hex(),
        "public_key": None if bulletin.public_key is None else bytes(bulletin.public_key).hex(),
        "key_version": bulletin.key_version,
    }


def _common(bulletin: Bulletin, before: str | None, after: str | None) -> dict[str, Any]:
    names = (
        "number year issue_no total_no version title supplied_by main_to copy_to disclosure period area_code"
        " view level adjusted_to reason issued_at"
    )
    return {name: getattr(bulletin, name) for name in names.split()} | {
        "issue_title": issue_title(bulletin),
        "disclosure_title": localised(DISCLOSURES[bulletin.disclosure]),
        "report": bulletin.report_code,
        "supersedes": before,
        "superseded_by": after,
    }
