"""Writing and reading rosters: exact parts in rows, the same households as a bitmap on the version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
from marketplace.core.errors import FieldProblem, Invalid, InvalidMany
from marketplace.core.scope import within_area

MAX_PARTS = 10**12
_MAX_PROBLEMS = 1_000
_MAX_NAMED = 50
_FEW = 1_000  # up to here, one INSERT; above, COPY


@dataclass(frozen=True)
class Line:
    """A household, its integer parts, and where it was said: a pointer into the request, or to a row of a file.

    Nowhere where it was taken over from an earlier roster.
    """

    household_no: int
    parts: int
    pointer: str = ""


def write_roster(
    session: Session, agreement: Agreement, version: AgreementVersion, lines: Sequence[Line]
) -> None:
    """Give a fresh draft its roster.

    InvalidMany lists each bad row: parts under 1, a household twice, one that does not exist, lies
    outside the county that approves, or has left the register by the day on which the version begins.
    Invalid (`roster_kept`) names those taken over from an earlier roster that have left the register since.
    """
    numbers = [line.household_no for line in lines]
    outside = _outside(session, agreement, version, numbers)
    gone = sorted(line.household_no for line in lines if not line.pointer and line.household_no in outside)
    if gone:
        shown = "、".join(map(str, gone[:_MAX_NAMED]))
        said = f"沿用的花名册中有{len(gone)}户已不在册,请填入退出的户:{shown}"
        raise Invalid("roster_kept", said, pointer="left", numbers=shown)
    seen: set[int] = set()
    problems: list[FieldProblem] = []
    for line in lines:
        if line.household_no in seen:
            problems.append(FieldProblem(line.pointer, "household_twice", "同一户出现两次"))
        elif line.household_no in outside:
            problems.append(FieldProblem(line.pointer, "household", "该户不在审定地区在册户中"))
        if not 1 <= line.parts <= MAX_PARTS:
            problems.append(FieldProblem(f"{line.pointer}/parts", "parts", "份额应为正整数"))
        seen.add(line.household_no)
    if problems:
        raise InvalidMany("roster", f"花名册{len(problems)}处有误", fields=problems[:_MAX_PROBLEMS])
    if len(lines) > _FEW:
        copy(
            session,
            "beneficiaries.roster_share",
            ("version_id", "household_no", "shares"),
            ((version.id, line.household_no, line.parts) for line in lines),
        )
    elif lines:
        session.execute(
            sa.insert(RosterShare),
            [
                {"version_id": version.id, "household_no": line.household_no, "shares": line.parts}
                for line in lines
            ],
        )
    version.roster_bitmap = pack(numbers)
    version.households = len(numbers)
    version.shares_total = sum(line.parts for line in lines)


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
