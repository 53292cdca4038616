"""Sealed bulletins: drawn up, reviewed, issued, read, compared and verified; open ones by everybody."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core import signing
from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, localised, needs, page_of, public
from marketplace.statistics.api.blueprint import blueprint, file_response
from marketplace.statistics.bulletins import service
from marketplace.statistics.bulletins.canonical import digest
from marketplace.statistics.bulletins.document import document, issue_title
from marketplace.statistics.bulletins.models import Bulletin
from marketplace.statistics.bulletins.rules import DISCLOSURES, STATES
from marketplace.statistics.schemas import bulletins as shapes


@blueprint.route("/bulletins", methods=["POST"])
@endpoint(needs("statistics.bulletin_draft"), idempotent=True)
@blueprint.arguments(shapes.BulletinIn)
@blueprint.response(201, shapes.BulletinDetailOut)
def draft(session: Session, actor: Actor, new: service.NewBulletin) -> dict[str, Any]:
    """Draw a bulletin up (拟稿) from a report of a closed month; its bytes are frozen now."""
    return _in_detail(session, service.draft_bulletin(session, actor, new))


@blueprint.route("/bulletins/<number>/review", methods=["POST"])
@endpoint(needs("statistics.bulletin_review"), idempotent=True)
@blueprint.arguments(shapes.BulletinDecisionIn)
@blueprint.response(200, shapes.BulletinDetailOut)
def review(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Review a draft (审核), or return it. Not by who drew it up."""
    return _in_detail(session, service.review_bulletin(session, actor, number, **body))


@blueprint.route("/bulletins/<number>/issue", methods=["POST"])
@endpoint(needs("statistics.bulletin_issue"), idempotent=True)
@blueprint.arguments(shapes.BulletinDecisionIn)
@blueprint.response(200, shapes.BulletinDetailOut)
def issue(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Issue a reviewed bulletin (签发): it is numbered, signed and never changes again. Not by who drew it up or reviewed it."""
    return _in_detail(session, service.issue_bulletin(session, actor, number, **body))


@blueprint.route("/bulletins")
@endpoint(needs("statistics.read"))
@blueprint.arguments(shapes.BulletinListArgs, location="query")
@blueprint.response(200, shapes.BulletinPage)
def listing(session: Session, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    """Bulletins of the official's areas, newest first."""
    page = page_of(
        session,
        service.bulletins_seen_by(actor, args),
        keys=(Bulletin.drafted_at, Bulletin.id),
        key_of=lambda row: (row.drafted_at, row.id),
        args=args,
        descending=True,
    )
    return {"items": [_as_official(session, row) for row in page.items], "next_cursor": page.next_cursor}


@blueprint.route("/bulletins/<number>")
@endpoint(needs("statistics.read"))
@blueprint.response(200, shapes.BulletinDetailOut)
def show(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """A bulletin with its steps."""
    return _in_detail(session, service.find_bulletin(session, actor, number))


@blueprint.route("/bulletins/<number>/document")
@endpoint(needs("statistics.read"))
@blueprint.arguments(shapes.DocumentArgs, location="query")
@blueprint.response(200)
def show_document(session: Session, actor: Actor, args: dict[str, Any], number: str) -> Response:
    """The whole content: JSON is the very bytes that are signed, XLSX the official form, CSV for machines."""
    bulletin = service.find_bulletin(session, actor, number)
    return _file(bulletin, bytes(bulletin.content), args["format"])


@blueprint.route("/bulletins/<number>/adjustments")
@endpoint(needs("statistics.read"), snapshot=True)
@blueprint.response(200, shapes.AdjustmentList)
def adjustments(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """What was booked later and adjusts the months of the bulletin."""
    found = service.adjustments_of(session, service.find_bulletin(session, actor, number))
    return {"items": found[: service.MOST], "more": len(found) > service.MOST}


@blueprint.route("/bulletins/<number>/comparison")
@endpoint(needs("statistics.read"), snapshot=True)
@blueprint.response(200, shapes.ComparisonOut)
def comparison(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """As published beside as known today: which figure changed by how much, and which entries stand behind it."""
    found = service.compare(session, service.find_bulletin(session, actor, number))
    return {
        "published_position": found.published.position,
        "today_position": found.today.position,
        "rows": [
            {
                "row": row.row,
                "state": row.state,
                "figures": [
                    {
                        "column": one.column.code,
                        "title": localised(one.column.title_zh),
                        "kind": one.column.kind,
                        "published": one.published,
                        "today": one.today,
                        "difference": one.difference,
                    }
                    for one in row.figures
                ],
                "entries": row.entries,
            }
            for row in found.rows
        ],
        "adjustments": found.adjustments,
        "more": found.more,
    }


@blueprint.route("/bulletins/<number>/verification")
@endpoint(needs("statistics.read"), snapshot=True)
@blueprint.response(200, shapes.VerificationOut)
def verification(session: Session, actor: Actor, number: str) -> Any:
    """Check digest and signatures, build the report again from the ledger, and say whether the bytes are the same."""
    return service.verify_bulletin(session, service.find_bulletin(session, actor, number))


@blueprint.route("/public/bulletins")
@endpoint(public())
@blueprint.arguments(shapes.OpenBulletinListArgs, location="query")
@blueprint.response(200, shapes.OpenBulletinPage)
def open_listing(session: Session, actor: Actor | None, args: dict[str, Any]) -> dict[str, Any]:
    """Issued bulletins that are open (主动公开), newest first. Open to everybody."""
    page = page_of(
        session,
        service.open_bulletins(args),
        keys=(Bulletin.issued_at, Bulletin.id),
        key_of=lambda row: (row.issued_at, row.id),
        args=args,
        descending=True,
    )
    return {"items": [_as_everybody(session, row) for row in page.items], "next_cursor": page.next_cursor}


@blueprint.route("/public/bulletins/<number>")
@endpoint(public())
@blueprint.response(200, shapes.OpenBulletinOut)
def open_show(session: Session, actor: Actor | None, number: str) -> dict[str, Any]:
    """An open bulletin with what was signed of it. Open to everybody; 404 for every other."""
    return _as_everybody(session, service.find_open_bulletin(session, number))


@blueprint.route("/public/bulletins/<number>/document")
@endpoint(public())
@blueprint.arguments(shapes.DocumentArgs, location="query")
@blueprint.response(200)
def open_document(session: Session, actor: Actor | None, args: dict[str, Any], number: str) -> Response:
    """What everybody reads of an open bulletin, small counts withheld; JSON is the very bytes that are signed."""
    bulletin = service.find_open_bulletin(session, number)
    return _file(bulletin, bytes(bulletin.public_content or b""), args["format"])


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


def _file(bulletin: Bulletin, content: bytes, file_format: str) -> Response:
    if file_format != "json":
        return file_response(file_format, document(bulletin, content, file_format), bulletin.number)
    response = Response(content, mimetype="application/json")
    response.set_etag(digest(content).hex())
    return response


def _in_detail(session: Session, bulletin: Bulletin) -> dict[str, Any]:
    steps = [
        {"step": one.step, "title": localised(STATES[one.step]), "at": one.at, "opinion": one.opinion}
        for one in service.steps_of(session, bulletin)
    ]
    return _as_official(session, bulletin) | {"steps": steps}


def _as_official(session: Session, bulletin: Bulletin) -> dict[str, Any]:
    return _common(session, bulletin) | {
        "state": bulletin.state,
        "state_title": localised(STATES[bulletin.state]),
        "known_at": bulletin.known_at,
        "drafted_at": bulletin.drafted_at,
        "reviewed_at": bulletin.reviewed_at,
        **_signed(bulletin, bytes(bulletin.content), bulletin.imprint, bulletin.signature),
    }


def _as_everybody(session: Session, bulletin: Bulletin) -> dict[str, Any]:
    content = bytes(bulletin.public_content or b"")
    return _common(session, bulletin) | _signed(
        bulletin, content, bulletin.public_imprint, bulletin.public_signature
    )


def _signed(
    bulletin: Bulletin, content: bytes, imprint: bytes | None, signature: bytes | None
) -> dict[str, Any]:
    return {
        "sha256": digest(content).hex(),
        "imprint": None if imprint is None else bytes(imprint).decode(),
        "signature": None if signature is None else bytes(signature).hex(),
        "public_key": None if bulletin.public_key is None else bytes(bulletin.public_key).hex(),
        "key_version": bulletin.key_version,
    }


def _common(session: Session, bulletin: Bulletin) -> dict[str, Any]:
    before = None if bulletin.supersedes_id is None else session.get_one(Bulletin, bulletin.supersedes_id)
    after = service.superseded_by(session, bulletin)
    names = (
        "number year issue_no total_no version title supplied_by main_to copy_to disclosure period area_code"
        " view level adjusted_to reason issued_at"
    )
    return {name: getattr(bulletin, name) for name in names.split()} | {
        "issue_title": issue_title(bulletin),
        "disclosure_title": localised(DISCLOSURES[bulletin.disclosure]),
        "report": bulletin.report_code,
        "supersedes": None if before is None else before.number,
        "superseded_by": None if after is None else after.number,
    }
