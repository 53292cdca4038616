"""A producer's statement as a file: XLSX and PDF to be signed, both the same bytes for the same month. Amounts in yuan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from marketplace.core.clock import day_of, day_start, period_days
from marketplace.core.documents import render
from marketplace.core.money import format_yuan, yuan
from marketplace.core.rmb import capital_figures
from marketplace.core.sheets.export import Value
from marketplace.core.sheets.form import FormSheet, Heading, write_form
from marketplace.payments.service.statements import Movement, Statement

TITLE: Final = "供应商对账单"
TEMPLATE: Final = Path(__file__).parents[1] / "templates" / "statement.typ"
HEADINGS: Final = (
    "日期",
    "摘要",
    "订单",
    "采购单位",
    "收款方式",
    "应付增加(元)",
    "应付减少(元)",
    "应付余额(元)",
    "通道手续费(元)",
)
_NOTES: Final = (
    "应付余额为平台记账的应付货款:直达供应商的订单在买方付款时结清,监管账户的订单在结算付款时结清;负数为应扣回。",
    "通道手续费由支付通道在供应商自有账户中直接扣收(负数为退回),不计入应付余额。",
    "期初余额加本期增加减本期减少等于期末余额;本期期末即下期期初。",
)


def statement_xlsx(statement: Statement) -> bytes:
    """The statement as a form of A4."""
    return write_form(
        FormSheet(
            title=TITLE + ("(演示)" if statement.is_demo else ""),
            approval=[("", "内部管理台账")],
            period=f"{statement.producer_name}  {statement.period}",
            unit="单位:元",
            headings=[Heading(title) for title in HEADINGS],
            rows=[
                ["", "期初余额", None, None, None, None, None, yuan(statement.opening_fen), None],
                *(_row(one) for one in statement.movements),
            ],
            totals=[
                [
                    "合计",
                    "期末余额",
                    None,
                    None,
                    None,
                    yuan(statement.more_fen),
                    yuan(statement.less_fen),
                    yuan(statement.closing_fen),
                    yuan(statement.fees_fen),
                ]
            ],
            notes=[*_NOTES, f"期末付款在途 {format_yuan(statement.on_the_way_fen)} 元。"],
            foot=[("平台财务", ""), ("供应商(章)", ""), ("日期", "")],
            sheet_name="对账单",
        )
    )


def statement_pdf(statement: Statement) -> bytes:
    """The statement as PDF/A, dated with the end of its month."""
    data = {
        "title": TITLE + ("(演示)" if statement.is_demo else ""),
        "producer": statement.producer_name,
        "period": statement.period,
        "headings": list(HEADINGS),
        "opening": format_yuan(statement.opening_fen),
        "closing": format_yuan(statement.closing_fen),
        "capital": capital_figures(statement.closing_fen),
        "more": format_yuan(statement.more_fen),
        "less": format_yuan(statement.less_fen),
        "fees": format_yuan(statement.fees_fen),
        "on_the_way": format_yuan(statement.on_the_way_fen),
        "rows": [list(_printed(one)) for one in statement.movements],
        "notes": list(_NOTES),
    }
    return render(TEMPLATE, data, dated=day_start(period_days(statement.period)[1])).content


WRITERS: Final[dict[str, Callable[[Statement], bytes]]] = {"xlsx": statement_xlsx, "pdf": statement_pdf}


def _row(one: Movement) -> list[Value]:
    return [
        day_of(one.happened_at),
        one.title,
        one.order_number,
        one.buyer_name,
        _way(one),
        yuan(one.amount_fen) if one.amount_fen > 0 else None,
        yuan(-one.amount_fen) if one.amount_fen < 0 else None,
        yuan(one.balance_fen),
        yuan(one.fee_fen) if one.fee_fen else None,
    ]


def _printed(one: Movement) -> Iterator[str]:
    yield str(day_of(one.happened_at))
    yield one.title
    yield one.order_number or ""
    yield one.buyer_name or ""
    yield _way(one)
    yield format_yuan(one.amount_fen) if one.amount_fen > 0 else ""
    yield format_yuan(-one.amount_fen) if one.amount_fen < 0 else ""
    yield format_yuan(one.balance_fen)
    yield format_yuan(one.fee_fen) if one.fee_fen else ""


def _way(one: Movement) -> str:
    return "监管账户" if one.is_supervised else "直达供应商"
