"""Routes of statistics: any measures by any dimensions, under the official's area."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import period_days, today
from marketplace.core.http import ApiBlueprint, endpoint, needs
from marketplace.statistics import schemas
from marketplace.statistics.dimensions import DIMENSIONS, dimension
from marketplace.statistics.measures import measure
from marketplace.statistics.query import Answer, Question, ask

blueprint = ApiBlueprint("statistics", __name__, "统计:任意指标按任意维度,按辖区可见,附口径与账本位置")


@blueprint.route("/statistics", methods=["GET"])
@endpoint(needs("statistics.read"), snapshot=True)
@blueprint.arguments(schemas.StatisticsArgs, location="query")
@blueprint.response(200, schemas.StatisticsOut)
def statistics(session: Session, actor: Actor, args: dict[str, Any]) -> Any:
    """组合查询:指标 × 维度"""
    question = question_of(actor, args)
    return as_json(question, ask(session, question))


def question_of(actor: Actor, args: dict[str, Any]) -> Question:
    """The question that loaded arguments ask, limited to the areas over which the actor may read statistics."""
    by = tuple(dimension(code).code for code in _codes(args["by"]))
    filters = {one.code: args[one.code] for one in DIMENSIONS if args.get(one.code) is not None}
    month = filters.pop("period", None)
    to_period = args["to_period"] or month
    day = args["on"] or (period_days(to_period)[1] - timedelta(days=1) if to_period else today())
    return Question(
        measures=_codes(args["measures"]),
        by=by,
        level=args["level"],
        from_period=args["from_period"] or month,
        to_period=to_period,
        area=args["area"] or "000000",
        areas=scope_of(actor),
        view=args["view"],
        filters=filters,
        on=day,
    )


def scope_of(actor: Actor, permission: str = "statistics.read") -> tuple[str, ...]:
    """Area codes over which the actor holds the permission (without an owner)."""
    return tuple(
        sorted({held.area_code for held in actor.holding(permission) if held.organisation_id is None})
    )


def as_json(question: Question, answer: Answer) -> dict[str, Any]:
    """The wire form of an answer."""
    found = [measure(code) for code in question.measures]
    return {
        "measures": [{"code": m.code, "title": m.title_zh, "unit": m.unit} for m in found],
        "dimensions": list(question.by),
        "rows": [
            {
                "key": [None if v is None else str(v) for v in row.key],
                "titles": row.titles,
                "figures": row.figures,
            }
            for row in answer.rows
        ],
        "total": answer.total,
        "definitions": answer.definitions,
        "position": answer.position,
        "last_entry": answer.last_entry,
        "view": question.view,
    }


def _codes(text: str | None) -> tuple[str, ...]:
    return tuple(code.strip() for code in (text or "").split(",") if code.strip())
