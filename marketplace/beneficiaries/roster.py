"""Rosters as numbers: exact integer parts for money, a roaring bitmap for counting households.

*Distinct households* of any set of agreements is the size of the union of their bitmaps, however
producers overlap; the parts say how a pool is split. Household numbers are dense, so 200,000 of them pack
into about 25 kB.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap


@dataclass(frozen=True)
class Roster:
    """Household numbers in ascending order (ties of a split go by them) and the parts of each."""

    household_nos: NDArray[np.int64]
    shares: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.household_nos)


def roster_of(pairs: Iterable[tuple[int, int]]) -> Roster:
    """A roster of (household_no, parts) in any order."""
    array = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    return Roster(array[:, 0], array[:, 1])


def pack(household_nos: Iterable[int]) -> bytes:
    """The serialised bitmap of these household numbers; equal sets give equal bytes."""
    bitmap = BitMap(household_nos)
    bitmap.run_optimize()
    return bytes(bitmap.serialize())


def unpack(packed: bytes | None) -> Any:
    """The BitMap of `pack`; empty for None."""
    return BitMap() if packed is None else BitMap.deserialize(packed)


def union(packed: Sequence[bytes | None]) -> Any:
    """The BitMap of all households in any of the rosters."""
    return BitMap.union(*(unpack(one) for one in packed)) if packed else BitMap()


def holds(bitmap: Any, household_no: int) -> bool:
    """Whether the set has the household; a number that no bitmap can hold is in none."""
    return 0 < household_no < 2**32 and household_no in bitmap
