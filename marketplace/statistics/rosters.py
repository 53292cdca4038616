"""Distinct households and persons of any set of agreement versions, exactly: unions of roster bitmaps.

A household counts once per cell however many producers, products or agreements overlap; a total is a union, not a sum (county X
of docs/rules.md: 4, not 5). Persons and status are of the statistical date.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.beneficiaries.models import AgreementVersion, HouseholdStatus
from marketplace.beneficiaries.roster import unpack


@dataclass(frozen=True)
class Heads:
    """Distinct counts of a set of households on the statistical date."""

    households: int
    persons: int
    on_file: int  # 建档立卡户、脱贫户
    monitored: int  # 监测对象 with the risk not removed


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

    def count(self, version_nos: Collection[int]) -> Heads:
        """Distinct households of the versions, and the persons in them on the statistical date."""
        return self.heads(self.union(version_nos))

    def heads(self, households: BitMap) -> Heads:
        """Persons and status groups of a set of households."""
        numbers = np.asarray(households.to_array(), dtype=np.int64)
        members, on_file, monitored = self._states
        inside = numbers[numbers < len(members)]
        return Heads(
            len(households),
            int(members[inside].sum()),
            int(on_file[inside].sum()),
            int(monitored[inside].sum()),
        )

    @cached_property
    def _states(self) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
        """Members, on file, monitored, indexed by household number, as of the statistical date."""
        rows = self._session.execute(
            select(
                HouseholdStatus.household_no,
                HouseholdStatus.members,
                HouseholdStatus.file_status.in_(("registered", "graduated")),
                HouseholdStatus.monitor_status == "active",
            ).where(HouseholdStatus.valid.contains(self._on))
        ).all()
        size = max((row[0] for row in rows), default=0) + 1
        members = np.zeros(size, dtype=np.int64)
        on_file = np.zeros(size, dtype=np.bool_)
        monitored = np.zeros(size, dtype=np.bool_)
        for number, persons, filed, watched in rows:
            members[number], on_file[number], monitored[number] = persons, filed, watched
        return members, on_file, monitored
