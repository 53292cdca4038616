"""What somebody asks, out of arguments that were loaded: by the routes, and by exports, which take the same ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace.core import divisions
from marketplace.core.actor import Actor
from marketplace.core.clock import period_days, today
from marketplace.core.errors import Forbidden, Invalid
from marketplace.statistics.conditions import values_of
from marketplace.statistics.dimensions import DIMENSIONS, dimension
from marketplace.statistics.query import Question
from marketplace.statistics.reports import ReportRequest


def known_area(code: str) -> str:
    """The code in its shortest form; Invalid (422) when there is no such area, so that a slip is not answered with zeros."""
    return divisions.get(code).code


def asked_area(actor: Actor, code: str) -> str:
    """The area asked for, in its shortest form.

    Invalid as `known_area`; Forbidden ``out_of_scope`` (403) when nothing of it is the actor's: zeros would say that nothing was
    sold there. Of a larger area the actor is answered the part that is theirs.
    """
    area = known_area(code)
    scope = scope_of(actor)
    if area != divisions.NATION and not any(
        divisions.covers(one, area) or divisions.covers(area, one) for one in scope
    ):
        raise Forbidden("out_of_scope", "不在您的管辖范围内", permission="statistics.read")
    return area


def scope_of(actor: Actor, permission: str = "statistics.read") -> tuple[str, ...]:
    """Area codes over which the actor holds the permission (without an owner)."""
    return tuple(
        sorted({held.area_code for held in actor.holding(permission) if held.organisation_id is None})
    )


def question_of(actor: Actor, args: dict[str, Any]) -> Question:
    """The question that loaded arguments ask, limited to the areas over which the actor may read statistics."""
    by = tuple(dimension(code).code for code in _codes(args["by"]))
    filters = {one.code: args[one.code] for one in DIMENSIONS if args.get(one.code) is not None}
    for one in DIMENSIONS:
        if one.is_area and one.code in filters:
            filters[one.code] = ",".join(
                known_area(code.ljust(6, "0")) for code in values_of(filters[one.code])
            )
    month = filters.pop("period", None)
    to_period = args["to_period"] or month
    from_period = args["from_period"] or month
    if from_period and to_period and from_period > to_period:
        raise Invalid("months_out_of_order", "起始月不能晚于截止月", pointer="from")
    for value in filters.values():
        values_of(value)
    day = args["on"] or (period_days(to_period)[1] - timedelta(days=1) if to_period else today())
    return Question(
        measures=_codes(args["measures"]),
        by=by,
        level=args["level"],
        from_period=from_period,
        to_period=to_period,
        area=asked_area(actor, args["area"] or divisions.NATION),
        areas=scope_of(actor),
        view=args["view"],
        filters=filters,
        on=day,
    )


def report_request_of(actor: Actor, args: dict[str, Any]) -> ReportRequest:
    """What loaded arguments ask of a report, limited to the areas over which the actor may read statistics."""
    area = asked_area(actor, args["area"])
    return ReportRequest(args["period"], area, scope_of(actor), args["view"], args["level"])


def _codes(text: str | None) -> tuple[str, ...]:
    return tuple(code.strip() for code in (text or "").split(",") if code.strip())
