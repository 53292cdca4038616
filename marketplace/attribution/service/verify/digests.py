"""L1 and L7: what closed months say to every household, split anew and compared, and the digests over it.

Months one by one, rosters and rows in batches as arrays: memory stays bounded however large the books are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution.allocation import Vector, digest_of
from marketplace.attribution.bulk import BIGINT, MONTH, read_rows
from marketplace.attribution.models import AgreementStatement, Period
from marketplace.attribution.service.rosters import Roster, with_rosters
from marketplace.attribution.service.statements import Pool, split_change
from marketplace.attribution.service.verify.queries import first_row

_ROWS: Final = """
    SELECT version_no, earned_period, household_no, benefit_fen FROM attribution.household_statement
    WHERE period = %(period)s AND version_no BETWEEN %(first)s AND %(last)s
"""
_COLUMNS: Final = {
    "version_no": BIGINT,
    "earned_period": MONTH,
    "household_no": BIGINT,
    "benefit_fen": BIGINT,
}


@dataclass(frozen=True)
class _Statement:
    row: AgreementStatement
    version_no: int

    @property
    def pool(self) -> Pool:
        row = self.row
        return Pool(
            row.version_no, row.earned_period, row.sale_fen, row.pool_fen, row.pool_total_fen - row.pool_fen
        )

    @property
    def name(self) -> str:
        row = self.row
        return f"statement {row.period} version {row.version_no} for {row.earned_period}"


def splits(session: Session) -> str | None:
    """The first statement whose households are not owed what the rule gives them today from the same pool and roster."""
    return _first(session, _unlike_rule)


def digests(session: Session) -> str | None:
    """The first statement whose household rows, or closed month whose statements, no longer give the digest."""
    return _first(session, _unlike_digest) or _months(session)


def _first(session: Session, check: Any) -> str | None:
    unknown = first_row(
        session,
        "SELECT a.period, a.version_no FROM attribution.agreement_statement a"
        " LEFT JOIN beneficiaries.agreement_version v USING (version_no) WHERE v.id IS NULL",
        "statement {period}: there is no version {version_no}",
    )
    if unknown is not None:
        return unknown
    for period in session.scalars(
        select(Period.period).where(Period.state == "closed").order_by(Period.period)
    ):
        for statement, roster, household_nos, benefit_fen in _households(session, period):
            broken: str | None = check(statement, roster, household_nos, benefit_fen)
            if broken is not None:
                return broken
    return None


def _unlike_rule(
    statement: _Statement, roster: Roster, household_nos: Vector, benefit_fen: Vector
) -> str | None:
    if statement.pool.total_fen < 0 or statement.pool.before_fen < 0:
        return f"{statement.name}: a pool below nothing"
    change, village_fen = split_change(statement.pool, roster)
    touched = np.flatnonzero(change)
    if village_fen != statement.row.village_fen:
        return f"{statement.name}: the village keeps {statement.row.village_fen} fen, not {village_fen}"
    if np.array_equal(roster.household_nos[touched], household_nos) and np.array_equal(
        change[touched], benefit_fen
    ):
        return None
    due = dict(zip(roster.household_nos[touched].tolist(), change[touched].tolist(), strict=True))
    said = dict(zip(household_nos.tolist(), benefit_fen.tolist(), strict=True))
    number = min(n for n in due.keys() | said.keys() if due.get(n) != said.get(n))
    return f"{statement.name}: household {number} {said.get(number, 0)} fen, by the rule {due.get(number, 0)}"


def _unlike_digest(
    statement: _Statement, roster: Roster, household_nos: Vector, benefit_fen: Vector
) -> str | None:
    places = np.searchsorted(roster.household_nos, household_nos)
    known = places < len(roster.household_nos)
    if not known.all() or (roster.household_nos[places] != household_nos).any():
        return f"{statement.name}: a household that is not on the roster"
    full = np.zeros(len(roster.household_nos), dtype=np.int64)
    full[places] = benefit_fen
    if digest_of(roster.household_nos, full) != bytes(statement.row.digest):
        return f"{statement.name}: its households were changed"
    return None


def _households(session: Session, period: str) -> Iterator[tuple[_Statement, Roster, Vector, Vector]]:
    """Each statement of a month with its roster and what it says: household numbers ascending, and fen."""
    statements = [
        _Statement(row, row.version_no)
        for row in session.scalars(
            select(AgreementStatement)
            .where(AgreementStatement.period == period)
            .order_by(AgreementStatement.version_no, AgreementStatement.earned_period)
        )
    ]
    for batch in with_rosters(session, statements):
        yield from _with_rows(session, period, batch)


def _with_rows(
    session: Session, period: str, batch: Sequence[tuple[_Statement, Roster]]
) -> Iterator[tuple[_Statement, Roster, Vector, Vector]]:
    limits = {"period": period, "first": batch[0][0].version_no, "last": batch[-1][0].version_no}
    rows = read_rows(session, _ROWS, limits, _COLUMNS)
    order = np.lexsort((rows["household_no"], rows["earned_period"], rows["version_no"]))
    rows = {name: column[order] for name, column in rows.items()}
    for statement, roster in batch:
        low, high = (
            np.searchsorted(rows["version_no"], statement.version_no, side=side) for side in ("left", "right")
        )
        months = rows["earned_period"][low:high]
        month = np.bytes_(statement.row.earned_period.encode())
        start, end = (low + np.searchsorted(months, month, side=side) for side in ("left", "right"))
        yield statement, roster, rows["household_no"][start:end], rows["benefit_fen"][start:end]


def _months(session: Session) -> str | None:
    for period in session.scalars(select(Period).where(Period.state == "closed").order_by(Period.period)):
        found = hashlib.sha256(period.period.encode())
        for row in session.scalars(
            select(AgreementStatement)
            .where(AgreementStatement.period == period.period)
            .order_by(AgreementStatement.version_no, AgreementStatement.earned_period)
        ):
            found.update(_Statement(row, row.version_no).pool.digest_lead() + bytes(row.digest))
        found.update(f"{period.entries}|{period.sale_fen}".encode())
        if found.digest() != period.digest:
            return f"the digest of {period.period} does not match its statements"
    return None
