"""A second process that does half of the demo's work, as most machines have two cores and one Python uses one.

It is attached as the first one is (`attach` of the composition root), so what it writes is heard by the same handlers.
It is given the state of the demo, does one task through the same services over its own connections, and gives the state back.
What the two do at the same time never touches the same rows: other steps, or orders of other producers.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from multiprocessing.connection import Connection
from typing import Any, Final

from marketplace.core import db
from marketplace.core.settings import Settings
from marketplace.demo.context import Demo
from marketplace.demo.world import World

#: Fields of the demo that are the same on both sides, or belong to one.
_OWN: Final = ("world", "tick", "twin", "draw")
_DONE, _TICK = "done", "tick"
#: Joins a process to the service: module-level, so that the other process finds it by its name.
Attach = Callable[[Settings], None]
_ENDED: Final = "the second process ended; what it said is above"


class TwinFailed(RuntimeError):
    """The other process ended before its task was done; its traceback is on the standard error."""


def state_of(demo: Demo) -> dict[str, Any]:
    """Return what the demo has gathered so far, without the plan."""
    return {one.name: getattr(demo, one.name) for one in fields(demo) if one.name not in _OWN}


def take_state(demo: Demo, state: Mapping[str, Any]) -> None:
    """Add what the other side has gathered."""
    for name, value in state.items():
        getattr(demo, name).update(value)


@dataclass(slots=True)
class Twin:
    """The second process as the first one sees it."""

    process: multiprocessing.process.BaseProcess
    connection: Connection

    @classmethod
    def start(cls, settings: Settings, world: World, attach: Attach) -> Twin:
        """Start it over the database that this process is connected to; it imports while this one goes on."""
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        child = replace(settings, database_url=db.current().url)
        process = context.Process(target=_serve, args=(there, child, world, attach), daemon=True)
        process.start()
        there.close()
        return cls(process, here)

    def begin(self, task: Callable[..., None], demo: Demo, *arguments: object) -> None:
        """Ask for `task(demo, *arguments)`, a module-level function, over the demo's present state.  Raises TwinFailed."""
        try:
            self.connection.send((task, state_of(demo), arguments))
        except ConnectionError as error:
            raise TwinFailed(_ENDED) from error

    def finish(self, demo: Demo) -> None:
        """Wait until the task is done and take over what it gathered; its ticks are ours.  Raises TwinFailed."""
        while True:
            try:
                kind, value = self.connection.recv()
            except (EOFError, ConnectionError) as error:
                raise TwinFailed(_ENDED) from error
            if kind == _DONE:
                take_state(demo, value)
                return
            demo.tick(value)

    def stop(self) -> None:
        """End the process."""
        self.connection.close()
        self.process.join(timeout=10)


def _serve(connection: Connection, settings: Settings, world: World, attach: Attach) -> None:
    """Do tasks until the other side hangs up."""
    attach(settings)
    demo = Demo(world, lambda count: connection.send((_TICK, count)))
    while True:
        try:
            task, state, arguments = connection.recv()
        except EOFError:
            return
        take_state(demo, state)
        # An error ends this process with its traceback, and the other one sees the end.
        task(demo, *arguments)
        connection.send((_DONE, state_of(demo)))
