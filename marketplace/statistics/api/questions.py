"""Any measures by any dimensions, under the official's area.

Titles in JSON and CSV follow the language of the request; XLSX are the official tables and stay Chinese.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core import divisions
from marketplace.core.actor import Actor
from marketplace.core.clock import period_days, today
from marketplace.core.errors import Invalid
from marketplace.core.http import endpoint, localised, needs
from marketplace.core.http.paging import make_cursor, open_cursor, page_schema
from marketplace.statistics import schemas
from marketplace.statistics.api.blueprint import asked_area, blueprint, file_response, known_area, scope_of
from marketplace.statistics.arrangement import Arrangement, arranged
from marketplace.statistics.behind import entries_behind
from marketplace.statistics.comparison_measures import title_of, unit_of
from marketplace.statistics.conditions import values_of
from marketplace.statistics.dimensions import DIMENSIONS, dimension
from marketplace.statistics.export import answer_file
from marketplace.statistics.query import Answer, Question, Row


@blueprint.route("/statistics", methods=["GET"])
@endpoint(needs("statistics.read"), snapshot=True)
@blueprint.arguments(schemas.StatisticsArgs, location="query")
@blueprint.response(200, schemas.StatisticsOut)
def statistics(session: Session, actor: Actor, args: dict[str, Any]) -> Any:
    """Any measures by any dimensions."""
    question = question_of(actor, args)
    # A cursor goes on with the very question that it was made for.
    scope = f"statistics {question!r} {args['sort']} {args['top']}"
    after = open_cursor(args["cursor"], scope) if args["cursor"] else None
    how = Arrangement(args["sort"], args["top"], args["page_size"], after, args["subtotals"])
    found = arranged(session, question, how)
    if args["format"] == "json":
        return as_json(question, found.answer) | {
            "subtotals": [_row(row) for row in found.subtotals],
            "next_cursor": make_cursor(found.next_after, scope) if found.next_after else None,
        }
    return file_response(
        args["format"],
        answer_file(args["format"], question, found.answer, localised, found.subtotals),
        "statistics",
    )


@blueprint.route("/statistics/entries", methods=["GET"])
@endpoint(needs("statistics.read"))
@blueprint.arguments(schemas.BehindArgs, location="query")
@blueprint.response(200, page_schema(schemas.BehindOut))
def behind(session: Session, actor: Actor, args: dict[str, Any]) -> Any:
    """The ledger entries behind a figure: its months, area and filters, a cell's keys among them."""
    question = question_of(actor, args | {"measures": "sales", "by": None, "on": None})
    return entries_behind(session, question, args)


def question_of(actor: Actor, args: dict[str, Any]) -> Question:
    """The question that loaded arguments ask, limited to the areas over which the actor may read statistics."""
    by = tuple(dimension(code).code for code in _codes(args["by"]))
    filters = {one.code: args[one.code] for one in DIMENSIONS if args.get(one.code) is not None}
    for one in DIMENSIONS:
        if one.is_area and one.code in filters:
            filters[one.code] = ",".join(map(known_area, values_of(filters[one.code])))
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


def as_json(question: Question, answer: Answer) -> dict[str, Any]:
    """The wire form of an answer."""
    return {
        "measures": [
            {"code": code, "title": title_of(code, localised), "unit": unit_of(code)}
            for code in question.measures
        ],
        "dimensions": list(question.by),
        "rows": [_row(row) for row in answer.rows],
        "total": answer.total,
        "definitions": {code: localised(text) for code, text in answer.definitions.items()},
        "position": answer.position,
        "last_entry": answer.last_entry,
        "view": question.view,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "key": [None if v is None else str(v) for v in row.key],
        "titles": [localised(title) for title in row.titles],
        "figures": row.figures,
    }


def _codes(text: str | None) -> tuple[str, ...]:
    return tuple(code.strip() for code in (text or "").split(",") if code.strip())
