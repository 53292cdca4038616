"""Splitting a pool over a roster of up to a million households, exactly as `core.money.split_fen` would.

numpy on int64 where the products fit, Python's integers where they do not. Rosters come sorted by household number, so that a
stable sort by remainder gives ties to the smaller number.
"""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from marketplace.core.money import portion_bp, split_fen

Vector = NDArray[np.int64]
_INT64: Final = 2**63 - 1


def allocate(pool_fen: int, household_nos: Vector, shares: Vector) -> Vector:
    """Largest-remainder split of `pool_fen` (≥ 0) over integer `shares`, ties to the smaller household number.

    `household_nos` ascending, `shares` > 0, same length ≥ 1. Returns fen per household; the sum is `pool_fen`.
    """
    if pool_fen < 0:
        raise ValueError("a pool is never negative")
    whole = int(shares.sum())
    if pool_fen * int(shares.max()) > _INT64:
        return np.array(split_fen(pool_fen, shares.tolist(), household_nos.tolist()), dtype=np.int64)
    products = shares * np.int64(pool_fen)
    parts, remainders = np.divmod(products, np.int64(whole))
    left = pool_fen - int(parts.sum())
    if left:
        parts[np.argsort(-remainders, kind="stable")[:left]] += 1
    return np.asarray(parts, dtype=np.int64)


def household_pool(pool_fen: int, village_bp: int) -> tuple[int, int]:
    """(households' part, village collective's part) of a pool; the village's is rounded half up."""
    village_fen = portion_bp(pool_fen, village_bp)
    return pool_fen - village_fen, village_fen


def digest_of(household_nos: Vector, benefit_fen: Vector) -> bytes:
    """SHA-256 over (household number, fen) pairs in ascending order, little-endian int64: the same on every machine."""
    pairs = np.stack((household_nos, benefit_fen), axis=1).astype("<i8")
    return hashlib.sha256(pairs.tobytes()).digest()
