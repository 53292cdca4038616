"""The leader's one page, as figures and as a sheet of A4."""

from __future__ import annotations

from typing import Any

from marketplace.core.actor import Actor
from marketplace.core.db import transaction
from marketplace.core.http import endpoint, file_response, localised, needs
from marketplace.statistics import schemas
from marketplace.statistics.api.blueprint import blueprint
from marketplace.statistics.asking import known_area, scope_of
from marketplace.statistics.leader import FIGURES, LeaderPage, leader_page
from marketplace.statistics.leader_lagging import BASES, Lagging, Part
from marketplace.statistics.leader_paper import paper_of, reason_text
from marketplace.statistics.reports import ReportRequest
from marketplace.statistics.reports.coverage_figures import PARTS


@blueprint.route("/reports/leader-page", methods=["GET"])
@endpoint(needs("statistics.read"), own_transactions=True)
@blueprint.arguments(schemas.LeaderArgs, location="query")
@blueprint.response(200, schemas.LeaderOut)
def show_leader_page(actor: Actor, args: dict[str, Any]) -> Any:
    """One page for a leader: total, growth, rank, gaps of coverage, who lags and why; as JSON or PDF."""
    area = known_area(args["area"])
    actor.require("statistics.read", area=area)
    request = ReportRequest(args["period"], area, scope_of(actor), args["view"])
    with transaction(snapshot=True) as session:
        page = leader_page(session, request)
    if args["format"] == "json":
        return _as_json(page)
    # Set after the snapshot has ended: tens of milliseconds in which no connection is held.
    paper = paper_of(page)
    name = f"leader-page-{page.area}-{page.period}"
    return file_response("pdf", paper.content, name, inline=True, sha256=paper.sha256)


def _as_json(page: LeaderPage) -> dict[str, Any]:
    return {
        "period": page.period,
        "area": page.area,
        "view": page.view,
        "level": page.level,
        "figures": [
            {
                "code": code,
                "title": localised(title),
                "kind": kind,
                "value": _word(page.figures[code]),
                "definition": localised(definition),
            }
            for code, (title, kind, definition) in FIGURES.items()
        ],
        "siblings": page.siblings,
        "parts": [_part(one) for one in page.parts],
        "coverage": [
            {"code": code, "title": localised(title), "covered": page.covered[code], "areas": len(page.parts)}
            for code, title in PARTS.items()
        ],
        "lagging": [_lagging(one) for one in page.lagging],
        "basis": localised(BASES[page.basis]),
        "position": page.position,
        "last_entry": page.last_entry,
    }


def _part(one: Part) -> dict[str, Any]:
    names = ("area", "name", "amount_fen", "rank", "target_fen", "completion_bp")
    return {name: getattr(one, name) for name in names} | {
        "year_on_year": _word(one.year_on_year),
        "lacking": [localised(title) for title in one.lacking.values()],
    }


def _lagging(one: Lagging) -> dict[str, Any]:
    return {
        "area": one.part.area,
        "name": one.part.name,
        "reasons": [{"code": why.code, "text": reason_text(why, localised)} for why in one.reasons],
    }


def _word(value: int | str | None) -> int | str | None:
    return localised(value) if isinstance(value, str) else value
