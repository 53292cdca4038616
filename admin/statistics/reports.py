"""Reports R1–R8 and the others: pick one, its month, area and side; the official table, its notes, downloads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from decimal import Decimal
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, request
from sqlalchemy.orm import Session

from admin.statistics.explorer import LEVEL_TITLES, VIEWS
from marketplace.core.actor import Actor
from marketplace.core.http import localised, needs
from marketplace.statistics import schemas
from marketplace.statistics.asking import asked_area, report_request_of, scope_of
from marketplace.statistics.forms import form_of
from marketplace.statistics.newest import newest_of_area
from marketplace.statistics.reports import REPORTS, Column, Report, report
from marketplace.statistics.reports.protocol import Value, shown
from marketplace.web.kit import Listing, Pages, note, render
from marketplace.web.kit import say as _
from marketplace.web.kit.hats import chosen
from marketplace.web.kit.words import label

pages: Final = Pages("admin_reports", __name__, url_prefix="/admin/reports")

FORM_LINES: Final = {
    "form_no": note("表号"),
    "issued_by": note("制表机关"),
    "approved_by": note("批准(备案)机关"),
    "document_no": note("文号"),
    "valid_until": note("有效期限"),
}
#: Rows on one page; the files have them all.
MOST: Final = 500


@pages.show("", needs("statistics.read"))
def listing(session: Session, actor: Actor) -> Response:
    """The reports there are."""
    area = _own_area(actor)
    month = request.args.get("period") or newest_of_area(session, area, scope_of(actor))
    return render(
        "admin/statistics/reports.html",
        reports=REPORTS,
        heading=_heading,
        period=month,
        area=area,
    )


@pages.show("/<name>", needs("statistics.read"), snapshot=True)
def one(session: Session, actor: Actor, name: str) -> Response:
    """One report as its official table."""
    found = report(name)
    asked = Listing(_args(actor))
    if asked.args.get("period") is None:
        asked.args |= {"period": _newest(session, actor, asked.args)}
    args: dict[str, Any] = asked.args
    wanted = report_request_of(actor, args)
    table = found.build(session, wanted)
    said = cache(localised)  # most cells are the same few words
    query = {name: args[name] for name in ("period", "area", "view", "level")}
    return render(
        "admin/statistics/report.html",
        fragment="results",
        report=found,
        heading=_heading,
        listing=asked,
        args=args,
        table=table,
        notes=[localised(text) for text in table.notes],
        heads=_heads(table.columns),
        rows=[_cells(table.columns, row, said) for row in table.rows[:MOST]],
        totals=[
            _cells(table.columns, row, said) for row in (table.total, *table.more_totals) if row is not None
        ],
        most=MOST,
        form=[(_(title), asdict(form_of(found.code))[code]) for code, title in FORM_LINES.items()],
        levels=[(code, _(LEVEL_TITLES[code])) for code in ("province", "city", "county")],
        views=[(code, _(title)) for code, title in VIEWS.items()],
        downloads=[
            (kind.upper(), f"/api/v1/reports/{found.code}?{urlencode(query | {'format': kind})}")
            for kind in ("xlsx", "csv", "json")
        ],
        leader=f"/api/v1/reports/leader-page?{urlencode({'period': args['period'], 'area': args['area'], 'format': 'pdf'})}",
    )


def _heading(one: Report) -> str:
    """What a report is called: R1 to R8 with the number that officials know them by, the others by their title."""
    title = label(one.title_zh)
    return f"{one.code} {title}" if one.code[1:].isdigit() else title


def _args(actor: Actor) -> Any:
    """The API's arguments; the month may be left out, the area is the official's own unless said."""
    schema = schemas.ReportArgs(partial=("period",))
    schema.fields["area"].load_default = _own_area(actor)
    return schema


def _newest(session: Session, actor: Actor, args: dict[str, Any]) -> str:
    area = asked_area(actor, args.get("area") or _own_area(actor))
    return newest_of_area(session, area, scope_of(actor), args.get("view") or "seller")


def _own_area(actor: Actor) -> str:
    hat = chosen(actor)
    return hat.area_code if hat else "000000"


def _heads(columns: Sequence[Column]) -> tuple[list[tuple[str, int]], list[str]]:
    """The two lines of the head: merged titles with their widths (empty above a column that stands alone), and the own ones."""
    upper: list[tuple[str, int]] = []
    for column in columns:
        title = label(column.under) if column.under else ""
        if title and upper and upper[-1][0] == title:
            upper[-1] = (title, upper[-1][1] + 1)
        else:
            upper.append((title, 1))
    lower = [
        label(column.short_zh if column.under and column.short_zh else column.title_zh) for column in columns
    ]
    return (upper if any(title for title, _width in upper) else []), lower


def _cells(
    columns: Sequence[Column], row: Sequence[Value], said: Callable[[str], str]
) -> list[tuple[bool, str]]:
    """Of each cell whether it is a figure, and what is printed."""
    return [
        (column.kind != "text", said(value) if isinstance(value, str) else _printed(column, value))
        for column, value in zip(columns, row, strict=True)
    ]


def _printed(column: Column, value: int | None) -> str:
    """A cell as the official table has it: 万元 and percent with two places."""
    found = shown(column, value)
    if isinstance(found, Decimal):
        return f"{found:,.2f}%" if column.kind == "bp" else f"{found:,.2f}"
    if isinstance(found, int):
        return f"{found:,}"
    return localised(found)
