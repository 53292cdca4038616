"""A second process that does half of the demo's work, as most machines have two cores and one Python uses one.

It is attached as the first one is (`attach` of the composition root), so what it writes is heard by the same handlers.
It is given the plan and the state of the demo, does one task through the same services over its own connections, and gives the
state back. What the two do at the same time never touches the same rows: other steps, or orders of other producers.

It says when it is ready, and only then is it sent anything big: a process that dies or hangs while it starts would never read it,
and who writes to it would wait for ever (`multiprocessing` itself holds the reading end open while it hands the arguments over).
"""

from __future__ import annotations

import multiprocessing
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Final, Self

from marketplace.core import db
from marketplace.core.collector import keep_what_is_loaded
from marketplace.core.settings import Settings
from marketplace.demo.context import Demo

#: Fields of the demo that are the same on both sides, or belong to one.
_OWN: Final = ("world", "tick", "twin", "draw")
_READY, _DONE, _TICK, _FAILED = "ready", "done", "tick", "failed"
#: Joins a process to the service: module-level, so that the other process finds it by its name.
Attach = Callable[[Settings], None]
#: How long it may take to start; it imports the slices and connects, which is seconds on a busy machine.
START_SECONDS: Final = 120.0
_END_SECONDS: Final = 10.0


class TwinFailed(RuntimeError):
    """The other process did not start, or ended before its task was done; the message says which, with its traceback if any."""


def state_of(demo: Demo) -> dict[str, Any]:
    """Return what the demo has gathered so far, without the plan."""
    return {one.name: getattr(demo, one.name) for one in fields(demo) if one.name not in _OWN}


def take_state(demo: Demo, state: Mapping[str, Any]) -> None:
    """Add what the other side has gathered."""
    for name, value in state.items():
        getattr(demo, name).update(value)


@dataclass(slots=True)
class Twin:
    """The second process as the first one sees it; leaving the `with` ends it."""

    process: multiprocessing.process.BaseProcess
    connection: Connection
    start_seconds: float
    started_at: float = field(default_factory=time.monotonic)
    is_ready: bool = False

    @classmethod
    def start(cls, settings: Settings, attach: Attach, start_seconds: float = START_SECONDS) -> Twin:
        """Start it over the database that this process is connected to; it imports while this one goes on."""
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        child = replace(settings, database_url=db.current().url)
        process = context.Process(target=_serve, args=(there, child, attach), daemon=True)
        process.start()
        there.close()
        return cls(process, here, start_seconds)

    def begin(self, task: Callable[..., None], demo: Demo, *arguments: object) -> None:
        """Ask for `task(demo, *arguments)`, a module-level function, over the demo's present state.

        Waits until the process is ready, at most `start_seconds` after its start.  Raises TwinFailed.
        """
        if not self.is_ready:
            self._wait_until_ready()
            self._send(demo.world)
        self._send((task, state_of(demo), arguments))

    def finish(self, demo: Demo) -> None:
        """Wait until the task is done and take over what it gathered; its ticks are ours.  Raises TwinFailed."""
        while True:
            kind, value = self._receive("during its task")
            if kind == _DONE:
                take_state(demo, value)
                return
            demo.tick(value)

    def stop(self) -> None:
        """End the process: it goes when we hang up, and is killed when it does not."""
        self.connection.close()
        self.process.join(timeout=_END_SECONDS if self.is_ready else 0)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _wait_until_ready(self) -> None:
        left = self.started_at + self.start_seconds - time.monotonic()
        if not self.connection.poll(max(0.0, left)):
            raise TwinFailed(
                f"the second process was not ready {self.start_seconds:g} seconds after its start"
            )
        self._receive("while it started")
        self.is_ready = True

    def _send(self, message: object) -> None:
        try:
            self.connection.send(message)
        except ConnectionError as error:
            raise TwinFailed(self._ended("before its next task")) from error

    def _receive(self, when: str) -> tuple[str, Any]:
        try:
            kind, value = self.connection.recv()
        except (EOFError, ConnectionError) as error:
            raise TwinFailed(self._ended(when)) from error
        if kind == _FAILED:
            self.process.join(timeout=_END_SECONDS)
            raise TwinFailed(f"the second process failed {when}:\n{value}")
        return kind, value

    def _ended(self, when: str) -> str:
        self.process.join(timeout=_END_SECONDS)
        return f"the second process ended {when} without a word, exit code {self.process.exitcode}"


def _serve(connection: Connection, settings: Settings, attach: Attach) -> None:
    """Do tasks until the other side hangs up; an error goes there with its traceback, and ends this process."""
    try:
        attach(settings)
        keep_what_is_loaded()
        connection.send((_READY, None))
        world = _next(connection)
        if world is None:
            return
        demo = Demo(world, lambda count: connection.send((_TICK, count)))
        while (asked := _next(connection)) is not None:
            task, state, arguments = asked
            take_state(demo, state)
            task(demo, *arguments)
            connection.send((_DONE, state_of(demo)))
    except Exception:  # noqa: BLE001 - whatever it is, the other side is told and this process ends
        with suppress(ConnectionError):  # where nobody is left to be told
            connection.send((_FAILED, traceback.format_exc()))
        raise SystemExit(1) from None


def _next(connection: Connection) -> Any:
    """What the other side sends, None when it has hung up."""
    try:
        return connection.recv()
    except EOFError:
        return None
