"""Writing and reading rosters: exact parts in rows, the same households as a bitmap on the version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.beneficiaries.models import (
    Agreement,
    AgreementVersion,
    Household,
    HouseholdStatus,
    RosterShare,
)
from marketplace.beneficiaries.roster import Roster, pack, roster_of, unpack
from marketplace.beneficiaries.service.bulk import copy
from marketplace.core.errors import FieldProblem, InvalidMany
from marketplace.core.scope import within_area

MAX_PARTS = 10**12
_MAX_PROBLEMS = 1_000
_FEW = 1_000  # up to here, one INSERT; above, COPY


def write_roster(
    session: Session, agreement: Agreement, version: AgreementVersion, parts: Sequence[tuple[int, int]]
) -> None:
    """Give a fresh draft its roster of (household_no, integer parts).

    InvalidMany lists each bad row: parts under 1, a household twice, one that does not exist, lies
    outside the county that approves, or has left the register by the day on which the version begins.
    """
    numbers = [number for number, _ in parts]
    outside = _outside(session, agreement, version, numbers)
    seen: set[int] = set()
    problems: list[FieldProblem] = []
    for index, (number, shares) in enumerate(parts):
        pointer = f"/roster/{index}"
        if number in seen:
            problems.append(FieldProblem(pointer, "household_twice", "同一户出现两次"))
        elif number in outside:
            problems.append(FieldProblem(pointer, "household", "该户不在审定地区在册户中"))
        if not 1 <= shares <= MAX_PARTS:
            problems.append(FieldProblem(f"{pointer}/parts", "parts", "份额应为正整数"))
        seen.add(number)
    if problems:
        raise InvalidMany("roster", f"花名册{len(problems)}处有误", fields=problems[:_MAX_PROBLEMS])
    if len(parts) > _FEW:
        copy(
            session,
            "beneficiaries.roster_share",
            ("version_id", "household_no", "shares"),
            ((version.id, number, shares) for number, shares in parts),
        )
    elif parts:
        session.execute(
            sa.insert(RosterShare),
            [{"version_id": version.id, "household_no": n, "shares": s} for n, s in parts],
        )
    version.roster_bitmap = pack(numbers)
    version.households = len(numbers)
    version.shares_total = sum(shares for _, shares in parts)


def read_roster(session: Session, version_no: int) -> Roster:
    """The exact roster of a version, households in ascending order; empty for an unknown version."""
    rows = session.execute(
        sa.select(RosterShare.household_no, RosterShare.shares)
        .join(AgreementVersion, AgreementVersion.id == RosterShare.version_id)
        .where(AgreementVersion.version_no == version_no)
    )
    return roster_of((number, shares) for number, shares in rows)


def bitmaps(session: Session, version_nos: Iterable[int]) -> dict[int, bytes]:
    """The packed bitmap of each of the versions, one statement; `roster.union` counts distinct households."""
    rows = session.execute(
        sa.select(AgreementVersion.version_no, AgreementVersion.roster_bitmap).where(
            AgreementVersion.version_no.in_(sorted(set(version_nos))),
            AgreementVersion.roster_bitmap.is_not(None),
        )
    )
    return {number: packed for number, packed in rows if packed is not None}


def members_of(version: AgreementVersion) -> list[int]:
    """Household numbers of a version's roster, ascending."""
    return list(unpack(version.roster_bitmap))


def _outside(
    session: Session, agreement: Agreement, version: AgreementVersion, numbers: Sequence[int]
) -> set[int]:
    given = sa.func.unnest(sa.literal(sorted(set(numbers)), sa.ARRAY(sa.BigInteger))).column_valued("given")
    known = session.scalars(
        sa.select(Household.household_no)
        .join(HouseholdStatus, HouseholdStatus.household_no == Household.household_no)
        .where(
            Household.household_no.in_(sa.select(given)),
            within_area(Household.area_code, agreement.area_code),
            HouseholdStatus.valid.contains(version.valid.lower),
            HouseholdStatus.file_status != "removed",
        )
    )
    return set(numbers) - set(known)
