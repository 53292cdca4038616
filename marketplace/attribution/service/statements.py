"""Statements of a closing month: each agreement's pool, and what it owes every household of its roster.

A change to a month that was closed before is split as alloc(pool as now known) − alloc(pool as last closed), per agreement
version, so that a full refund takes every household back to 0. Rows go out by COPY.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import psycopg
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from marketplace.attribution.allocation import Vector, allocate, digest_of, household_pool
from marketplace.attribution.models import Accrual, AgreementStatement, Entry
from marketplace.attribution.rules import UNLINKED
from marketplace.beneficiaries.models import AgreementVersion, RosterShare

ROSTER_BATCH: Final = 200_000  # households held in memory at once


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


@dataclass(frozen=True)
class _Version:
    id: uuid.UUID
    agreement_no: int
    village_bp: int
    households: int


def write_statements(session: Session, period: str, digest: Any) -> list[Pool]:
    """Write both kinds of statement of `period` and feed `digest` with them, in order of (version, month); the pools."""
    pools = _pools(session, period)
    for batch in _in_batches(session, pools):
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


def _in_batches(
    session: Session, pools: Sequence[Pool]
) -> Iterator[list[tuple[Pool, _Version, Vector, Vector]]]:
    """Pools with their rosters, so many at a time that about 200,000 households are in memory."""
    versions = {
        row.version_no: _Version(row.id, row.agreement_no, row.village_bp, row.households)
        for row in session.execute(
            select(
                AgreementVersion.version_no,
                AgreementVersion.id,
                AgreementVersion.agreement_no,
                AgreementVersion.village_bp,
                AgreementVersion.households,
            ).where(AgreementVersion.version_no.in_(sorted({pool.version_no for pool in pools})))
        )
    }
    batch: list[Pool] = []
    size = 0
    for pool in pools:
        batch.append(pool)
        size += versions[pool.version_no].households
        if size >= ROSTER_BATCH:
            yield _with_rosters(session, batch, versions)
            batch, size = [], 0
    if batch:
        yield _with_rosters(session, batch, versions)


def _with_rosters(
    session: Session, batch: Sequence[Pool], versions: dict[int, _Version]
) -> list[tuple[Pool, _Version, Vector, Vector]]:
    ids = sorted({versions[pool.version_no].id for pool in batch})
    found: dict[uuid.UUID, list[tuple[int, int]]] = {one: [] for one in ids}
    rows = session.execute(
        select(RosterShare.version_id, RosterShare.household_no, RosterShare.shares)
        .where(RosterShare.version_id.in_(ids))
        .order_by(RosterShare.version_id, RosterShare.household_no)
    )
    for version_id, household_no, shares in rows:
        found[version_id].append((household_no, shares))
    arrays = {one: np.array(pairs, dtype=np.int64).reshape(-1, 2) for one, pairs in found.items()}
    return [
        (pool, versions[pool.version_no], *_columns(arrays[versions[pool.version_no].id])) for pool in batch
    ]


def _columns(pairs: Vector) -> tuple[Vector, Vector]:
    return np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])


def _write_batch(
    session: Session,
    period: str,
    batch: Sequence[tuple[Pool, _Version, Vector, Vector]],
    digest: Any,
) -> None:
    statements: list[dict[str, Any]] = []
    with _copy_households(session) as copy:
        for pool, version, household_nos, shares in batch:
            change, village_fen = _change(pool, version, household_nos, shares)
            row_digest = digest_of(household_nos, change)
            digest.update(
                f"{pool.version_no}|{pool.earned_period}|{pool.sale_fen}|{pool.added_fen}|".encode()
                + row_digest
            )
            statements.append(
                {
                    "period": period,
                    "version_no": pool.version_no,
                    "earned_period": pool.earned_period,
                    "agreement_no": version.agreement_no,
                    "sale_fen": pool.sale_fen,
                    "pool_fen": pool.added_fen,
                    "pool_total_fen": pool.total_fen,
                    "village_fen": village_fen,
                    "households": int(np.count_nonzero(change)),
                    "digest": row_digest,
                }
            )
            lead = f"{period}\t{pool.version_no}\t{pool.earned_period}\t"
            touched = np.nonzero(change)[0]
            pairs = zip(household_nos[touched].tolist(), change[touched].tolist(), strict=True)
            copy.write("".join(f"{lead}{number}\t{fen}\n" for number, fen in pairs))
    session.execute(insert(AgreementStatement), statements)


def _change(pool: Pool, version: _Version, household_nos: Vector, shares: Vector) -> tuple[Vector, int]:
    """Fen per household that this close adds, and what the village collective's part changes by."""
    if len(household_nos) == 0:  # an agreement with a collective alone: all of it stays in the village
        return np.zeros(0, dtype=np.int64), pool.added_fen
    now_fen, now_village = household_pool(pool.total_fen, version.village_bp)
    before_fen, before_village = household_pool(pool.before_fen, version.village_bp)
    change = allocate(now_fen, household_nos, shares) - allocate(before_fen, household_nos, shares)
    return change, now_village - before_village


def _copy_households(session: Session) -> Any:
    driver = session.connection().connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("psycopg 3 expected")
    cursor = driver.cursor()
    return cursor.copy(
        "COPY attribution.household_statement (period, version_no, earned_period, household_no, benefit_fen) FROM STDIN"
    )
