"""Routes of statistics: any measures by any dimensions, under the official's area.

Titles in JSON and CSV follow the language of the request; XLSX are the official tables and stay Chinese.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core import divisions
from marketplace.core.actor import Actor
from marketplace.core.clock import period_days, today
from marketplace.core.http import ApiBlueprint, endpoint, localised, needs, public
from marketplace.statistics import schemas, targets
from marketplace.statistics.dimensions import DIMENSIONS, dimension
from marketplace.statistics.disclosure import public_table
from marketplace.statistics.export import MEDIA, answer_file, report_file
from marketplace.statistics.measures import measure
from marketplace.statistics.query import Answer, Question, ask
from marketplace.statistics.reconciliation import Line, reconcile
from marketplace.statistics.reports import REPORTS, ReportRequest, report
from marketplace.statistics.reports.protocol import Value

blueprint = ApiBlueprint("statistics", __name__, "统计:任意指标按任意维度,按辖区可见,附口径与账本位置")


@blueprint.route("/statistics", methods=["GET"])
@endpoint(needs("statistics.read"), snapshot=True)
@blueprint.arguments(schemas.StatisticsArgs, location="query")
@blueprint.response(200, schemas.StatisticsOut)
def statistics(session: Session, actor: Actor, args: dict[str, Any]) -> Any:
    """Any measures by any dimensions."""
    question = question_of(actor, args)
    answer = ask(session, question)
    if args["format"] == "json":
        return as_json(question, answer)
    return _file(args["format"], answer_file(args["format"], question, answer, localised), "statistics")


@blueprint.route("/reports", methods=["GET"])
@endpoint(needs("statistics.read"), own_transactions=True)
@blueprint.response(200, schemas.ReportList)
def list_reports(actor: Actor) -> dict[str, Any]:
    """The reports there are."""
    return {"items": [{"code": one.code, "title": localised(one.title_zh)} for one in REPORTS]}


@blueprint.route("/reports/<name>", methods=["GET"])
@endpoint(needs("statistics.read"), snapshot=True)
@blueprint.arguments(schemas.ReportArgs, location="query")
@blueprint.response(200, schemas.ReportOut)
def show_report(session: Session, actor: Actor, args: dict[str, Any], name: str) -> Any:
    """One report, as JSON, CSV or XLSX."""
    found = report(name)
    request = ReportRequest(
        args["period"], known_area(args["area"]), scope_of(actor), args["view"], args["level"]
    )
    table = found.build(session, request)
    if args["format"] != "json":
        return _file(
            args["format"], report_file(args["format"], found.title_zh, request, table, localised), found.code
        )
    return {
        "code": found.code,
        "title": localised(found.title_zh),
        "period": request.period,
        "area": request.area,
        "view": request.view,
        "columns": [{"code": c.code, "title": localised(c.title_zh), "kind": c.kind} for c in table.columns],
        "rows": [_localised_row(row) for row in table.rows],
        "total": None if table.total is None else _localised_row(table.total),
        "more_totals": [_localised_row(row) for row in table.more_totals],
        "notes": [localised(note) for note in table.notes],
        "position": table.position,
        "last_entry": table.last_entry,
    }


@blueprint.route("/public/statistics", methods=["GET"])
@endpoint(public(), snapshot=True)
@blueprint.arguments(schemas.PublicArgs, location="query")
@blueprint.response(200, schemas.PublicOut)
def show_public(session: Session, actor: None, args: dict[str, Any]) -> Any:
    """Published statistics: closed months, by city, small household counts withheld."""
    return public_table(session, args["period"], known_area(args["area"]))


@blueprint.route("/reconciliation", methods=["GET"])
@endpoint(needs("attribution.verify"), snapshot=True)
@blueprint.response(200, schemas.ReconciliationOut)
def show_reconciliation(session: Session, actor: Actor) -> dict[str, Any]:
    """The proof that the books foot, and the bridge from money received to sales counted."""
    actor.require("attribution.verify", area=divisions.NATION)
    found = reconcile(session)
    return {
        "foots": found.foots,
        "totals": _localised_lines(found.totals),
        "parts": _localised_lines(found.parts),
        "bridge": _localised_lines(found.bridge),
    }


@blueprint.route("/targets", methods=["GET"])
@endpoint(needs("statistics.read"))
@blueprint.arguments(schemas.TargetArgs, location="query")
@blueprint.response(200, schemas.TargetList)
def list_targets(session: Session, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    """Annual targets, all versions; the highest holds."""
    return {"items": targets.list_targets(session, scope_of(actor), args["year"])}


@blueprint.route("/targets", methods=["POST"])
@endpoint(needs("statistics.targets"), idempotent=True)
@blueprint.arguments(schemas.TargetIn)
@blueprint.response(201, schemas.TargetOut)
def add_target(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """Set an annual target; setting it again makes a new version."""
    return targets.set_target(session, actor, **body)


def _localised_row(row: Sequence[Value]) -> list[Value]:
    """A row whose words (合计, 不可比, names of modes) are in the language of the request; names of places stay."""
    return [localised(value) if isinstance(value, str) else value for value in row]


def _localised_lines(lines: Sequence[Line]) -> list[Line]:
    return [replace(line, title_zh=localised(line.title_zh)) for line in lines]


def _file(file_format: str, body: bytes, name: str) -> Response:
    response = Response(body, mimetype=MEDIA[file_format])
    response.headers["Content-Disposition"] = f"attachment; filename={name}.{file_format}"
    return response


def question_of(actor: Actor, args: dict[str, Any]) -> Question:
    """The question that loaded arguments ask, limited to the areas over which the actor may read statistics."""
    by = tuple(dimension(code).code for code in _codes(args["by"]))
    filters = {one.code: args[one.code] for one in DIMENSIONS if args.get(one.code) is not None}
    for one in DIMENSIONS:
        if one.is_area and one.code in filters:
            filters[one.code] = known_area(filters[one.code])
    month = filters.pop("period", None)
    to_period = args["to_period"] or month
    day = args["on"] or (period_days(to_period)[1] - timedelta(days=1) if to_period else today())
    return Question(
        measures=_codes(args["measures"]),
        by=by,
        level=args["level"],
        from_period=args["from_period"] or month,
        to_period=to_period,
        area=known_area(args["area"] or divisions.NATION),
        areas=scope_of(actor),
        view=args["view"],
        filters=filters,
        on=day,
    )


def known_area(code: str) -> str:
    """The code in its shortest form; Invalid (422) when there is no such area, so that a slip is not answered with zeros."""
    return divisions.get(code).code


def scope_of(actor: Actor, permission: str = "statistics.read") -> tuple[str, ...]:
    """Area codes over which the actor holds the permission (without an owner)."""
    return tuple(
        sorted({held.area_code for held in actor.holding(permission) if held.organisation_id is None})
    )


def as_json(question: Question, answer: Answer) -> dict[str, Any]:
    """The wire form of an answer."""
    found = [measure(code) for code in question.measures]
    return {
        "measures": [{"code": m.code, "title": localised(m.title_zh), "unit": m.unit} for m in found],
        "dimensions": list(question.by),
        "rows": [
            {
                "key": [None if v is None else str(v) for v in row.key],
                "titles": [localised(title) for title in row.titles],
                "figures": row.figures,
            }
            for row in answer.rows
        ],
        "total": answer.total,
        "definitions": {code: localised(text) for code, text in answer.definitions.items()},
        "position": answer.position,
        "last_entry": answer.last_entry,
        "view": question.view,
    }


def _codes(text: str | None) -> tuple[str, ...]:
    return tuple(code.strip() for code in (text or "").split(",") if code.strip())
