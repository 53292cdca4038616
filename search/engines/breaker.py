"""A circuit breaker: a server that fails again and again is left alone for a while, instead of making every search wait for it.

One for each process; its threads share it. After so many failures in a row it is open, and whoever asks is refused at once. When
the pause is over, one request may try: if it succeeds, everybody asks again; if not, the next pause begins.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

import prometheus_client
import structlog

from search.engines.protocol import EngineUnavailable

log = structlog.get_logger(__name__)
CHANGES: Final = prometheus_client.Counter(
    "sanzhuan_search_breaker_total",
    "Times that a process stopped or began again to ask an engine",
    ("engine", "to"),
)
T = TypeVar("T")


class Breaker:
    """Opens after `failures` in a row, for `pause_seconds` at a time."""

    def __init__(
        self,
        engine: str,
        *,
        failures: int,
        pause_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.engine = engine
        self.failures = failures
        self.pause_seconds = pause_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._open_until: float | None = None  # None: closed
        self._probing = False

    def call(self, work: Callable[[], T]) -> T:
        """What `work` gives; whatever it raises is a failure and passes on. EngineUnavailable, without calling, while open."""
        probing = self._enter()
        try:
            answer = work()
        except BaseException:
            self._after_failure(probing)
            raise
        self._after_success(probing)
        return answer

    def _enter(self) -> bool:
        """Whether this request is the one that tries."""
        with self._lock:
            if self._open_until is None:
                return False
            if self._probing or self._clock() < self._open_until:
                raise EngineUnavailable(f"{self.engine}: left alone after {self.failures} failures in a row")
            self._probing = True
            return True

    def _after_failure(self, probing: bool) -> None:
        with self._lock:
            self._failed += 1
            # What began before it opened, and ends now, prolongs nothing.
            if not probing and (self._open_until is not None or self._failed < self.failures):
                return
            opens = self._open_until is None
            self._open_until, self._probing = self._clock() + self.pause_seconds, False
        if opens:
            CHANGES.labels(self.engine, "open").inc()
            log.error("search_breaker_opened", engine=self.engine, pause_seconds=self.pause_seconds)

    def _after_success(self, probing: bool) -> None:
        with self._lock:
            if not probing and self._open_until is not None:
                return  # asked before it opened: that says nothing of now
            self._failed, self._open_until, self._probing = 0, None, False
        if probing:
            CHANGES.labels(self.engine, "closed").inc()
            log.warning("search_breaker_closed", engine=self.engine)
