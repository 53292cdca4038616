"""What a declared purchase must say: its paper, its lines, who bought and who brokered. Pure; amounts in fen.

Source: docs/rules.md, "Sales made elsewhere".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from marketplace.core.errors import Invalid
from marketplace.core.states import StateMachine
from marketplace.payments.rules.invoices import KIND_BY_CODE, check_number

CONTRACT: Final = "contract"
PAPERS: Final[dict[str, str]] = {code: kind.title for code, kind in KIND_BY_CODE.items()} | {CONTRACT: "合同"}
PURCHASE_KINDS: Final = {"own_purchase": "直接采购", "brokered_sale": "帮助销售"}
#: The shape in which a verified purchase enters, by the same way as every report.
ADAPTER: Final = "declared_purchase"

STATES: Final = StateMachine(
    "purchase",
    {
        "submitted": ("verified", "returned", "refused", "withdrawn"),
        "returned": ("submitted", "withdrawn"),
        "verified": ("revoked",),
        "refused": (),
        "withdrawn": (),
        "revoked": (),
    },
    initial="submitted",
    titles={
        "submitted": "待审核",
        "returned": "已退回",
        "verified": "已审核入账",
        "refused": "不予认可",
        "withdrawn": "已撤回",
        "revoked": "已撤销",
    },
)
#: States in which the declaration takes up its part of the paper's total.
HOLDING: Final = frozenset({"submitted", "verified"})


@dataclass(frozen=True, slots=True)
class Paper:
    """An invoice or a contract: what it is, its key, what it comes to."""

    kind: str
    code: str
    number: str
    issued_on: date
    total_fen: int


def check_paper(paper: Paper) -> None:
    """Raise Invalid unless code and number have the form of the kind; a contract has a number of its own form and no code."""
    if paper.kind != CONTRACT:
        check_number(paper.kind, paper.code, paper.number, paper.issued_on)
    elif paper.code:
        raise Invalid("contract_code", "合同没有发票代码", pointer="/paper/code")


def declared_fen(lines: Sequence[Mapping[str, Any]], paper: Paper) -> int:
    """What the lines come to. Invalid (``lines_above_paper``) where that is more than the paper says."""
    total = sum(int(line["amount_fen"]) for line in lines)
    if total > paper.total_fen:
        raise Invalid("lines_above_paper", "明细金额合计超过票据或合同金额", pointer="/lines")
    return total
