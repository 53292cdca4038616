"""What an invoice may say: kinds, numbers, titles, and the tax inside parts of a line. Pure; amounts in fen.

Source: docs/rules.md, "Invoices".
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

from marketplace.core.errors import Invalid
from marketplace.core.identifiers import parse_tax_number
from marketplace.core.money import round_half_up, tax_treatment
from marketplace.core.states import StateMachine

PERSONAL: Final = "个人"  # the title of a person without a tax number
_CODE: Final = re.compile(r"[0-9]{10}|[0-9]{12}")
_NUMBER: Final = re.compile(r"[0-9]{8}")
_DIGITAL: Final = re.compile(r"[0-9]{20}")


@dataclass(frozen=True, slots=True)
class InvoiceKind:
    """A kind of invoice: whether its buyer may deduct the tax, and whether it is a 数电票 with a number of 20 digits."""

    code: str
    title: str
    is_special: bool
    is_digital: bool


KINDS: Final = (
    InvoiceKind("normal", "增值税普通发票", is_special=False, is_digital=False),
    InvoiceKind("special", "增值税专用发票", is_special=True, is_digital=False),
    InvoiceKind("digital_normal", "数电票(普通发票)", is_special=False, is_digital=True),
    InvoiceKind("digital_special", "数电票(增值税专用发票)", is_special=True, is_digital=True),
)
KIND_BY_CODE: Final = {kind.code: kind for kind in KINDS}

#: A request for an invoice ends with the invoice, or without one.
REQUEST: Final = StateMachine(
    "invoice_request",
    {"requested": ("issued", "refused", "withdrawn"), "issued": (), "refused": (), "withdrawn": ()},
    initial="requested",
    titles={"requested": "待开票", "issued": "已开票", "refused": "已拒绝", "withdrawn": "已撤回"},
)

#: 验票 by the buyer. A refused invoice is taken back by a red letter, never accepted later.
CHECK: Final = StateMachine(
    "invoice_check",
    {"unchecked": ("accepted", "refused"), "accepted": (), "refused": ()},
    initial="unchecked",
    titles={"unchecked": "待验票", "accepted": "验票通过", "refused": "验票未通过"},
)
COLOR_TITLES: Final = {"blue": "蓝字发票", "red": "红字发票"}
#: Why a red letter is owed.
OWED_TITLES: Final = {"returned": "开票后退货或扣减", "refused": "采购单位验票未通过"}


def check_number(kind_code: str, code: str, number: str, issued_on: date) -> None:
    """Raise Invalid unless code and number have the form of the kind.

    Old invoices: a code of 10 or 12 digits and a number of 8 (`invoice_code`, `invoice_number`). 数电票: no code, 20 digits of
    which the first two are the year of issue, Shanghai (`invoice_number`, `invoice_number_year`).
    """
    if not KIND_BY_CODE[kind_code].is_digital:
        if not _CODE.fullmatch(code):
            raise Invalid("invoice_code", "发票代码应为10位或12位数字", pointer="/code")
        if not _NUMBER.fullmatch(number):
            raise Invalid("invoice_number", "发票号码应为8位数字", pointer="/invoice_no")
        return
    if code:
        raise Invalid("invoice_code", "数电票没有发票代码", pointer="/code")
    if not _DIGITAL.fullmatch(number):
        raise Invalid("invoice_number", "数电票号码应为20位数字", pointer="/invoice_no")
    if int(number[:2]) != issued_on.year % 100:
        raise Invalid("invoice_number_year", "数电票号码前两位应为开票年份", pointer="/invoice_no")


def check_title(kind_code: str, buyer_kind: str, title: str, tax_number: str | None) -> str | None:
    """Return the tax number in its one form; Invalid when title and number do not make an invoice of that kind.

    An organisation's invoice has its number (`tax_number_missing`). A person's has none and the title 个人 (`title_personal`: no
    names of people), and is never a special one (`special_individual`, 增值税暂行条例 21). A person may name an organisation
    with its number.
    """
    if tax_number is not None:
        return parse_tax_number(tax_number, pointer="/tax_number")
    if buyer_kind != "individual":
        raise Invalid("tax_number_missing", "单位抬头应填写税号", pointer="/tax_number")
    if KIND_BY_CODE[kind_code].is_special:
        raise Invalid("special_individual", "不能向个人开具增值税专用发票", pointer="/kind")
    if title != PERSONAL:
        raise Invalid("title_personal", f"没有税号的个人抬头应为“{PERSONAL}”", pointer="/title")
    return None


def check_treatments(kind_code: str, treatments: Collection[str]) -> None:
    """Raise Invalid (`special_exempt`): no exempt goods on special invoices."""
    if KIND_BY_CODE[kind_code].is_special and any(tax_treatment(code).rate_bp == 0 for code in treatments):
        raise Invalid("special_exempt", "免税商品不能开具增值税专用发票", pointer="/kind")


def tax_part(whole_fen: int, whole_tax_fen: int, taken_fen: int, taken_tax_fen: int, part_fen: int) -> int:
    """Return the tax inside `part_fen` of a line whose whole tax is frozen, when `taken_fen` of it was invoiced before.

    What was taken so far has its share of the tax, half up, after every part: 9800 with 809 inside, in halves: 405 and 404.
    So the parts of a line have its tax together, and none has more tax than it is. ValueError for a part below one fen or
    beyond what is left.
    """
    left_fen = whole_fen - taken_fen
    if not 1 <= part_fen <= left_fen:
        raise ValueError(f"{part_fen} of {left_fen} fen left")
    share_fen = round_half_up(whole_tax_fen * (taken_fen + part_fen), whole_fen) - taken_tax_fen
    return max(0, min(share_fen, part_fen))


def rate_words(treatment_code: str) -> tuple[str, str]:
    """What stands under 税率 and in the remarks: ``("9%", "")``, of exempt goods ``("免税", "免税(自产农产品)")``."""
    treatment = tax_treatment(treatment_code)
    return (treatment.title_zh, "") if treatment.rate_bp else ("免税", treatment.title_zh)
