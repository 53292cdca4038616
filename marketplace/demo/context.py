"""What one step of the demo hands to the next: the plan, and the ids and actors that the services gave for its keys."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import transaction
from marketplace.demo.invented.draw import Draw
from marketplace.demo.world import World

if TYPE_CHECKING:
    from marketplace.demo.twin import Twin

Item = TypeVar("Item")
#: Rows of one transaction: many enough that commits cost nothing, few enough that the progress bar moves.
CHUNK: Final = 100


@dataclass(slots=True)
class Demo:
    """The demo while it is being built.  All mappings go from the plan's keys to what the services made of them.

    `tick` moves the progress bar; `twin` is the second process, if there is one.
    """

    world: World
    tick: Callable[[int], None]
    twin: Twin | None = None
    draw: Draw = field(default_factory=Draw)
    actors: dict[str, Actor] = field(default_factory=dict)
    organisations: dict[str, uuid.UUID] = field(default_factory=dict)
    producers: dict[str, uuid.UUID] = field(default_factory=dict)
    products: dict[str, uuid.UUID] = field(default_factory=dict)
    households: dict[str, int] = field(default_factory=dict)
    certificates: dict[str, uuid.UUID] = field(default_factory=dict)
    notices: dict[str, str] = field(default_factory=dict)
    collectives: dict[str, uuid.UUID] = field(default_factory=dict)
    agreements: dict[str, str] = field(default_factory=dict)
    channels: dict[str, uuid.UUID] = field(default_factory=dict)
    offers: dict[str, uuid.UUID] = field(default_factory=dict)
    stocked: set[int] = field(default_factory=set)
    orders: dict[int, str] = field(default_factory=dict)
    returns: dict[int, str] = field(default_factory=dict)
    contracts: dict[int, str] = field(default_factory=dict)
    signatures: dict[int, uuid.UUID] = field(default_factory=dict)
    requests: dict[int, str] = field(default_factory=dict)
    invoices: dict[int, tuple[str, ...]] = field(default_factory=dict)
    reporting: dict[str, uuid.UUID] = field(default_factory=dict)
    listings: dict[tuple[str, str], tuple[uuid.UUID, int]] = field(default_factory=dict)


@contextmanager
def on(day: date, hour: int = 9, minute: int = 0) -> Iterator[Session]:
    """One transaction at a wall-clock time of a Shanghai day: the clock stands still until the block ends."""
    with at(shanghai(day.year, day.month, day.day, hour, minute)) as session:
        yield session


@contextmanager
def at(instant: datetime) -> Iterator[Session]:
    """One transaction at an instant."""
    with frozen_at(instant), transaction() as session:
        yield session


def chunks(items: Sequence[Item], size: int = CHUNK) -> Iterator[Sequence[Item]]:
    """Yield `items` in runs of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
