"""Layouts of payout files, as data: what a bank's own form asks for is one more entry here."""

from __future__ import annotations

from typing import Final

from marketplace.core.sheets.bank_list import BankList

LAYOUTS: Final = (
    BankList(
        "general",
        "对公批量付款(元)",
        (
            ("序号", "sequence"),
            ("收款人名称", "payee_name"),
            ("收款账号", "account"),
            ("开户行", "bank_name"),
            ("金额(元)", "yuan"),
            ("用途", "purpose"),
            ("业务编号", "number"),
        ),
    ),
    BankList(
        "direct",
        "银企直联批量付款(分)",
        (
            ("number", "number"),
            ("account", "account"),
            ("payee", "payee_name"),
            ("bank", "bank_name"),
            ("amount_fen", "amount_fen"),
            ("purpose", "purpose"),
        ),
    ),
)
LAYOUT_BY_CODE: Final = {layout.code: layout for layout in LAYOUTS}
