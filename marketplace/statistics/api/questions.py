"""Any measures by any dimensions, under the official's area.

Titles in JSON and CSV follow the language of the request; XLSX are the official tables and stay Chinese.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, file_response, localised, needs
from marketplace.core.http.paging import make_cursor, open_cursor, page_schema
from marketplace.statistics import schemas
from marketplace.statistics.answers import answer_as_json
from marketplace.statistics.api.blueprint import blueprint
from marketplace.statistics.arrangement import Arrangement, arranged
from marketplace.statistics.asking import question_of
from marketplace.statistics.behind import entries_behind
from marketplace.statistics.export import answer_file


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
        cursor = make_cursor(found.next_after, scope) if found.next_after else None
        return answer_as_json(question, found.answer, found.subtotals) | {"next_cursor": cursor}
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
