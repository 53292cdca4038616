"""The stand-in behind HTTP on loopback, in a thread of the test's process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.fake_stripe.store import FakeStripe, Request


@contextmanager
def serving(fake: FakeStripe) -> Iterator[str]:
    """Its base URL while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = fake.handle(Request(self.command, self.path, headers, body))
            if fake.slow_seconds:
                time.sleep(fake.slow_seconds)
            if answer.is_dropped:
                self.close_connection = True
                return
            head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
            self.wfile.write(
                f"HTTP/1.1 {answer.status} Stripe\r\nContent-Type: application/json\r\n{head}"
                f"Content-Length: {len(answer.body)}\r\n\r\n".encode()
                + answer.body
            )
            self.wfile.flush()
            fake.after_answer(self.command, self.path)

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - names of the standard library

        def log_message(self, *_: Any) -> None:
            """Nothing: a test reads the answers."""

        def handle(self) -> None:
            """A client that goes away is what these tests are about."""
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
