"""A unit and its union declare one invoice. They may split it; together they may not declare more than it says."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.intake.rules.duplicates.side import DuplicateRule, Finding, Side, normalised
from marketplace.intake.rules.sources import DAYS


def _key(side: Side) -> tuple[str, ...] | None:
    if side.invoice_no is None or side.seller is None:
        return None
    return normalised(side.invoice_no), side.seller


def _judge(one: Side, other: Side, group: Sequence[Side]) -> Finding | None:
    """Σ of what is declared up to the invoice's total is a split. Beyond it, equal amounts are the same money."""
    if one.channel_id == other.channel_id and one.buyer == other.buyer:
        return None  # lines of one declaration; the channel's own numbers tell them apart
    total = max(
        (side.invoice_total_fen for side in group if side.invoice_total_fen is not None), default=None
    )
    declared = sum(side.net_fen for side in group if side.is_live or side in (one, other))
    is_same_amount = one.amount_fen == other.amount_fen
    if total is not None and declared <= total:
        return None
    if is_same_amount and one.amount_fen == total:
        return Finding(
            "certain",
            ("invoice_no", "seller", "amount_fen"),
            "同一发票由两方各按全额申报",
            "two declare the whole of one invoice",
        )
    if is_same_amount or total is not None:
        return Finding(
            "likely",
            ("invoice_no", "seller", *(("amount_fen",) if is_same_amount else ())),
            "同一发票的申报合计超过其价税合计,或未报价税合计而金额相同",
            "what is declared of one invoice exceeds its total, or its total is not said and the amounts agree",
        )
    return None


RULE = DuplicateRule(
    code="invoice",
    zh="同一发票",
    en="same invoice",
    source="domain 0a.16, 6.3",
    days=DAYS["numbered"],
    key=_key,
    judge=_judge,
    same_channel=True,
)
