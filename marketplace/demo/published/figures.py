"""Published figures: what a product is worth and whom it helps, read by the service's own parser of amounts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from marketplace.core.amounts import REASONS_ZH, Amount, parse_money
from marketplace.core.counts import Count, parse_counts
from marketplace.demo.published.rows import Remark, Row, remark

_SPEAKS_OF_PEOPLE = re.compile(r"[户戶村]|贫困")


@dataclass(frozen=True, slots=True)
class Helped:
    """Households and persons that a published text says are helped; None where the text counts no such thing."""

    households: Count | None
    persons: Count | None
    raw_text: str


def value(row: Row, column: str, remarks: list[Remark]) -> Amount | None:
    """Read a 商品价值量 cell of bare text; None for an empty cell, None with a remark for an unreadable one."""
    if not row[column]:
        return None
    amount = parse_money(row[column])
    if amount.reason is not None:
        remarks.append(remark("rejected", row, column, REASONS_ZH[amount.reason]))
        return None
    if "销售" in row[column]:
        remarks.append(remark("rejected", row, column, "是已销售额,不是商品价值量"))
        return None
    return amount


def helped(row: Row, column: str, remarks: list[Remark]) -> Helped | None:
    """Read the households and persons that a cell counts; None with a remark when it speaks of them uncounted.

    Two counts of one kind in one cell (二十户、八十户) leave that kind unread: nothing says which one is meant.
    """
    text = row[column]
    if not text:
        return None
    counts = parse_counts(text)
    households = _only(counts, "household")
    persons = _only(counts, "person")
    if households is None and persons is None:
        if _SPEAKS_OF_PEOPLE.search(text):
            remarks.append(remark("rejected", row, column, "文字中没有唯一的户数或人数"))
        return None
    return Helped(households, persons, text)


def _only(counts: tuple[Count, ...], unit: str) -> Count | None:
    """Return the one count of a unit, None when there is none or more than one."""
    found = [count for count in counts if count.unit == unit]
    return found[0] if len(found) == 1 else None
