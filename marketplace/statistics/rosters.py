"""Distinct households and persons of any set of agreement versions, exactly: unions of roster bitmaps.

A household counts once per cell however many producers, products or agreements overlap; a total is a union, not a sum (county X
of docs/rules.md: 4, not 5). Persons and status are of the statistical date.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import ARRAY, BigInteger, ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from marketplace.beneficiaries.models import AgreementVersion, Household, HouseholdStatus
from marketplace.beneficiaries.roster import unpack
from marketplace.core.actor import area_prefix
from marketplace.statistics.dimensions import leading


@dataclass(frozen=True)
class Heads:
    """Distinct counts of a set of households on the statistical date. A household may be in several of the groups."""

    households: int
    persons: int
    file: int  # 建档立卡户、脱贫户 of the national standard
    persons_file: int  # the persons in them
    gd_relative: int  # 广东省相对贫困户: a standard of its own, never summed with `file`
    monitored: int  # 监测对象 with the risk not removed
    ordinary: int  # 一般农户: never on file and not monitored
    low_income: int


@dataclass(frozen=True)
class _States:
    """What households were on the statistical date, as arrays indexed by household number."""

    members: NDArray[np.int64]
    file: NDArray[np.bool_]
    gd_relative: NDArray[np.bool_]
    monitored: NDArray[np.bool_]
    ordinary: NDArray[np.bool_]
    low_income: NDArray[np.bool_]


class Rosters:
    """Loads bitmaps and states once per request and counts unions of them."""

    def __init__(self, session: Session, on: date) -> None:
        self._session = session
        self._on = on
        self._bitmaps: dict[int, BitMap] = {}

    def load(self, version_nos: Collection[int]) -> None:
        """Read the bitmaps that are not there yet, in one statement."""
        missing = sorted(set(version_nos) - set(self._bitmaps))
        if missing:
            rows = self._session.execute(
                select(AgreementVersion.version_no, AgreementVersion.roster_bitmap).where(
                    AgreementVersion.version_no.in_(missing)
                )
            )
            for version_no, packed in rows:
                self._bitmaps[version_no] = unpack(packed)

    def union(self, version_nos: Collection[int]) -> BitMap:
        """Households of any of the versions."""
        self.load(version_nos)
        bitmaps = [self._bitmaps[no] for no in sorted(version_nos)]
        return BitMap.union(*bitmaps) if bitmaps else BitMap()

    def heads(self, households: BitMap) -> Heads:
        """Persons and status groups of a set of households."""
        numbers = np.asarray(households.to_array(), dtype=np.int64)
        states = self._states
        inside = numbers[numbers < len(states.members)]
        members = states.members[inside]
        return Heads(
            households=len(households),
            persons=int(members.sum()),
            file=int(states.file[inside].sum()),
            persons_file=int(members[states.file[inside]].sum()),
            gd_relative=int(states.gd_relative[inside].sum()),
            monitored=int(states.monitored[inside].sum()),
            ordinary=int(states.ordinary[inside].sum()),
            low_income=int(states.low_income[inside].sum()),
        )

    def by_own_area(self, households: BitMap, digits: int) -> dict[str, BitMap]:
        """The households by the first `digits` of their own area (where they live, not where the goods come from)."""
        code = leading(Household.area_code, digits)
        return {area: BitMap(numbers) for area, numbers in self._living(households, code)}

    def within(self, households: BitMap, area: str) -> BitMap:
        """Those of the households that live in the area."""
        digits = len(area_prefix(area))
        return self.by_own_area(households, digits).get(area_prefix(area), BitMap()) if digits else households

    def _living(self, households: BitMap, code: ColumnElement[str]) -> list[tuple[str, Sequence[int]]]:
        wanted = select(
            func.unnest(literal(households.to_array().tolist(), ARRAY(BigInteger))).column_valued("wanted")
        )
        statement = (
            select(code, func.array_agg(Household.household_no))
            .where(Household.household_no.in_(wanted))
            .group_by(code)
            .order_by(code)
        )
        return [(area, numbers) for area, numbers in self._session.execute(statement)]

    @cached_property
    def _states(self) -> _States:
        on_file = HouseholdStatus.file_status.in_(("registered", "graduated"))
        watched = HouseholdStatus.monitor_status == "active"
        rows = self._session.execute(
            select(
                HouseholdStatus.household_no,
                HouseholdStatus.members,
                on_file & (Household.file_standard == "national_registered"),
                on_file & (Household.file_standard == "gd_relative"),
                watched,
                (HouseholdStatus.file_status == "never") & ~watched,
                HouseholdStatus.is_low_income,
            )
            .join(Household, Household.household_no == HouseholdStatus.household_no)
            .where(HouseholdStatus.valid.contains(self._on))
        ).all()
        size = max((row[0] for row in rows), default=0) + 1
        members = np.zeros(size, dtype=np.int64)
        groups = np.zeros((5, size), dtype=np.bool_)
        for number, persons, *flags in rows:
            members[number] = persons
            groups[:, number] = flags
        return _States(members, *groups)
