"""Rosters of agreement versions as arrays, so many at a time that memory stays bounded: for the close and for its check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution.allocation import Vector
from marketplace.attribution.bulk import BIGINT, read_rows
from marketplace.beneficiaries.models import AgreementVersion

ROSTER_BATCH: Final = 200_000  # households held in memory at once; a larger roster is a batch of its own
_SHARES: Final = """
    SELECT v.version_no, r.household_no, r.shares FROM beneficiaries.agreement_version v
    JOIN beneficiaries.roster_share r ON r.version_id = v.id WHERE v.version_no = ANY(%(numbers)s)
"""


class OfVersion(Protocol):
    """Something that belongs to an agreement version."""

    @property
    def version_no(self) -> int:
        """The version's number."""
        ...


_T = TypeVar("_T", bound=OfVersion)


@dataclass(frozen=True)
class Roster:
    """Who shares in a version's pool: household numbers ascending, their integer shares, the collective's basis points."""

    agreement_no: int
    village_bp: int
    household_nos: Vector
    shares: Vector


def with_rosters(session: Session, items: Sequence[_T]) -> Iterator[list[tuple[_T, Roster]]]:
    """`items` in their order, each with its version's roster, in batches of about 200,000 households."""
    versions = {
        row.version_no: row
        for row in session.execute(
            select(
                AgreementVersion.version_no,
                AgreementVersion.agreement_no,
                AgreementVersion.village_bp,
                AgreementVersion.households,
            ).where(AgreementVersion.version_no.in_(sorted({item.version_no for item in items})))
        )
    }
    batch: list[_T] = []
    size = 0
    for item in items:
        batch.append(item)
        size += versions[item.version_no].households
        if size >= ROSTER_BATCH:
            yield _read(session, batch, versions)
            batch, size = [], 0
    if batch:
        yield _read(session, batch, versions)


def _read(session: Session, batch: Sequence[_T], versions: dict[int, Any]) -> list[tuple[_T, Roster]]:
    numbers = sorted({int(item.version_no) for item in batch})
    rows = read_rows(
        session,
        _SHARES,
        {"numbers": numbers},
        {"version_no": BIGINT, "household_no": BIGINT, "shares": BIGINT},
    )
    order = np.lexsort((rows["household_no"], rows["version_no"]))
    version_nos, household_nos, shares = (rows[name][order] for name in rows)
    starts = np.searchsorted(version_nos, numbers, side="left")
    ends = np.searchsorted(version_nos, numbers, side="right")
    rosters = {
        number: Roster(
            versions[number].agreement_no,
            versions[number].village_bp,
            household_nos[start:end],
            shares[start:end],
        )
        for number, start, end in zip(numbers, starts, ends, strict=True)
    }
    return [(item, rosters[item.version_no]) for item in batch]
