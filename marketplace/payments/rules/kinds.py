"""By what means money arrived, and the papers that go with each: 对公转账, 公务卡, 国库集中支付.

A kind's voucher is a table of fields with a shape each; what is given must be of the kind, and what it needs must be there.
Sources: docs/rules.md, "Receipts and their allocation".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from marketplace.core.errors import Invalid


@dataclass(frozen=True, slots=True)
class VoucherField:
    """A field of a voucher: `shape` is matched in full after full-width forms, spaces and case are gone."""

    code: str
    title: str
    shape: str
    hint: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class ReceiptKind:
    """A means of payment by which a receipt arrived."""

    code: str
    title: str
    fields: tuple[VoucherField, ...] = ()


_TREASURY: Final = (
    VoucherField("voucher_no", "支付凭证号", r"[0-9A-Z-]{4,30}", "4至30位数字或字母", required=True),
    VoucherField("unit_code", "预算单位编码", r"[0-9]{3,20}", "3至20位数字", required=True),
    VoucherField("quota_no", "额度(指标)文号", r"[^\x00-\x1f]{2,60}", "2至60字"),
    VoucherField("function_code", "支出功能分类科目", r"2[0-9]{6}", "以2开头的7位数字,如2050299"),
    VoucherField("economic_code", "部门预算经济分类科目", r"3[0-9]{4}", "以3开头的5位数字,如30201"),
)
KINDS: Final = (
    ReceiptKind("bank_transfer", "对公转账"),
    ReceiptKind(
        "official_card",
        "公务卡",
        (
            VoucherField("authorisation_no", "授权号", r"[0-9A-Z]{6}", "6位数字或字母", required=True),
            VoucherField("voucher_no", "凭证号", r"[0-9]{6}", "6位数字", required=True),
            VoucherField("retrieval_no", "检索参考号", r"[0-9A-Z]{12}", "12位数字或字母"),
            VoucherField("terminal_no", "终端号", r"[0-9A-Z]{8}", "8位数字或字母"),
            VoucherField("merchant_no", "商户号", r"[0-9A-Z]{15}", "15位数字或字母"),
            VoucherField("card_tail", "卡号后四位", r"[0-9]{4}", "4位数字"),
        ),
    ),
    ReceiptKind("treasury_direct", "国库集中支付(财政直接支付)", _TREASURY),
    ReceiptKind("treasury_authorised", "国库集中支付(财政授权支付)", _TREASURY),
)
KIND_BY_CODE: Final = {kind.code: kind for kind in KINDS}


def checked_voucher(kind_code: str, given: Mapping[str, str]) -> dict[str, str]:
    """The voucher of a receipt in its normal form.

    Invalid (`receipt_kind`) for an unknown kind, (`voucher_field`) for a field that the kind does not have, is missing or is
    not of its shape; `pointer` names it.
    """
    kind = KIND_BY_CODE.get(kind_code)
    if kind is None:
        raise Invalid("receipt_kind", "没有这种收款方式", pointer="/kind")
    known = {field.code: field for field in kind.fields}
    for code in given:
        if code not in known:
            raise Invalid("voucher_field", f"{kind.title}没有这个凭证项", pointer=f"/voucher/{code}")
    found: dict[str, str] = {}
    for code, field in known.items():
        value = _plain(given.get(code, ""))
        if not value:
            if field.required:
                raise Invalid("voucher_field", f"请填写{field.title}", pointer=f"/voucher/{code}")
            continue
        if re.fullmatch(field.shape, value) is None:
            raise Invalid("voucher_field", f"{field.title}应为{field.hint}", pointer=f"/voucher/{code}")
        found[code] = value
    return found


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()
