"""Statements of a closing month: each agreement's pool, and what it owes every household of its roster.

A change to a month that was closed before is split as alloc(pool as now known) − alloc(pool as last closed), per agreement
version, so that a full refund takes every household back to 0. Rows go out by COPY.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from marketplace.attribution.allocation import Vector, allocate, digest_of, household_pool
from marketplace.attribution.bulk import BIGINT, MONTH, row_array, write_rows
from marketplace.attribution.models import Accrual, AgreementStatement, Entry
from marketplace.attribution.rules import UNLINKED
from marketplace.attribution.service.rosters import Roster, with_rosters

_ROWS: Final = {
    "period": MONTH,
    "version_no": BIGINT,
    "earned_period": MONTH,
    "household_no": BIGINT,
    "benefit_fen": BIGINT,
}


@dataclass(frozen=True)
class Pool:
    """What a close adds to an agreement version for the month it belongs to, and what had been closed before."""

    version_no: int
    earned_period: str
    sale_fen: int
    added_fen: int
    before_fen: int

    @property
    def total_fen(self) -> int:
        """The pool of that month as now known."""
        return self.before_fen + self.added_fen

    def digest_lead(self) -> bytes:
        """What the month's digest takes in of this pool, ahead of the digest of its household rows."""
        return f"{self.version_no}|{self.earned_period}|{self.sale_fen}|{self.added_fen}|".encode()


def write_statements(session: Session, period: str, digest: Any) -> list[Pool]:
    """Write both kinds of statement of `period` and feed `digest` with them, in order of (version, month); the pools."""
    pools = _pools(session, period)
    for batch in with_rosters(session, pools):
        _write_batch(session, period, batch, digest)
    return pools


def _pools(session: Session, period: str) -> list[Pool]:
    """Every (version, month it belongs to) that the month's entries and accruals touch, in that order."""
    earned = func.coalesce(Entry.adjusts_period, Entry.period)
    sales = session.execute(
        select(Entry.version_no, earned, func.sum(Entry.sale_fen), func.sum(Entry.benefit_fen))
        .where(Entry.period == period, Entry.version_no != UNLINKED)
        .group_by(Entry.version_no, earned)
    ).all()
    accrued = session.execute(
        select(Accrual.version_no, Accrual.earned_period, func.sum(Accrual.benefit_fen))
        .where(Accrual.period == period)
        .group_by(Accrual.version_no, Accrual.earned_period)
    ).all()
    sale_fen: dict[tuple[int, str], int] = defaultdict(int)
    added_fen: dict[tuple[int, str], int] = defaultdict(int)
    for version_no, month, sale, benefit in sales:
        sale_fen[version_no, month] += int(sale)
        added_fen[version_no, month] += int(benefit)
    for version_no, month, benefit in accrued:
        added_fen[version_no, month] += int(benefit)
    before = _closed_pools(session, {no for no, _ in added_fen})
    return [
        Pool(no, month, sale_fen[no, month], added_fen[no, month], before.get((no, month), 0))
        for no, month in sorted(added_fen)
    ]


def _closed_pools(session: Session, version_nos: set[int]) -> dict[tuple[int, str], int]:
    rows = session.execute(
        select(
            AgreementStatement.version_no,
            AgreementStatement.earned_period,
            func.sum(AgreementStatement.pool_fen),
        )
        .where(AgreementStatement.version_no.in_(sorted(version_nos)))
        .group_by(AgreementStatement.version_no, AgreementStatement.earned_period)
    )
    return {(version_no, month): int(fen) for version_no, month, fen in rows}


def _write_batch(session: Session, period: str, batch: Sequence[tuple[Pool, Roster]], digest: Any) -> None:
    statements: list[dict[str, Any]] = []
    rows = []
    for pool, roster in batch:
        change, village_fen = split_change(pool, roster)
        row_digest = digest_of(roster.household_nos, change)
        digest.update(pool.digest_lead() + row_digest)
        touched = np.flatnonzero(change)
        statements.append(
            {
                "period": period,
                "version_no": pool.version_no,
                "earned_period": pool.earned_period,
                "agreement_no": roster.agreement_no,
                "sale_fen": pool.sale_fen,
                "pool_fen": pool.added_fen,
                "pool_total_fen": pool.total_fen,
                "village_fen": village_fen,
                "households": len(touched),
                "digest": row_digest,
            }
        )
        rows.append(_rows(period, pool, roster.household_nos[touched], change[touched]))
    write_rows(session, "attribution.household_statement", _ROWS, rows)
    session.execute(insert(AgreementStatement), statements)


def _rows(period: str, pool: Pool, household_nos: Vector, benefit_fen: Vector) -> Any:
    rows = row_array(_ROWS, len(household_nos))
    rows["period"] = period.encode()
    rows["version_no"] = pool.version_no
    rows["earned_period"] = pool.earned_period.encode()
    rows["household_no"] = household_nos
    rows["benefit_fen"] = benefit_fen
    return rows


def split_change(pool: Pool, roster: Roster) -> tuple[Vector, int]:
    """Fen per household of the roster that this close adds, and what the village collective's part changes by."""
    if len(roster.household_nos) == 0:  # an agreement with a collective alone: all of it stays in the village
        return np.zeros(0, dtype=np.int64), pool.added_fen
    now_fen, now_village = household_pool(pool.total_fen, roster.village_bp)
    before_fen, before_village = household_pool(pool.before_fen, roster.village_bp)
    change = allocate(now_fen, roster.household_nos, roster.shares)
    if before_fen:
        change = change - allocate(before_fen, roster.household_nos, roster.shares)
    return change, now_village - before_village
