"""The floor of a write: the statements that the application really sends, replayed by bare psycopg.

Each use case is recorded twice. A parameter that differs between the two recordings was made for the occasion (an id, a number, a
key, an instant) and gets a fresh value at every replay; the same value in several statements stays the same. Everything else is
sent as it was, on connections with the application's own settings, one transaction a replay.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg
from sqlalchemy import Engine, event

from marketplace.core.ids import uuid7

Parameters = Any  # a mapping, a sequence, or (executemany) a list of them


@dataclass(frozen=True)
class Statement:
    """One statement as the driver got it."""

    text: str
    parameters: Parameters
    many: bool


@contextmanager
def recording(engine: Engine) -> Iterator[list[Statement]]:
    """Collect what the engine sends to the server while the block runs."""
    sent: list[Statement] = []

    def note(_c: Any, _cursor: Any, text: str, parameters: Parameters, _context: Any, many: bool) -> None:
        sent.append(Statement(text, parameters, many))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@dataclass(frozen=True)
class Script:
    """A recorded use case: its statements and the values to be made fresh each time."""

    statements: tuple[Statement, ...]
    variable: frozenset[Any]

    def fresh(self) -> list[Statement]:
        """The statements with fresh ids, numbers and keys."""
        made: dict[Any, Any] = {}
        return [
            Statement(s.text, _replace(s.parameters, self.variable, made), s.many) for s in self.statements
        ]


class DifferentStatements(RuntimeError):
    """Two recordings of one use case did not send the same statements."""


def script_of(first: Sequence[Statement], second: Sequence[Statement]) -> Script:
    """A script from two recordings of one use case. DifferentStatements when they are not of one shape."""
    if [s.text for s in first] != [s.text for s in second]:
        raise DifferentStatements
    variable: set[Any] = set()
    for one, other in zip(first, second, strict=True):
        _differing(one.parameters, other.parameters, variable)
    prepared = [Statement(s.text, _prepared(s.parameters), s.many) for s in first]
    return Script(tuple(prepared), frozenset(variable))


@dataclass(frozen=True)
class _Rows:
    """Rows that are sent as JSON text, read beforehand: reading them is no part of the floor."""

    rows: Any


def _prepared(parameters: Parameters) -> Parameters:
    if not isinstance(parameters, dict):
        return parameters
    return {name: _Rows(_opened(value)) if _is_json(value) else value for name, value in parameters.items()}


def _differing(one: Any, other: Any, found: set[Any]) -> None:
    if _is_json(one):
        _differing(_opened(one), _opened(other), found)
    elif isinstance(one, dict):
        for name, value in one.items():
            _differing(value, other[name], found)
    elif isinstance(one, list | tuple):
        for value, twin in zip(one, other, strict=True):
            _differing(value, twin, found)
    elif isinstance(one, uuid.UUID | str | bytes | dt.datetime) and one != other:
        found.add(one)


def _is_json(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("[{")


def _opened(text: str) -> Any:
    """Rows sent as JSON text, ids and instants in them as what they are, so that an id is the same wherever it stands."""
    return json.loads(text, object_hook=lambda row: {name: _meant(value) for name, value in row.items()})


def _meant(value: Any) -> Any:
    for read in (uuid.UUID, dt.datetime.fromisoformat, _bytes):
        try:
            return read(value) if isinstance(value, str) else value
        except ValueError:
            continue
    return value


def _bytes(value: str) -> bytes:
    if not value.startswith("\\x"):
        raise ValueError(value)
    return bytes.fromhex(value[2:])


def _replace(value: Any, variable: frozenset[Any], made: dict[Any, Any]) -> Any:
    if isinstance(value, _Rows):
        rows = _replace(value.rows, variable, made)
        return orjson.dumps(rows, default=lambda one: "\\x" + one.hex()).decode()
    if isinstance(value, dict):
        return {name: _replace(item, variable, made) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_replace(item, variable, made) for item in value)
    if isinstance(value, uuid.UUID | str | bytes | dt.datetime) and value in variable:
        if value not in made:
            made[value] = _another(value)
        return made[value]
    return value


def _another(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return uuid7()
    if isinstance(value, bytes):
        return secrets.token_bytes(len(value))
    if isinstance(value, str):
        return value[:1] + secrets.token_hex(len(value))[: len(value) - 1].upper()
    return value


@dataclass(frozen=True)
class Floor:
    """What the replay reached."""

    rate: float
    statements: int


def replay(
    connect: Callable[[], psycopg.Connection[Any]],
    scripts: Sequence[Script],
    *,
    connections: int,
    seconds: float,
) -> Floor:
    """Replay scripts in turn on so many connections; transactions a second. The first error of any of them is raised."""
    counts = [0] * connections
    errors: list[BaseException] = []
    start = threading.Barrier(connections + 1)
    opened = [connect() for _ in range(connections)]

    def work(number: int) -> None:
        connection = opened[number]
        turn = number
        start.wait()
        end = time.perf_counter() + seconds
        try:
            while time.perf_counter() < end:
                _send(connection, scripts[turn % len(scripts)])
                turn += connections
                counts[number] += 1
        except psycopg.Error as error:
            errors.append(error)
            raise

    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    for connection in opened:
        connection.close()
    if errors:
        raise errors[0]
    return Floor(sum(counts) / took, len(scripts[0].statements))


def _send(connection: psycopg.Connection[Any], script: Script) -> None:
    with connection.cursor() as cursor:
        for statement in script.fresh():
            if statement.many:
                cursor.executemany(statement.text, statement.parameters)
            else:
                cursor.execute(statement.text, statement.parameters)
            if cursor.description:
                cursor.fetchall()
    connection.commit()
