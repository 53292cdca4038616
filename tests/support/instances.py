"""Several instances of the service, each with a database and processes of its own, and a line between them that breaks."""

from __future__ import annotations

import base64
import gzip
import http.client
import multiprocessing
import os
import random
import signal
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.process import BaseProcess
from typing import Any

from marketplace.core import db, jobs
from marketplace.core.settings import Settings

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["wsgi"])

FAULTS = ("drop", "lose", "cut", "twice", "late", "slow", "503")


def work(settings: Settings) -> None:
    """The body of a worker: what `flask worker` does, for ever."""
    import wsgi

    wsgi.attach(settings)
    jobs.work(lambda: False)


@dataclass
class Worker:
    """A worker of an instance, which can be killed and started again."""

    settings: Settings
    process: BaseProcess | None = None
    kills: int = 0

    def start(self) -> None:
        self.process = _forks.Process(target=work, args=(self.settings,), daemon=True)
        self.process.start()

    def kill(self) -> None:
        """SIGKILL, and another one takes over."""
        self.stop()
        self.kills += 1
        self.start()

    def stop(self) -> None:
        if self.process is not None and self.process.pid is not None:
            if self.process.is_alive():
                os.kill(self.process.pid, signal.SIGKILL)
            self.process.join(10)


@dataclass
class Site:
    """An instance: its database, connected in this process when it is its turn, and its worker."""

    name: str
    database: db.Database
    worker: Worker

    def here(self) -> None:
        db.connect(self.database)


@dataclass
class Seen:
    """One request that travelled, and what was answered."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    answer: bytes = b""


@dataclass
class Line:
    """An HTTP proxy before `port` on this machine. While `is_spoiling`, half of all calls go wrong in one of seven ways.

    The faults are dealt like cards: one of each two calls goes wrong, and fourteen calls meet all seven. Thrown by dice, a few
    in a row made the sender wait minutes before it tried again, and a proof met too few.
    """

    port: int
    dice: random.Random
    is_spoiling: bool = True
    seen: list[Seen] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FAULTS, 0))
    lock: threading.Lock = field(default_factory=threading.Lock)
    cards: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        line = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                line.pass_on(self)

            do_POST = do_GET  # noqa: N815 - the library's name

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def pass_on(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        seen = Seen(handler.command, handler.path, dict(handler.headers.items()), body)
        with self.lock:
            self.seen.append(seen)
            fault = self._card() if self.is_spoiling else ""
            if fault:
                self.faults[fault] += 1
        handler.close_connection = True
        if fault == "drop":
            return
        if fault == "503":
            handler.send_response(503)
            handler.end_headers()
            return
        if (
            fault == "late"
        ):  # it arrives, but long after whoever sent it gave up, and perhaps after what came next
            threading.Timer(2.5, self.forward, (seen,)).start()
            return
        status, answer = self.forward(seen)
        if fault == "twice":
            status, answer = self.forward(seen)
        if fault == "slow":
            time.sleep(1.3)
        if fault == "lose" or status == 0:
            return
        seen.answer = answer
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        try:
            handler.wfile.write(answer[: len(answer) // 2] if fault == "cut" else answer)
        except OSError:
            return  # who asked has given up

    def _card(self) -> str:
        """The fault that the next call meets, or "" for none."""
        if not self.cards:
            for fault in self.dice.sample(FAULTS, len(FAULTS)):
                self.cards += self.dice.sample((fault, ""), 2)
        return self.cards.pop()

    def forward(self, seen: Seen) -> tuple[int, bytes]:
        """Status and body of the answer; 0 when there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request(seen.method, seen.path, seen.body or None, seen.headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def travelled(self) -> bytes:
        """Every byte that went either way, packed and encoded parts opened as well."""
        parts: list[bytes] = []
        for one in self.seen:
            parts += [one.path.encode(), repr(one.headers).encode(), one.body, one.answer]
            parts += [
                base64.b64decode(one.headers[name])
                for name in ("X-Batch-Manifest", "X-Upward-Question")
                if name in one.headers
            ]
            if one.body.startswith(b"\x1f\x8b"):
                parts.append(gzip.decompress(one.body))
        return b"\n".join(parts)
