"""The helping and the helped region both report what one sold and the other bought."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.core import divisions
from marketplace.core.pairings import helpers_of
from marketplace.intake.rules.duplicates.side import DuplicateRule, Finding, Side, days_apart, differ
from marketplace.intake.rules.sources import DAYS


def _key(side: Side) -> tuple[str, ...] | None:
    """Sales of registered goods to somebody named, or of a lot. What a till sells to anybody is never of two regions."""
    if side.producer_id is None or side.product_id is None:
        return None
    if side.buyer is None and side.broker is None and side.lot is None:
        return None
    return str(side.producer_id), str(side.product_id), str(side.amount_fen)


def _is_paired(helped: Side, helper: Side) -> bool:
    return any(
        divisions.covers(pairing.helper, helper.channel_area)
        for pairing in helpers_of(helped.channel_area, helped.sold_on)
    )


def _judge(one: Side, other: Side, _: Sequence[Side]) -> Finding | None:
    if not (_is_paired(one, other) or _is_paired(other, one)):
        return None
    if differ(one.buyer, other.buyer) or differ(one.lot, other.lot) or differ(one.number, other.number):
        return None
    if differ(one.invoice_no, other.invoice_no):
        return None
    apart = days_apart(one, other)
    is_same_lot = one.lot is not None and other.lot is not None
    return Finding(
        "likely",
        ("producer", "product", "amount_fen", *(("lot",) if is_same_lot else ())),
        f"结对双方地区各报一笔:同一供应商、产品、金额,成交日相差 {apart} 天",
        f"both regions of a pairing report it: same producer, product and amount, {apart} days apart",
    )


RULE = DuplicateRule(
    code="regions",
    zh="帮扶双方地区各报一次",
    en="reported by both regions of a pairing",
    source="domain 0a.10; features (c) 17",
    days=DAYS["nearby"],
    key=_key,
    judge=_judge,
)
