"""Sealed bulletins, for officials: drawn up, reviewed, issued, read, compared and verified."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, localised, needs
from marketplace.statistics.api.blueprint import blueprint
from marketplace.statistics.api.bulletin_answers import as_official, file_of, in_detail, page_answer
from marketplace.statistics.bulletins import service
from marketplace.statistics.bulletins.models import Bulletin
from marketplace.statistics.bulletins.service.papers import WHOLE
from marketplace.statistics.schemas import bulletins as shapes


@blueprint.route("/bulletins", methods=["POST"])
@endpoint(needs("statistics.bulletin_draft"), idempotent=True)
@blueprint.arguments(shapes.BulletinIn)
@blueprint.response(201, shapes.BulletinDetailOut)
def draft(session: Session, actor: Actor, new: service.NewBulletin) -> dict[str, Any]:
    """Draw a bulletin up (拟稿) from a report of a closed month; its bytes are frozen now."""
    return in_detail(session, service.draft_bulletin(session, actor, new))


@blueprint.route("/bulletins/<number>/review", methods=["POST"])
@endpoint(needs("statistics.bulletin_review"), idempotent=True)
@blueprint.arguments(shapes.BulletinDecisionIn)
@blueprint.response(200, shapes.BulletinDetailOut)
def review(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Review a draft (审核), or return it. Not by who drew it up."""
    return in_detail(session, service.review_bulletin(session, actor, number, **body))


@blueprint.route("/bulletins/<number>/issue", methods=["POST"])
@endpoint(needs("statistics.bulletin_issue"), idempotent=True)
@blueprint.arguments(shapes.BulletinDecisionIn)
@blueprint.response(200, shapes.BulletinDetailOut)
def issue(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Issue a reviewed bulletin (签发): it is numbered, signed and never changes again. Not by who drew it up or reviewed it."""
    return in_detail(session, service.issue_bulletin(session, actor, number, **body))


@blueprint.route("/bulletins")
@endpoint(needs("statistics.read"))
@blueprint.arguments(shapes.BulletinListArgs, location="query")
@blueprint.response(200, shapes.BulletinPage)
def listing(session: Session, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    """Bulletins of the official's areas, newest first."""
    found = service.bulletins_seen_by(actor, args)
    return page_answer(session, found, args, Bulletin.drafted_at, as_official)


@blueprint.route("/bulletins/<number>")
@endpoint(needs("statistics.read"))
@blueprint.response(200, shapes.BulletinDetailOut)
def show(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """A bulletin with its steps."""
    return in_detail(session, service.find_bulletin(session, actor, number))


@blueprint.route("/bulletins/<number>/document")
@endpoint(needs("statistics.read"))
@blueprint.arguments(shapes.DocumentArgs, location="query")
@blueprint.response(200)
def show_document(session: Session, actor: Actor, args: dict[str, Any], number: str) -> Response:
    """The whole content: JSON is the very bytes that are signed, XLSX the official form, CSV for machines, PDF the paper."""
    bulletin = service.find_bulletin(session, actor, number)
    return file_of(session, actor, bulletin, args["format"], WHOLE)


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
