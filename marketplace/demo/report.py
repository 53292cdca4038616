"""What the demo prints at its end: R1 for Guangdong by city from both sides, the reconciliation, the checks of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from marketplace.attribution.service.verify import verify
from marketplace.core.db import transaction
from marketplace.core.money import format_wan, format_yuan
from marketplace.demo.steps.logins import logins
from marketplace.payments.service.verify import verify as verify_money
from marketplace.statistics.reconciliation import Line, reconcile
from marketplace.statistics.reports.protocol import Column, ReportRequest, ReportTable, Value
from marketplace.statistics.reports.r1_monthly import MonthlyReport

PERIOD: Final = "2020-12"
_VIEWS: Final = (("seller", "产地视角(销售方)"), ("buyer", "采购地视角(购买方,按财政隶属)"))
#: R1 is wider than a terminal: one table for the month and its households, one for the year by mode and channel.
_FIRST: Final = (
    "area", "certified_products", "suppliers", "sales", "aid_sales", "aid_share", "cumulative", "cumulative_aid",
    "households", "persons", "target", "completion", "month_on_month", "year_on_year",
)  # fmt: skip


def print_all(console: Console) -> bool:
    """Print everything; return whether the books foot and every invariant of the ledger holds."""
    with transaction(snapshot=True) as session:
        for view, title in _VIEWS:
            table = MonthlyReport().build(session, ReportRequest(PERIOD, "440000", ("000000",), view, "city"))
            _print_report(console, table, title)
        books = reconcile(session)
        findings = [(one.code, one.title, one.broken) for one in verify(session)]
        findings += [(one.code, one.title, one.broken) for one in verify_money(session)]
    _print_lines(console, "对账(全部账本,元):各合计应相等", [*books.totals, *books.parts])
    _print_lines(console, "从收到货款到计入销售额(元)", books.bridge)
    broken = [finding for finding in findings if finding[2] is not None]
    for code, title, found in broken:
        console.print(f"[red]{code} {title}: {found}[/red]")
    sound = not broken
    checked = "全部通过" if sound else "有误"
    console.print(
        f"账本核验 L1–L9、资金账簿核验 M1–M11:{len(findings)} 项检查{checked};对账{'一致' if books.foots else '不一致'}"
    )
    return sound and books.foots


def print_logins(console: Console) -> None:
    """Print one login per role."""
    table = Table(title="每种角色一个登录(仅供演示)", title_justify="left")
    for heading in ("角色", "登录名", "密码", "辖区"):
        table.add_column(heading)
    for one in logins():
        table.add_row(one.title, one.login, one.password, one.area)
    console.print(table)


def _print_report(console: Console, table: ReportTable, view: str) -> None:
    known = {column.code: position for position, column in enumerate(table.columns)}
    year = [column.code for column in table.columns if column.code.startswith(("mode_", "channel_"))]
    parts = (("", _FIRST), ("(累计,按参与方式和渠道)", ("area", "cumulative", *year)))
    for suffix, codes in parts:
        shown = Table(
            title=f"R1 消费扶贫统计月报 {PERIOD} 广东省 {view}{suffix} 单位:万元", title_justify="left"
        )
        positions = [known[code] for code in codes]
        for position in positions:
            column = table.columns[position]
            shown.add_column(
                column.title_zh, justify="left" if column.kind == "text" else "right", overflow="fold"
            )
        for row in table.rows:
            shown.add_row(*_cells(table.columns, row, positions))
        if table.total is not None:
            shown.add_section()
            shown.add_row(*_cells(table.columns, table.total, positions), style="bold")
        for row in table.more_totals:
            shown.add_row(*_cells(table.columns, row, positions))
        console.print(shown)
    for note in table.notes:
        console.print(f"  注:{note}", style="dim")


def _cells(columns: Sequence[Column], row: Sequence[Value], positions: Sequence[int]) -> list[str]:
    return [_shown(columns[position], row[position]) for position in positions]


def _shown(column: Column, value: Value) -> str:
    """Show fen as 万元 and basis points as percent, both with two decimals, half up; texts as they are."""
    if value is None:
        return "—"
    if isinstance(value, str):
        return value
    if column.kind == "fen":
        return format_wan(value)
    if column.kind == "bp":
        return format_yuan(value)
    return str(value)


def _print_lines(console: Console, title: str, lines: Sequence[Line]) -> None:
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for line in lines:
        table.add_row(f"{'  ' if line.is_part else ''}{line.title_zh}", format_yuan(line.amount_fen))
    console.print(table)
