"""`flask ledger verify`: every invariant of the books, L1–L9, each as a search for rows that break it.

A check returns the first broken row in words, or None. All read one REPEATABLE READ snapshot. docs/ledger.md lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from marketplace.attribution.service.verify.chain import chain, digests
from marketplace.attribution.service.verify.queries import (
    CERTIFICATES,
    FOLDS,
    GAPS,
    LATE,
    LINES,
    OWED,
    POOLS,
    REVERSALS,
    ROLL_UPS,
    STATEMENT_FOLDS,
    STOCK,
    TRIGGERS,
    TWICE,
    VERSIONS,
    query,
)


@dataclass(frozen=True)
class Finding:
    """The outcome of one check: `broken` names the first row that breaks the invariant, None when it holds."""

    code: str
    title: str
    broken: str | None


def verify(session: Session) -> list[Finding]:
    """Run all checks in order. The session should be a snapshot (`transaction(snapshot=True)`)."""
    return [Finding(code, title, check(session)) for code, title, check in CHECKS]


CHECKS: Final[tuple[tuple[str, str, Callable[[Session], str | None]], ...]] = (
    (
        "L1",
        "entries of a line sum to the line",
        query(LINES, "order line {id}: counted {counted_fen} fen, entries {sale_fen}"),
    ),
    (
        "L1",
        "a pool is split exactly",
        query(
            POOLS,
            "statement {period} version {version_no} for {earned_period}: pool {pool_fen} fen, split {split_fen}",
        ),
    ),
    (
        "L1",
        "no household is owed less than nothing",
        query(OWED, "household {household_no} under version {version_no} for {earned_period}: {fen} fen"),
    ),
    ("L2", "append-only triggers are on", query(TRIGGERS, "attribution.{name} can be changed")),
    (
        "L2",
        "reversals never exceed what they reverse",
        query(REVERSALS, "line {line_id} version {version_no}: {fen} fen"),
    ),
    ("L3", "no event is booked twice", query(TWICE, "entry {entry_no} stands {times} times")),
    (
        "L4",
        "a closed month is the fold of its entries",
        query(FOLDS, "{period}: {sale_fen} fen, entries {found_fen}"),
    ),
    (
        "L4",
        "a statement is the fold of its entries and accruals",
        query(
            STATEMENT_FOLDS,
            "statement {period} version {version_no}: {sale_fen}/{pool_fen}, {found_fen}/{found_pool}",
        ),
    ),
    (
        "L5",
        "the agreement version was in force when sold",
        query(VERSIONS, "entry {entry_no}: version {version_no} was not in force at {sold_at}"),
    ),
    (
        "L5",
        "the certificate was valid when sold",
        query(CERTIFICATES, "entry {entry_no}: certificate {certificate_id} did not cover it"),
    ),
    (
        "L6",
        "nothing was written into a closed month",
        query(LATE, "entry {entry_no} of {period} at {written_at}"),
    ),
    ("L6", "months close in order", query(GAPS, "{period} was closed before the month ahead of it")),
    ("L7", "the hash chain holds", chain),
    ("L7", "the digests of closed months hold", digests),
    ("L8", "every roll-up gives the same total", query(ROLL_UPS, "{name}: {fen} fen, ledger {whole_fen}")),
    (
        "L9",
        "stock is the sum of its movements",
        query(STOCK, "stock item {id}: {on_hand} on hand, movements {moved}"),
    ),
)
