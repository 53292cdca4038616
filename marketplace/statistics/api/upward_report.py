"""The upper side: own sales beside what lower instances fed, and each source's months against its sealed totals."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core import divisions
from marketplace.core.actor import Actor
from marketplace.core.errors import Invalid
from marketplace.core.http import endpoint, localised, needs
from marketplace.intake.schemas.upward import UpwardHoldingOut
from marketplace.intake.service.upward_standing import held_as_json, held_of
from marketplace.statistics.api.blueprint import blueprint
from marketplace.statistics.asking import asked_area, scope_of
from marketplace.statistics.schemas import upward as schemas
from marketplace.statistics.upward import heads, report

SEALED = "已封存"
MONITORING = "监测快报"
NOTE = "内部数据,不得公开;每笔销售只由一个上报方上报"


@blueprint.route("/statistics/upward")
@endpoint(needs("statistics.read"), snapshot=True)
@blueprint.arguments(schemas.UpwardArgs, location="query")
@blueprint.response(200, schemas.UpwardOut)
def all_levels(session: Session, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    """Own sales beside what lower instances fed, by up to two dimensions; households by county. Internal, not for publication."""
    asked = _asked(actor, args)
    rows = report.upward_rows(session, asked)
    held = report.held_by_source(session, asked)
    sources = report.sources_as_held(session, asked, held)
    homes = heads.heads_of(session, asked, held)
    for one in (homes, *homes["rows"]):
        one["bound"] = localised(one["bound"]) if one["bound"] else ""
    is_sealed = (
        asked.from_period == asked.to_period
        and report.is_own_closed(session, asked.to_period)
        and all(one.state == "sealed" for one in held)
    )
    return {
        "from_period": asked.from_period,
        "to_period": asked.to_period,
        "label": localised(SEALED if is_sealed else MONITORING),
        "note": localised(NOTE),
        "rows": [_row(one) for one in rows if one.key],
        "whole": next(_row(one) for one in rows if not one.key),
        "sources": sources,
        "households": homes,
    }


@blueprint.route("/statistics/upward/sources/<source>/reconciliation")
@endpoint(needs("statistics.read"), snapshot=True)
@blueprint.arguments(schemas.UpwardMonthArgs, location="query")
@blueprint.response(200, UpwardHoldingOut)
def source_reconciliation(
    session: Session, actor: Actor, args: dict[str, Any], source: str
) -> dict[str, Any]:
    """A source's month: the entries that were fed against its sealed total, with every difference."""
    found = report.source_seen(session, actor, source)
    return held_as_json(held_of(session, found, args["period"]))


def _asked(actor: Actor, args: dict[str, Any]) -> report.Asked:
    to_period = args["to_period"] or args["period"]
    from_period = args["from_period"] or args["period"] or to_period
    if to_period is None or from_period is None:
        raise Invalid("months_missing", "请给出 period,或 from 和 to", pointer="period")
    if from_period > to_period:
        raise Invalid("months_out_of_order", "起始月不能晚于截止月", pointer="from")
    return report.Asked(
        from_period,
        to_period,
        tuple(code.strip() for code in args["by"].split(",") if code.strip()),
        args["level"],
        asked_area(actor, args["area"] or divisions.NATION),
        scope_of(actor),
    )


def _row(row: report.UpwardRow) -> dict[str, Any]:
    return {
        "key": list(row.key),
        "titles": [localised(one) for one in row.titles],
        "own": row.own,
        "fed": row.fed,
        "total": row.total,
    }
