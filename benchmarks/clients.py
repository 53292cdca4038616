"""Closed-loop HTTP clients: each sends its next request when the last one was answered.

They speak over plain sockets with prepared bytes and run in processes of their own, because on two cores a comfortable
client would be most of what is measured. Every answer is read to its end; a status that was not expected is an error.
"""

from __future__ import annotations

import multiprocessing
import selectors
import socket
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.queues import Queue
from queue import Empty

CLIENT_PROCESSES = 2
ROUNDS = 4


@dataclass
class Outcome:
    """What the clients saw: seconds of each answered request, and bodies of the first few wrong ones."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    refused: list[bytes] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answered requests per second."""
        return len(self.latencies) / self.seconds

    def latency_ms(self, share: float) -> float:
        """The latency in ms below which `share` of the requests were answered."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def get(path: str, headers: dict[str, str] | None = None) -> bytes:
    """The bytes of a GET request."""
    return _request("GET", path, headers or {}, b"")


def post(path: str, body: bytes, headers: dict[str, str] | None = None) -> bytes:
    """The bytes of a POST request with a JSON body."""
    return _request("POST", path, {"Content-Type": "application/json", **(headers or {})}, body)


def _request(method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def drive(
    port: int, next_request: Callable[[int], bytes], *, clients: int, seconds: float, expect: int = 200
) -> Outcome:
    """Let `clients` closed-loop clients send for `seconds`; `next_request(client)` makes each request's bytes,
    none when there is nothing left to send.

    RuntimeError, with the first body, when any answer has another status than `expect`; and, with its traceback
    or exit code, when a client process fails.
    """
    context = multiprocessing.get_context("fork")
    answers: Queue[Outcome | str] = context.Queue()
    processes = [
        context.Process(
            target=_told,
            args=(
                port,
                next_request,
                list(range(first, clients, CLIENT_PROCESSES)),
                seconds,
                expect,
                answers,
            ),
        )
        for first in range(min(CLIENT_PROCESSES, clients))
    ]
    for process in processes:
        process.start()
    try:
        parts = _gathered(answers, processes, seconds + 60)
    finally:
        for process in processes:
            process.terminate()  # those that are done have ended, or are about to
            process.join()
    whole = Outcome(seconds=max(part.seconds for part in parts))
    for part in parts:
        whole.latencies += part.latencies
        whole.refused += part.refused
    if whole.refused:
        raise RuntimeError(f"{len(whole.refused)} answers were not {expect}: {whole.refused[0][:600]!r}")
    return whole


def best(ask: Callable[[float], Outcome], seconds: float) -> Outcome:
    """The best of some rounds of `ask`, `seconds` in all, each with new connections.

    Which worker accepts a connection is chance: where one has them all, it serves alone, at half the rate.
    """
    return max((ask(seconds / ROUNDS) for _ in range(ROUNDS)), key=lambda outcome: outcome.rate)


def _gathered(
    answers: Queue[Outcome | str], processes: Sequence[multiprocessing.process.BaseProcess], patience: float
) -> list[Outcome]:
    """What each process saw; a process that died without a word is noticed, and not waited for."""
    parts: list[Outcome] = []
    end = time.monotonic() + patience
    while len(parts) < len(processes):
        dead = [one.exitcode for one in processes if one.exitcode]
        try:
            # Whoever was seen dead put what it had to say before: half a second more brings it here.
            part = answers.get(timeout=0.5)
        except Empty:
            if dead:
                raise RuntimeError(f"a client process ended without a word, exit code {dead[0]}") from None
            if time.monotonic() > end:
                raise RuntimeError(f"a client process said nothing for {patience:g} seconds") from None
            continue
        if isinstance(part, str):
            raise RuntimeError(f"a client process failed:\n{part}")
        parts.append(part)
    return parts


@dataclass
class _Client:
    number: int
    socket: socket.socket
    sent_at: float = 0.0
    received: bytes = b""
    wanted: int = -1


def _told(
    port: int,
    next_request: Callable[[int], bytes],
    numbers: Sequence[int],
    seconds: float,
    expect: int,
    answers: Queue[Outcome | str],
) -> None:
    outcome = Outcome()
    try:
        _run(port, next_request, numbers, seconds, expect, outcome)
    except BaseException:  # noqa: BLE001 - told to who waits, then this process ends
        answers.put(traceback.format_exc())
        raise SystemExit(1) from None
    answers.put(outcome)


def _run(
    port: int,
    next_request: Callable[[int], bytes],
    numbers: Sequence[int],
    seconds: float,
    expect: int,
    outcome: Outcome,
) -> None:
    selector = selectors.DefaultSelector()
    began = time.perf_counter()
    waiting = len(numbers)
    for number in numbers:
        connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = _Client(number, connection)
        selector.register(connection, selectors.EVENT_READ, client)
        if not _send(client, next_request):
            selector.unregister(connection)
            connection.close()
            waiting -= 1
    status_line = f"HTTP/1.1 {expect} ".encode()
    end = began + seconds
    while waiting:
        for key, _ in selector.select(timeout=30) or _nobody_answers():
            client = key.data
            if not _read(client):
                continue
            arrived = time.perf_counter()
            outcome.latencies.append(arrived - client.sent_at)
            if not client.received.startswith(status_line):
                outcome.refused.append(client.received)
            if not (arrived < end and _send(client, next_request)):
                waiting -= 1
                selector.unregister(client.socket)
                client.socket.close()
    outcome.seconds = time.perf_counter() - began


def _nobody_answers() -> list[tuple[selectors.SelectorKey, int]]:
    raise RuntimeError("no answer for 30 seconds")


def _send(client: _Client, next_request: Callable[[int], bytes]) -> bool:
    """False when there is nothing left to send."""
    data = next_request(client.number)
    if not data:
        return False
    client.received, client.wanted = b"", -1
    client.sent_at = time.perf_counter()
    client.socket.sendall(data)
    return True


def _read(client: _Client) -> bool:
    """Take what came; True when the answer is whole."""
    data = client.socket.recv(1 << 18)
    if not data:
        raise RuntimeError(f"the server closed the connection after {client.received[:200]!r}")
    client.received += data
    if client.wanted < 0:
        head_end = client.received.find(b"\r\n\r\n")
        if head_end < 0:
            return False
        head = client.received[:head_end].lower()
        at = head.find(b"content-length:")
        if at < 0:
            raise RuntimeError(f"an answer without Content-Length: {head[:300]!r}")
        client.wanted = head_end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0])
    return len(client.received) >= client.wanted
