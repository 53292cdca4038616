"""What goes wrong between us and Stripe."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

#: dropped_*: the connection breaks before or after it was done; failed_*: a stored error 500, done or not; limited: 429;
#: locked: 409, another request holds the object; slow: no answer within the client's deadline, though it was done.
FAULTS = ("dropped_before", "dropped_after", "failed_before", "failed_after", "limited", "locked")


@dataclass
class Dice:
    """Which request meets which fault: those of `planned` first, in order (None: none), then one in so many by chance."""

    planned: deque[str | None] = field(default_factory=deque)
    share: float = 0.0
    kinds: Sequence[str] = FAULTS
    random: random.Random = field(default_factory=lambda: random.Random(1))

    def roll(self) -> str | None:
        if self.planned:
            return self.planned.popleft()
        return self.random.choice(self.kinds) if self.random.random() < self.share else None
