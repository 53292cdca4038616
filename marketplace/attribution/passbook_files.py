"""A passbook as a file: CSV for a spreadsheet, XLSX and PDF as a paper of A4 to be printed and signed. Amounts in yuan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

from marketplace.attribution.service.passbook import Passbook, PassbookLine
from marketplace.core import divisions
from marketplace.core.clock import day_start, period_days, utcnow
from marketplace.core.documents import render
from marketplace.core.documents.tables import PrintedTable, parts
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
# What stands on paper as a figure.
_KINDS: Final = tuple("text" if place < 7 else "number" for place in range(len(_HEADINGS)))
ROOM: Final = 188
"""Of an A4 page laid across, in halves of a character; see the template."""
TEMPLATE: Final = Path(__file__).parent / "templates" / "passbook.typ"
_CLOSING: Final = "本期"
_MARK: Final = "内部管理台账,含个人信息,仅限本户核对"
_UNIT: Final = "单位:元"
_SIGNED_BY: Final = ("经办人", "审核人", "户主签字", "日期")
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
    rows: list[Sequence[Value]] = [*_rows(book), _total(book), []]
    return write_csv(_HEADINGS, [*rows, head, *(["注", note] for note in _NOTES)])


def passbook_xlsx(book: Passbook) -> bytes:
    """The same as an internal form to be signed; the same passbook gives the same bytes."""
    return write_form(
        FormSheet(
            title=_title(book),
            approval=[("", _MARK)],
            period=_whose(book),
            unit=_UNIT,
            headings=[Heading(title) for title in _HEADINGS],
            rows=list(_rows(book)),
            totals=[_total(book)],
            notes=_NOTES,
            foot=[(label, "") for label in _SIGNED_BY],
            sheet_name="对账单",
        )
    )


def passbook_pdf(book: Passbook) -> bytes:
    """The same as a PDF. Dated with the last day of its last month: the same passbook gives the same bytes."""
    table = PrintedTable(
        [Heading(title) for title in _HEADINGS], _KINDS, list(_rows(book)), [_total(book)], leading=2
    )
    data = {
        "title": _title(book),
        "mark": _MARK,
        "whose": _whose(book),
        "household_no": str(book.household_no),
        "unit": _UNIT,
        "tables": parts(table, ROOM),
        "closing": _CLOSING,
        "closing_at": _HEADINGS.index("摘要"),
        "notes": list(_NOTES),
        "foot": list(_SIGNED_BY),
    }
    dated = day_start(period_days(book.lines[-1].period)[1]) if book.lines else utcnow()
    return render(TEMPLATE, data, dated=dated).content


WRITERS: Final[dict[str, Callable[[Passbook], bytes]]] = {
    "csv": passbook_csv,
    "pdf": passbook_pdf,
    "xlsx": passbook_xlsx,
}


def _title(book: Passbook) -> str:
    return TITLE + ("(演示)" if book.is_demo else "")


def _whose(book: Passbook) -> str:
    name, place = book.head_name or "未登记", divisions.full_name(book.area_code)
    return f"户号:{book.household_no}  户主:{name}  {place}"


def _total(book: Passbook) -> list[Value]:
    return ["合计", *[None] * 10, yuan(book.total_fen), None]


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
            _CLOSING,
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
