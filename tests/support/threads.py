"""Several at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def in_threads(*works: Callable[[], object]) -> None:
    """Do each in a thread of its own, and wait for all; what one raises comes out here."""
    with ThreadPoolExecutor(len(works)) as pool:
        for begun in [pool.submit(work) for work in works]:
            begun.result()
