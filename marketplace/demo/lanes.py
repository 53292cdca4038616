"""Two processes live through the demo's year side by side: each has the orders of half of the producers.

An order's events touch only its own producer's stock, so the lanes never wait for each other; months are closed and incidents
decided between two runs, when both stand still. Without settings (tests) everything happens in this process.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Final

from marketplace.core.settings import Settings
from marketplace.demo.context import Demo, chunks
from marketplace.demo.world.timeline import Event

Live = Callable[[Demo, Sequence[Event]], None]
LANES: Final = 2
#: Events of one transaction: many, as a commit waits for the disk.
CHUNK: Final = 200


class Lanes:
    """Carries runs of events out, in as many processes as there are lanes."""

    def __init__(self, demo: Demo, settings: Settings | None, live: Live) -> None:
        self._demo, self._live = demo, live
        self._lane_of = _balance(demo)
        self._pipes: list[Connection] = []
        self._processes: list[Any] = []
        if settings is not None:
            spawn = multiprocessing.get_context("spawn")
            for _ in range(LANES):
                here, there = spawn.Pipe()
                process = spawn.Process(
                    target=_work, args=(there, settings, replace(demo, tick=_silent), live)
                )
                process.start()
                self._pipes.append(here)
                self._processes.append(process)

    def __enter__(self) -> Lanes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join()

    def run(self, some: Sequence[Event]) -> None:
        """Carry the events out and wait until all have happened. RuntimeError when a lane failed."""
        if not self._pipes:
            for part in chunks(some, CHUNK):
                self._live(self._demo, part)
                self._demo.tick(len(part))
            return
        for number, pipe in enumerate(self._pipes):
            pipe.send([event for event in some if self._lane(event) == number])
        for pipe in self._pipes:
            self._listen(pipe)

    def _lane(self, event: Event) -> int:
        return self._lane_of[self._demo.world.orders[event.serial].producer_key]

    def _listen(self, pipe: Connection) -> None:
        while True:
            kind, value = pipe.recv()
            if kind == "tick":
                self._demo.tick(value)
            elif kind == "failed":
                raise RuntimeError(f"a lane of the demo failed: {value}")
            else:
                made, returned = value
                self._demo.orders.update(made)
                self._demo.returns.update(returned)
                return


def _balance(demo: Demo) -> dict[str, int]:
    """A lane for every producer, so that both have about as many lines to sell."""
    lines: Counter[str] = Counter()
    for order in demo.world.orders:
        lines[order.producer_key] += len(order.lines) + 4
    loads = [0] * LANES
    lane_of: dict[str, int] = {}
    for key, weight in sorted(lines.items(), key=lambda item: (-item[1], item[0])):
        lane = loads.index(min(loads))
        lane_of[key] = lane
        loads[lane] += weight
    return lane_of


def _silent(_count: int) -> None:
    """No progress bar in a lane: it tells the parent."""


def _work(pipe: Connection, settings: Settings, demo: Demo, live: Live) -> None:
    """A lane: connect like any other process of the application, then do what comes down the pipe until it closes."""
    from marketplace.app import attach

    attach(settings)
    while True:
        try:
            some = pipe.recv()
        except EOFError:
            return
        try:
            for part in chunks(some, CHUNK):
                live(demo, part)
                pipe.send(("tick", len(part)))
        except Exception as error:
            pipe.send(("failed", repr(error)))
            raise
        pipe.send(("done", (demo.orders, demo.returns)))
