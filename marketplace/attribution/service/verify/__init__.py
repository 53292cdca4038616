"""`flask ledger verify`: every invariant of the books, L1–L9, each as a search for rows that break it.

A check returns the first broken row in words, or None. All read one REPEATABLE READ snapshot. docs/ledger.md lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.attribution.service.verify import queries as q
from marketplace.attribution.service.verify.chain import chain
from marketplace.attribution.service.verify.digests import digests, splits
from marketplace.attribution.service.verify.queries import query


@dataclass(frozen=True)
class Finding:
    """The outcome of one check: `broken` names the first row that breaks the invariant, None when it holds."""

    code: str
    title: str
    broken: str | None


def verify(session: Session) -> list[Finding]:
    """Run all checks in order. The session should be a snapshot (`transaction(snapshot=True)`).

    Time grows with the books, memory does not: entries stream, household rows come in batches. Limits of time per statement are
    for those who wait for a page, so they are off here.
    """
    session.execute(sql("SET LOCAL statement_timeout = 0"))
    return [Finding(code, title, check(session)) for code, title, check in CHECKS]


CHECKS: Final[tuple[tuple[str, str, Callable[[Session], str | None]], ...]] = (
    (
        "L1",
        "entries of a line sum to the line",
        query(q.LINES, "order line {id}: counted {counted_fen} fen, entries {sale_fen}"),
    ),
    (
        "L1",
        "refunds of a line sum to what went back of it",
        query(q.REFUNDS, "order line {id}: went back {amount_fen} fen, entries {sale_fen}"),
    ),
    (
        "L1",
        "a correction changes the class or the unit, never the sum",
        query(q.CORRECTIONS, "line {line_id}: corrections of {fen} fen"),
    ),
    (
        "L1",
        "entries of a reported sale sum to what stands of it",
        query(q.FOREIGN, "reported sale {id}: {stands_fen} fen stand, entries {sale_fen}"),
    ),
    (
        "L1",
        "a pool is split exactly",
        query(
            q.POOLS,
            "statement {period} version {version_no} for {earned_period}: pool {pool_fen} fen, split {split_fen}",
        ),
    ),
    ("L1", "every household is owed its share by the rule", splits),
    (
        "L1",
        "no household is owed less than nothing",
        query(q.OWED, "household {household_no} under version {version_no} for {earned_period}: {fen} fen"),
    ),
    ("L2", "append-only triggers are on", query(q.TRIGGERS, "{name} can be changed")),
    ("L2", "triggers in place of foreign keys are on", query(q.REFERENCES, "{name}: {trigger} is off")),
    (
        "L2",
        "reversals never exceed what they reverse",
        query(q.REVERSALS, "line {line_id} version {version_no}: {fen} fen"),
    ),
    (
        "L2",
        "a reversal points at an earlier entry of its line",
        query(q.ORIGINALS, "entry {entry_no} points elsewhere"),
    ),
    ("L3", "no event is booked twice", query(q.TWICE, "entry {entry_no} stands {times} times")),
    ("L3", "the keys that refuse replays are there", query(q.KEYS, "constraint {name} is missing")),
    (
        "L4",
        "a closed month is the fold of its entries",
        query(
            q.FOLDS,
            "{period}: {entries} entries of {sale_fen} fen and {benefit_fen} of benefit,"
            " found {found} of {found_fen} and {found_benefit}",
        ),
    ),
    (
        "L4",
        "a statement is the fold of its entries and accruals",
        query(
            q.STATEMENT_FOLDS,
            "statement {period} version {version_no} for {earned_period}: {sale_fen}/{pool_fen},"
            " found {found_fen}/{found_pool}",
        ),
    ),
    (
        "L4",
        "a pool as now known is the sum of what closes added",
        query(
            q.TOTALS,
            "statement {period} version {version_no} for {earned_period}: {pool_total_fen} fen, sum {known_fen}",
        ),
    ),
    (
        "L5",
        "the agreement version was in force when sold",
        query(q.VERSIONS, "entry {entry_no}: version {version_no} was not in force at {sold_at}"),
    ),
    (
        "L5",
        "refunds and corrections keep the version of the sale",
        query(q.FOLLOWERS, "entry {entry_no}: its line was not sold under version {version_no}"),
    ),
    (
        "L5",
        "the certificate was valid when sold",
        query(q.CERTIFICATES, "entry {entry_no}: certificate {certificate_id} did not cover it"),
    ),
    (
        "L5",
        "nothing stays aid under a certificate that is void",
        query(q.REVOKED, "line {line_id}: {fen} fen under revoked certificate {certificate_id}"),
    ),
    (
        "L6",
        "nothing was written into a closed month",
        query(q.LATE, "entry {entry_no} of {period} was chained after its close"),
    ),
    (
        "L6",
        "no entry stands before the books' first closed month",
        query(q.BEFORE, "entry {entry_no} of {period}, which never closed"),
    ),
    ("L6", "months close in order", query(q.GAPS, "{period} was closed before the month ahead of it")),
    ("L7", "the hash chain holds", chain),
    ("L7", "the digests of closed months hold", digests),
    ("L8", "every roll-up gives the same total", query(q.ROLL_UPS, "{name}: {fen} fen, ledger {whole_fen}")),
    (
        "L9",
        "stock is the sum of its movements",
        query(
            q.STOCK,
            "stock item {id}: {on_hand} on hand and {reserved} reserved, movements {moved} and {moved_reserved}",
        ),
    ),
)
