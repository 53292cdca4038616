"""Deterministic choice: every draw is a hash of the seed and of what it is for, not the next number of a stream.

So nothing depends on the order of asking, and a household keeps its members when another county is added.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from marketplace.core.money import BP

Item = TypeVar("Item")
#: What is written beside every invented name, number and amount.
MARK = "演示数据"


@dataclass(frozen=True, slots=True)
class Draw:
    """A source of choices; two sources of one seed choose alike."""

    seed: str = "2020"

    def number(self, below: int, *key: object) -> int:
        """Return an integer 0 ≤ n < `below`, the same for the same key."""
        text = "\x1f".join([self.seed, *map(str, key)])
        digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") % below

    def between(self, low: int, high: int, *key: object) -> int:
        """Return an integer from `low` to `high`, both included."""
        return low + self.number(high - low + 1, *key)

    def pick(self, items: Sequence[Item], *key: object) -> Item:
        """Return one of `items`."""
        return items[self.number(len(items), *key)]

    def chance(self, rate_bp: int, *key: object) -> bool:
        """Return True for `rate_bp` of 10,000 keys."""
        return self.number(BP, *key) < rate_bp

    def weighted(self, weights: Sequence[int], *key: object) -> int:
        """Return a position, each as often as its weight says."""
        at = self.number(sum(weights), *key)
        for position, weight in enumerate(weights):
            at -= weight
            if at < 0:
                return position
        raise AssertionError("the weights have a sum above every draw")
