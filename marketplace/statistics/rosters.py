"""Distinct households and persons of any set of agreement versions, exactly: unions of roster bitmaps.

A household counts once per cell however many producers, products or agreements overlap; a total is a union, not a sum (county X
of docs/rules.md: 4, not 5). Persons and status are of the statistical date.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from pyroaring import BitMap
from sqlalchemy import ARRAY, BigInteger, ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from marketplace.beneficiaries.models import AgreementVersion, Household
from marketplace.beneficiaries.roster import unpack
from marketplace.core.actor import area_prefix
from marketplace.statistics.dimensions import leading
from marketplace.statistics.keeping import Cache
from marketplace.statistics.states import (
    FILE,
    GD_RELATIVE,
    LOW_INCOME,
    MONITORED,
    ORDINARY,
    States,
    states_on,
)


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


class Rosters:
    """Loads bitmaps and states once per request and counts unions of them."""

    def __init__(self, session: Session, on: date) -> None:
        self._session = session
        self._on = on
        self._bitmaps: dict[int, BitMap] = {}

    def load(self, version_nos: Set[int]) -> None:
        """Read the bitmaps that the process does not have yet, in one statement. An approved roster never changes."""
        self._bitmaps = dict(_bitmaps.of(self._session))
        missing = sorted(set(version_nos) - self._bitmaps.keys())
        if not missing:
            return
        rows = self._session.execute(
            select(AgreementVersion.version_no, AgreementVersion.roster_bitmap, AgreementVersion.state).where(
                AgreementVersion.version_no == func.any(literal(missing, ARRAY(BigInteger)))
            )
        )
        for version_no, packed, state in rows:
            self._bitmaps[version_no] = unpack(packed)
            if state == "approved":
                _bitmaps.keep(
                    self._session, version_no, self._bitmaps[version_no], 4 * len(packed or b"") + 200
                )

    def union(self, version_nos: Set[int]) -> BitMap:
        """Households of any of the versions."""
        if not version_nos <= self._bitmaps.keys():
            self.load(version_nos)
        bitmaps = [self._bitmaps[no] for no in sorted(version_nos)]
        return BitMap.union(*bitmaps) if bitmaps else BitMap()

    def heads(self, households: BitMap) -> Heads:
        """Persons and status groups of a set of households."""
        states = self._states
        on_file = [
            (count, households.intersection_cardinality(numbers)) for count, numbers in states.on_file.items()
        ]
        groups = {bit: households.intersection_cardinality(numbers) for bit, numbers in states.groups.items()}
        return Heads(
            households=len(households),
            persons=sum(
                count * households.intersection_cardinality(numbers)
                for count, numbers in states.by_members.items()
            ),
            file=groups[FILE],
            persons_file=sum(count * found for count, found in on_file),
            gd_relative=groups[GD_RELATIVE],
            monitored=groups[MONITORED],
            ordinary=groups[ORDINARY],
            low_income=groups[LOW_INCOME],
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
    def _states(self) -> States:
        return states_on(self._session, self._on)


# About half a million rosters of two hundred households.
_bitmaps: Final = Cache(512 << 20)
