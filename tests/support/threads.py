"""Several at the same moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

from sqlalchemy.orm import Session

from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.core.errors import DomainError


def in_threads(*works: Callable[[], object]) -> None:
    """Do each in a thread of its own, and wait for all; what one raises comes out here."""
    with ThreadPoolExecutor(len(works)) as pool:
        for begun in [pool.submit(work) for work in works]:
            begun.result()


def race(work: Callable[[Session, int], object], threads: int, at: datetime) -> Counter[str]:
    """`work` in so many threads at once, each in its own transaction: how often it was done, and each refusal's code."""
    start = Barrier(threads)

    def one(number: int) -> str:
        start.wait()
        try:
            with frozen_at(at), db.transaction() as session:
                work(session, number)
        except DomainError as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(threads) as pool:
        return Counter(pool.map(one, range(threads)))
