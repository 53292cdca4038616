"""The same seller, buyer and amount within a few days, where no number tells the two apart."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.intake.rules.duplicates.side import DuplicateRule, Finding, Side, days_apart, differ
from marketplace.intake.rules.sources import DAYS


def _key(side: Side) -> tuple[str, ...] | None:
    if side.seller is None or side.buyer is None:
        return None
    return side.seller, side.buyer, str(side.amount_fen)


def _judge(one: Side, other: Side, _: Sequence[Side]) -> Finding | None:
    """Never certain: a canteen may buy the same for the same money twice a week."""
    if (
        (one.number and other.number)
        or differ(one.invoice_no, other.invoice_no)
        or differ(one.lot, other.lot)
    ):
        return None  # equal numbers are another rule's, different ones another sale's
    if None not in (one.product_id, other.product_id) and one.product_id != other.product_id:
        return None
    apart = days_apart(one, other)
    return Finding(
        "likely",
        ("seller", "buyer", "amount_fen", *(("sold_on",) if apart == 0 else ())),
        f"供应商、采购人、金额相同,成交日相差 {apart} 天,至少一方未报平台订单编号",
        f"seller, buyer and amount are the same, {apart} days apart, and one side names no order number",
    )


RULE = DuplicateRule(
    code="nearby",
    zh="同一买卖双方、同一金额、日期相近",
    en="same parties and amount within days",
    source="domain 6.3 [P]: days in intake/duplicates.toml",
    days=DAYS["nearby"],
    key=_key,
    judge=_judge,
)
