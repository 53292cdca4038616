"""Somebody who turns pages while something else is measured, and what processes used of the machine meanwhile."""

from __future__ import annotations

import http.client
import itertools
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.clients import Outcome

PAUSE: Final = 0.05
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass
class Reader:
    """Somebody who turns pages, one every twentieth of a second."""

    port: int
    pages: Sequence[str]
    seen: Outcome = field(default_factory=Outcome)
    stopped: threading.Event = field(default_factory=threading.Event)

    def read(self, seconds: float) -> None:
        """Turn pages for so long, or until `stopped`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        end = time.perf_counter() + seconds
        for path in itertools.cycle(self.pages):
            began = time.perf_counter()
            if began > end or self.stopped.is_set():
                break
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"a page was answered {answer.status}")
            self.seen.latencies.append(time.perf_counter() - began)
            time.sleep(PAUSE)
        connection.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn pages while the block runs."""
        thread = threading.Thread(target=self.read, args=(3_600.0,))
        thread.start()
        try:
            yield
        finally:
            self.stopped.set()
            thread.join()


def peak_bytes(pid: int) -> int:
    """The most memory that a process has had."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"nothing is known of the memory of {pid}")


def cpu_seconds(pid: int, *, with_ended: bool = False) -> float:
    """Processor time of a process, and of the children that it has had and that have ended."""
    fields = _stat(pid)
    return sum(int(one) for one in fields[11 : 15 if with_ended else 13]) / _TICKS


def postgres_seconds(backend: int) -> float:
    """Processor time of the whole server of which `backend` is a process."""
    master = int(_stat(backend)[1])
    children = Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii").split()
    return cpu_seconds(master, with_ended=True) + sum(_if_there(int(child)) for child in children)


def _if_there(pid: int) -> float:
    try:
        return cpu_seconds(pid)
    except OSError:
        return 0.0


def _stat(pid: int) -> list[str]:
    """What the kernel says of a process, from its state on."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
