"""How the same sale is found that two reporters saw: one rule a file, named here. A new rule is a new file and a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from marketplace.intake.rules.duplicates import invoice, nearby, order_number, own_order, regions
from marketplace.intake.rules.duplicates.side import DuplicateRule, Finding, Side

__all__ = ["OF_REPORTS", "RULES", "RULE_BY_CODE", "DuplicateRule", "Finding", "Side", "still_matches"]

RULES: Final[tuple[DuplicateRule, ...]] = (
    own_order.RULE,
    order_number.RULE,
    invoice.RULE,
    regions.RULE,
    nearby.RULE,
)
#: Those that hold reports against reports; an order of ours is looked up by its number instead.
OF_REPORTS: Final = RULES[1:]
RULE_BY_CODE: Final = {rule.code: rule for rule in RULES}


def still_matches(one: Side, other: Side, group: Sequence[Side] = ()) -> tuple[DuplicateRule, Finding] | None:
    """The first rule by which two reports are one sale, and what it finds; None when none holds."""
    if not (one.is_sale and other.is_sale):
        return None
    for rule in RULES:
        key = rule.key(one)
        if key is not None and key == rule.key(other):
            found = rule.judge(one, other, group or (one, other))
            if found is not None:
                return rule, found
    return None
