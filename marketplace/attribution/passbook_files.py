"""A passbook as a file: CSV for a spreadsheet, XLSX as a paper of A4 to be printed and signed. Amounts in yuan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from marketplace.attribution.service.passbook import Passbook, PassbookLine
from marketplace.core import divisions
from marketplace.core.money import yuan
from marketplace.core.sheets.export import Value, write_csv
from marketplace.core.sheets.form import FormSheet, Heading, write_form

TITLE: Final = "农户收益对账单"
_HEADINGS: Final = (
    "入账月份",
    "所属月份",
    "协议",
    "利益联结模式",
    "带贫主体",
    "份额",
    "摘要",
    "销售笔数",
    "销售额(元)",
    "数量",
    "协议收益(元)",
    "本户收益(元)",
    "累计(元)",
)
_NOTES: Final = (
    "本户收益为关账月份按协议和份额计提的数额,不等于已发放;发放以银行代发或发放清单为准。",
    "所属月份早于入账月份的,为以前月份退货、更正的差额。",
    "销售为该协议版本联结部分,全体入册农户共有;协议收益含村集体留存。",
)


def passbook_csv(book: Passbook) -> bytes:
    """One row per sale group, and one 本期 row per line that carries the household's benefit and balance."""
    head: list[Value] = [
        "户号",
        book.household_no,
        "户主",
        book.head_name,
        "村",
        divisions.full_name(book.area_code),
    ]
    rows: list[Sequence[Value]] = [*_rows(book), ["合计", *[None] * 10, yuan(book.total_fen), None], []]
    return write_csv(_HEADINGS, [*rows, head, *(["注", note] for note in _NOTES)])


def passbook_xlsx(book: Passbook) -> bytes:
    """The same as an internal form to be signed; the same passbook gives the same bytes."""
    return write_form(
        FormSheet(
            title=TITLE + ("(演示)" if book.is_demo else ""),
            approval=[("", "内部管理台账,含个人信息,仅限本户核对")],
            period=f"户号:{book.household_no}  户主:{book.head_name or '未登记'}  "
            f"{divisions.full_name(book.area_code)}",
            unit="单位:元",
            headings=[Heading(title) for title in _HEADINGS],
            rows=list(_rows(book)),
            totals=[["合计", *[None] * 10, yuan(book.total_fen), None]],
            notes=_NOTES,
            foot=[("经办人", ""), ("审核人", ""), ("户主签字", ""), ("日期", "")],
            sheet_name="对账单",
        )
    )


WRITERS: Final[dict[str, Callable[[Passbook], bytes]]] = {"csv": passbook_csv, "xlsx": passbook_xlsx}


def _rows(book: Passbook) -> Iterator[list[Value]]:
    for line in book.lines:
        lead = _lead(line)
        for group in line.groups:
            yield [
                *lead,
                group.product_name,
                group.lines,
                yuan(group.sale_fen),
                _pieces(group.quantity_milli),
                yuan(group.benefit_fen),
                None,
                None,
            ]
        if line.accrued_fen:
            yield [*lead, "无须销售的计提", None, None, None, yuan(line.accrued_fen), None, None]
        yield [
            *lead,
            "本期",
            None,
            None,
            None,
            yuan(line.pool_fen),
            yuan(line.benefit_fen),
            yuan(line.balance_fen),
        ]


def _lead(line: PassbookLine) -> list[Value]:
    return [
        line.period,
        line.earned_period,
        f"{line.agreement} 第{line.version}版",
        line.mode_title,
        line.producer_name,
        f"{line.shares}/{line.shares_total}{line.share_unit}",
    ]


def _pieces(quantity_milli: int) -> int | Decimal:
    """Thousandths as a plain number: 2000 → 2, 1500 → 1.5."""
    whole, rest = divmod(quantity_milli, 1000)
    return Decimal(quantity_milli).scaleb(-3).normalize() if rest else whole
