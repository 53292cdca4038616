"""The columns of the list by which a bank pays households (银行代发清单)."""

from __future__ import annotations

from typing import Final

from marketplace.core.sheets.bank_list import BankList

CODE: Final = "bank_payments"
LAYOUT: Final = BankList(
    CODE,
    "银行代发清单",
    (
        ("序号", "sequence"),
        ("户号", "household_no"),
        ("村", "village"),
        ("户主姓名", "name"),
        ("金额(元)", "yuan"),
        ("用途", "purpose"),
        ("备注", "note"),
    ),
)
