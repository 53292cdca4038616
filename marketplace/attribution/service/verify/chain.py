"""L7: the hash chain and the digests of closed months, recomputed from the rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.attribution.allocation import digest_of
from marketplace.attribution.canonical import GENESIS, chain_hash
from marketplace.attribution.models import AgreementStatement, Entry, HouseholdStatement, Link, Period
from marketplace.attribution.service.verify.queries import first_row

CHUNK: Final = 5_000


def chain(session: Session) -> str | None:
    """The first entry whose hash does not follow from its bytes and the hash before it."""
    current = GENESIS
    columns = Entry.__table__.columns
    statement = (
        select(Link.position, Link.hash, *columns)
        .join(Entry, Entry.entry_no == Link.entry_no)
        .order_by(Link.position)
        .execution_options(yield_per=CHUNK)
    )
    for expected, (position, stored, *values) in enumerate(session.execute(statement), 1):
        if position != expected:
            return f"chain position {expected} is missing"
        current = chain_hash(current, dict(zip(columns.keys(), values, strict=True)))
        if current != bytes(stored):
            return f"entry at chain position {position} was changed"
    return _unchained(session)


def _unchained(session: Session) -> str | None:
    return first_row(
        session,
        """
        SELECT e.entry_no FROM attribution.entry e JOIN attribution.period p ON p.period = e.period AND p.state = 'closed'
        WHERE NOT EXISTS (SELECT 1 FROM attribution.link l WHERE l.entry_no = e.entry_no)
        """,
        "entry {entry_no} of a closed month has no chain position",
    )


def digests(session: Session) -> str | None:
    """The first closed month whose statements no longer give its digest."""
    for period in session.scalars(select(Period).where(Period.state == "closed").order_by(Period.period)):
        found = hashlib.sha256(period.period.encode())
        statements = session.scalars(
            select(AgreementStatement)
            .where(AgreementStatement.period == period.period)
            .order_by(AgreementStatement.version_no, AgreementStatement.earned_period)
        ).all()
        for statement, row_digest in _recomputed(session, period.period, list(statements)):
            if row_digest is None:
                return f"households of statement {period.period} version {statement.version_no} were changed"
            lead = (
                f"{statement.version_no}|{statement.earned_period}|{statement.sale_fen}|{statement.pool_fen}|"
            )
            found.update(lead.encode() + row_digest)
        found.update(f"{period.entries}|{period.sale_fen}".encode())
        if found.digest() != period.digest:
            return f"the digest of {period.period} does not match its statements"
    return None


def _recomputed(
    session: Session, period: str, statements: list[AgreementStatement]
) -> Iterator[tuple[AgreementStatement, bytes | None]]:
    """Each statement with its digest if its household rows still give it, else None."""
    rosters: dict[int, list[int]] = {}
    rows = session.execute(
        sql("""
        SELECT v.version_no, r.household_no FROM beneficiaries.roster_share r
        JOIN beneficiaries.agreement_version v ON v.id = r.version_id
        WHERE v.version_no = ANY(:numbers) ORDER BY v.version_no, r.household_no
        """),
        {"numbers": sorted({s.version_no for s in statements})},
    )
    for version_no, household_no in rows:
        rosters.setdefault(version_no, []).append(household_no)
    written: dict[tuple[int, str], dict[int, int]] = {}
    for version_no, earned, household_no, fen in session.execute(
        select(
            HouseholdStatement.version_no,
            HouseholdStatement.earned_period,
            HouseholdStatement.household_no,
            HouseholdStatement.benefit_fen,
        ).where(HouseholdStatement.period == period)
    ):
        written.setdefault((version_no, earned), {})[household_no] = fen
    for statement in statements:
        numbers = rosters.get(statement.version_no, [])
        rows_of: dict[int, Any] = written.get((statement.version_no, statement.earned_period), {})
        fen_of = np.array([rows_of.get(n, 0) for n in numbers], dtype=np.int64)
        computed = digest_of(np.array(numbers, dtype=np.int64), fen_of)
        yield statement, computed if computed == bytes(statement.digest) else None
