"""A platform's export and a county's own upload of the same order: they name one order number."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.intake.rules.duplicates.side import DuplicateRule, Finding, Side, differ
from marketplace.intake.rules.sources import DAYS


def _key(side: Side) -> tuple[str, ...] | None:
    return None if side.number is None else (side.number,)


def _judge(one: Side, other: Side, _: Sequence[Side]) -> Finding | None:
    """Certain when seller, buyer and amount agree too; a number alone may be a coincidence of two platforms."""
    if differ(one.seller, other.seller) or differ(one.buyer, other.buyer):
        return None
    both_known = None not in (one.seller, other.seller, one.buyer, other.buyer)
    if one.amount_fen == other.amount_fen and both_known:
        return Finding(
            "certain",
            ("number", "seller", "buyer", "amount_fen"),
            "平台订单编号、供应商、采购人、金额均相同",
            "order number of the platform, seller, buyer and amount are the same",
        )
    equal = ("number", *(("amount_fen",) if one.amount_fen == other.amount_fen else ()))
    return Finding(
        "likely",
        equal,
        "平台订单编号相同,其余要素不全或金额不同",
        "the order number of the platform is the same; the rest is not said or the amounts differ",
    )


RULE = DuplicateRule(
    code="order_number",
    zh="同一平台订单编号",
    en="same order number of a platform",
    source="domain 6.3; features (c) 9",
    days=DAYS["numbered"],
    key=_key,
    judge=_judge,
)
