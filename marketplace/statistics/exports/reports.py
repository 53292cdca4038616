"""A report, as its route gives it."""

from __future__ import annotations

from pathlib import Path

import orjson
from sqlalchemy.orm import Session

from marketplace.accounts.service.exports import OpenKind, Order, Progress
from marketplace.core.http.fields import Line
from marketplace.statistics.answers import report_as_json
from marketplace.statistics.asking import report_request_of
from marketplace.statistics.dimensions import area_title
from marketplace.statistics.export import report_file
from marketplace.statistics.exports.parameters import loaded, long_snapshot
from marketplace.statistics.reports import ReportRequest, report
from marketplace.statistics.reports.protocol import Report
from marketplace.statistics.schemas import ReportArgs


class _Args(ReportArgs):
    report = Line(20, required=True, metadata={"example": "R1"})


def _request(order: Order) -> tuple[Report, ReportRequest]:
    args = loaded(_Args, order)
    return report(args["report"]), report_request_of(order.actor, args)


def _check(_session: Session, order: Order) -> str:
    found, request = _request(order)
    place = "全国" if request.area == "000000" else area_title(request.area)
    return f"{found.title_zh} {place} {request.period}"


def _write(order: Order, file: Path, progress: Progress) -> int:
    found, request = _request(order)
    with long_snapshot() as session:
        table = found.build(session, request)
    rows = len(table.rows)
    progress(0, rows)
    if order.file_format == "json":
        file.write_bytes(orjson.dumps(report_as_json(found, request, table)))
    else:
        file.write_bytes(report_file(order.file_format, found.code, found.title_zh, request, table))
    return rows


REPORT = OpenKind("report", "统计报表", "statistics.read", ("xlsx", "csv", "json"), _check, _write)
