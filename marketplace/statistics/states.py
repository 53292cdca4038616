"""What households were on a statistical date, as sets of household numbers: one for each group and each number of members.

How many of some millions of households are in a group is then the size of an intersection. For the last day of each closed month
two bytes a household are kept (`HouseholdState`): nothing may be recorded into a closed month any more, so they hold for ever,
and the states of a later day are the kept ones and what began or ended since.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import ColumnElement, and_, case, func, literal, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Period
from marketplace.beneficiaries.models import Household, HouseholdStatus
from marketplace.core.clock import period_days
from marketplace.statistics.keeping import Cache
from marketplace.statistics.models import HouseholdState

Bytes = NDArray[np.uint8]
FILE, GD_RELATIVE, MONITORED, ORDINARY, LOW_INCOME = GROUPS = tuple(1 << bit for bit in range(5))
_BATCH: Final = 100_000
_BYTES_KEPT: Final = 512 << 20
_BYTES_A_HOUSEHOLD: Final = 4  # in the sets: two of members, two of groups, most of them dense
_days: Final = Cache(_BYTES_KEPT)


@dataclass(frozen=True)
class States:
    """Sets of household numbers: by members, by members of those on file, by group (the bits above). To be read only."""

    by_members: dict[int, Any] = field(default_factory=lambda: defaultdict(BitMap))
    on_file: dict[int, Any] = field(default_factory=lambda: defaultdict(BitMap))
    groups: dict[int, Any] = field(default_factory=lambda: {bit: BitMap() for bit in GROUPS})

    def of(self, number: int) -> tuple[int, int]:
        """(members, groups) of one household; (0, 0) for a number that is none on that date."""
        members = next((count for count, numbers in self.by_members.items() if number in numbers), 0)
        return members, sum(bit for bit, numbers in self.groups.items() if number in numbers)

    def add(self, members: Bytes, groups: Bytes, numbers: NDArray[np.int64]) -> None:
        """Put in households that are not there: their members and groups, in the order of their numbers."""
        for count in np.unique(members).tolist():
            self.by_members[count] |= BitMap(numbers[members == count])
            self.on_file[count] |= BitMap(numbers[(members == count) & (groups & FILE != 0)])
        for bit in GROUPS:
            self.groups[bit] |= BitMap(numbers[groups & bit != 0])

    def without(self, gone: Any) -> States:
        """A copy less the households of a set."""
        return States(
            defaultdict(BitMap, {count: numbers - gone for count, numbers in self.by_members.items()}),
            defaultdict(BitMap, {count: numbers - gone for count, numbers in self.on_file.items()}),
            {bit: numbers - gone for bit, numbers in self.groups.items()},
        )

    def packed(self) -> tuple[int, bytes]:
        """(size, bytes): two bytes for each number below the size."""
        size = max((numbers.max() for numbers in self.by_members.values() if numbers), default=-1) + 1
        found = np.zeros((2, size), np.uint8)
        for count, numbers in self.by_members.items():
            found[0, numbers.to_array()] = count
        for bit, numbers in self.groups.items():
            found[1, numbers.to_array()] |= bit
        return size, zlib.compress(found.tobytes(), 1)


def states_on(session: Session, on: date) -> States:
    """The states of every household on that Shanghai day."""
    newest = session.execute(
        select(HouseholdState.on_day, HouseholdState.size, func.length(HouseholdState.packed))
        .where(HouseholdState.on_day <= on)
        .order_by(HouseholdState.on_day.desc())
        .limit(1)
    ).one_or_none()
    if newest is None:
        return _with_rows(session, States(), HouseholdStatus.valid.contains(on))
    kept_on = newest.on_day
    kept = _kept(session, (newest[0], newest[1], newest[2]))
    if kept_on == on:
        return kept
    began, ended = func.lower(HouseholdStatus.valid), func.upper(HouseholdStatus.valid)
    gone = _numbers(session, and_(ended > kept_on, ended <= on))
    return _with_rows(session, kept.without(gone), and_(HouseholdStatus.valid.contains(on), began > kept_on))


def keep_closed(session: Session) -> int:
    """Keep the states of the last day of every closed month that has none yet; how many days. Done by the worker."""
    days = {
        period_days(period)[1] - timedelta(days=1)
        for period in session.scalars(select(Period.period).where(Period.state == "closed"))
    }
    missing = sorted(days - set(session.scalars(select(HouseholdState.on_day))))
    for day in missing:
        size, packed = states_on(session, day).packed()
        session.add(HouseholdState(on_day=day, size=size, packed=packed))
        session.flush()
    return len(missing)


def _numbers(session: Session, condition: ColumnElement[bool]) -> Any:
    found: Iterable[int] = session.scalars(select(HouseholdStatus.household_no).where(condition))
    return BitMap(list(found))


def _with_rows(session: Session, found: States, condition: ColumnElement[bool]) -> States:
    on_file = HouseholdStatus.file_status.in_(("registered", "graduated"))
    watched = HouseholdStatus.monitor_status == "active"
    groups: list[tuple[int, ColumnElement[bool]]] = [
        (FILE, and_(on_file, Household.file_standard == "national_registered")),
        (GD_RELATIVE, and_(on_file, Household.file_standard == "gd_relative")),
        (MONITORED, watched),
        (ORDINARY, and_(HouseholdStatus.file_status == "never", ~watched)),
        (LOW_INCOME, HouseholdStatus.is_low_income.is_(True)),
    ]
    bits: Any = sum((case((test, bit), else_=0) for bit, test in groups), literal(0))
    rows = session.execute(
        select(HouseholdStatus.household_no, HouseholdStatus.members, bits)
        .join(Household, Household.household_no == HouseholdStatus.household_no)
        .where(condition)
        .execution_options(yield_per=_BATCH)
    )
    for part in rows.partitions():
        numbers, members, sums = np.array(part, dtype=np.int64).reshape(-1, 3).T
        found.add(members.astype(np.uint8), sums.astype(np.uint8), numbers)
    return found


def _kept(session: Session, key: tuple[date, int, int]) -> States:
    """The states kept of a day; size and length tell it from the same day of a database that was written anew."""
    found: States | None = _days.of(session).get(key)
    if found is None:
        row = session.get_one(HouseholdState, key[0])
        members, groups = np.frombuffer(zlib.decompress(row.packed), np.uint8).reshape(2, row.size)
        session.expunge(row)  # megabytes that nobody needs twice
        found = States()
        there = np.flatnonzero(members.astype(np.bool_) | groups.astype(np.bool_))
        found.add(members[there], groups[there], there)
        _days.keep(session, key, found, _BYTES_A_HOUSEHOLD * row.size)
    return found
