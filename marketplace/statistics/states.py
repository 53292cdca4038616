"""What households were on a statistical date, as arrays by household number, two bytes each: millions are counted at once.

For the last day of each closed month the arrays are kept (`HouseholdState`): nothing may be recorded into a closed month any
more, so they hold for ever, and those of a later day are the kept ones and what began or ended since.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, case, func, literal, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Period
from marketplace.beneficiaries.models import Household, HouseholdStatus
from marketplace.core.clock import period_days
from marketplace.statistics.keeping import Cache
from marketplace.statistics.models import HouseholdState

Bytes = NDArray[np.uint8]
FILE, GD_RELATIVE, MONITORED, ORDINARY, LOW_INCOME = (1 << bit for bit in range(5))
_BATCH: Final = 100_000


@dataclass(frozen=True)
class States:
    """Members and groups (a sum of the bits above) by household number; 0 for a number that is no household on that date."""

    members: Bytes
    groups: Bytes


def states_on(session: Session, on: date) -> States:
    """The states of every household on that Shanghai day."""
    kept_on = session.scalar(select(func.max(HouseholdState.on_day)).where(HouseholdState.on_day <= on))
    if kept_on is None:
        return _with_rows(session, np.zeros((2, 0), np.uint8), HouseholdStatus.valid.contains(on))
    kept = _kept(session, kept_on)
    if kept_on == on:
        return States(*kept)
    began, ended = func.lower(HouseholdStatus.valid), func.upper(HouseholdStatus.valid)
    changed = kept.copy()
    for number in session.scalars(select(HouseholdStatus.household_no).where(ended > kept_on, ended <= on)):
        if number < changed.shape[1]:
            changed[:, number] = 0
    return _with_rows(session, changed, and_(HouseholdStatus.valid.contains(on), began > kept_on))


def keep_closed(session: Session) -> int:
    """Keep the states of the last day of every closed month that has none yet; how many days. Done by the worker."""
    days = {
        period_days(period)[1] - timedelta(days=1)
        for period in session.scalars(select(Period.period).where(Period.state == "closed"))
    }
    missing = sorted(days - set(session.scalars(select(HouseholdState.on_day))))
    for day in missing:
        found = states_on(session, day)
        packed = zlib.compress(np.stack([found.members, found.groups]).tobytes(), 1)
        session.add(HouseholdState(on_day=day, size=len(found.members), packed=packed))
        session.flush()
    return len(missing)


def _with_rows(session: Session, found: Bytes, condition: ColumnElement[bool]) -> States:
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
        if len(numbers) and numbers.max() >= found.shape[1]:
            found = np.pad(found, ((0, 0), (0, int(numbers.max()) + 1 - found.shape[1])))
        found[0, numbers], found[1, numbers] = members, sums
    return States(*found)


_states: Final = Cache(256 << 20)


def _kept(session: Session, day: date) -> Bytes:
    found: Bytes | None = _states.of(session).get(day)
    if found is None:
        row = session.get_one(HouseholdState, day)
        found = np.frombuffer(zlib.decompress(row.packed), np.uint8).reshape(2, row.size)
        session.expunge(row)  # megabytes that nobody needs twice
        _states.keep(session, day, found, found.nbytes)
    return found
