"""Reports, what is published of them, and the proof that the books foot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core import divisions
from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, localised, needs, public
from marketplace.statistics import schemas
from marketplace.statistics.api.blueprint import asked_area, blueprint, file_response, known_area, scope_of
from marketplace.statistics.disclosure import public_table
from marketplace.statistics.export import report_file
from marketplace.statistics.forms import form_of
from marketplace.statistics.open_data import public_file
from marketplace.statistics.reconciliation import Line, reconcile
from marketplace.statistics.reports import REPORTS, ReportRequest, report
from marketplace.statistics.reports.protocol import Value


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
        args["period"], asked_area(actor, args["area"]), scope_of(actor), args["view"], args["level"]
    )
    table = found.build(session, request)
    if args["format"] != "json":
        return file_response(
            args["format"],
            report_file(args["format"], found.code, found.title_zh, request, table, localised),
            found.code,
        )
    return {
        "code": found.code,
        "title": localised(found.title_zh),
        "form": asdict(form_of(found.code)),
        "period": request.period,
        "area": request.area,
        "view": request.view,
        "columns": [
            {
                "code": c.code,
                "title": localised(c.title_zh),
                "kind": c.kind,
                "under": localised(c.under) if c.under else None,
            }
            for c in table.columns
        ],
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
    """Published statistics: closed months, by city, small household counts withheld; CSV and Parquet for programs."""
    table = public_table(session, args["period"], known_area(args["area"]))
    if args["format"] == "json":
        return table
    return file_response(args["format"], public_file(args["format"], table), "public-statistics")


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


def _localised_row(row: Sequence[Value]) -> list[Value]:
    """A row whose words (合计, 不可比, names of modes) are in the language of the request; names of places stay."""
    return [localised(value) if isinstance(value, str) else value for value in row]


def _localised_lines(lines: Sequence[Line]) -> list[Line]:
    return [replace(line, title_zh=localised(line.title_zh)) for line in lines]
