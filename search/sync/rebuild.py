"""Building an index anew beside the one that answers, and comparing what is kept with what the rows say."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Final, Self

from sqlalchemy import ARRAY, BigInteger, any_, delete, func, literal, select
from sqlalchemy.orm import Session

from marketplace.core.db import held_alone, transaction
from marketplace.producers.models import Product
from search import vocabulary
from search.engines.protocol import Engine, Versioned
from search.engines.registry import engines
from search.models import Change
from search.sync import changes
from search.sync.versions import expected_documents, next_version, read_documents

BATCH: Final = 500
ROUNDS: Final = 2
MOST_LOOKED_AT_AGAIN: Final = 1_000
"""More than edits can account for: that many differences are believed at once."""


class RebuildRunning(Exception):
    """Another rebuild is going on, in this process or another one."""


@contextmanager
def rebuilding() -> Iterator[None]:
    """Within the block nobody else rebuilds. RebuildRunning at once when somebody does; one that was killed leaves no lock.

    Two at once would remove each other's new index, and each would forget the words that the other has counted.
    """
    with held_alone("search", "rebuild") as is_free:
        if not is_free:
            raise RebuildRunning("another rebuild is running; nothing was changed")
        yield


def rebuild(engine: Engine, told: Callable[[int], None] = lambda _: None) -> int:
    """`build_anew` when nobody else rebuilds; RebuildRunning otherwise."""
    with rebuilding():
        return build_anew(engine, told)


def build_anew(engine: Engine, told: Callable[[int], None] = lambda _: None) -> int:
    """Write every product anew, within `rebuilding()`; how many are on sale. `told` hears how many products were read.

    Edits go on meanwhile: the worker writes them to every live index, the new one included, and a version decides. An engine with
    an alias answers from the old index until the new one is whole; PostgreSQL replaces document by document. What was noted and
    not begun before is done with it.
    """
    done = _waiting(engine.code)
    engine.begin_rebuild()
    with transaction() as session:
        vocabulary.begin_count(session)
    counts: Counter[str] = Counter()
    written = 0
    with _Writing(engine) as writing:
        for read, documents, _ in _batches(lambda session, numbers: read_documents(session, numbers, counts)):
            writing.begin(documents)
            written += sum(one.document is not None for one in documents)
            told(read)
    engine.finish_rebuild()
    with transaction() as session:
        vocabulary.end_count(session, counts)
        # One array, whatever their number: a demo's year notes tens of thousands.
        ids = literal(done, ARRAY(BigInteger))
        session.execute(delete(Change).where(Change.id == any_(ids), Change.attempts == 0))
    return written


class _Writing:
    """Writes one batch in a thread while the next is read and built: the engine works meanwhile, and its versions allow it.

    An error of a batch comes at the next `begin`, or at the end.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="search-write")
        self.last: Future[Sequence[int]] | None = None

    def begin(self, documents: Sequence[Versioned]) -> None:
        """Wait for the batch before, then write this one."""
        self._wait()
        self.last = self.thread.submit(self.engine.write, documents)

    def _wait(self) -> None:
        if self.last is not None:
            self.last.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self.thread:
            if error is None:
                self._wait()


def rebuild_all(told: Callable[[int], None]) -> None:
    """Build the index of every engine that is written. `told` hears how many products were read, over all; RebuildRunning."""
    each = products()
    with rebuilding():
        for number, engine in enumerate(engines().written):
            build_anew(engine, partial(_told_after, told, number * each))


def _told_after(told: Callable[[int], None], before: int, read: int) -> None:
    told(before + read)


def products() -> int:
    """How many products there are, on sale or not."""
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(Product)) or 0


def _waiting(code: str) -> list[int]:
    """The changes that nobody has begun: committed, so whoever reads after this reads what they tell of."""
    with transaction() as session:
        return list(session.scalars(select(Change.id).where(Change.engine == code, Change.attempts == 0)))


def _batches(
    read: Callable[[Session, dict[int, uuid.UUID]], tuple[list[Versioned], list[int]]],
) -> Iterator[tuple[int, list[Versioned], list[int]]]:
    """Every product by `read`, in order of number, batch by batch.

    (products read so far, documents, numbers of products that no document can be made of)
    """
    after, count = 0, 0
    while True:
        with transaction() as session:
            numbers = _numbers(session, after)
            if not numbers:
                return
            documents, broken = read(session, numbers)
        after = max(numbers)
        count += len(numbers)
        yield count, documents, broken


def _numbers(session: Session, after: int) -> dict[int, uuid.UUID]:
    rows = session.execute(
        select(Product.product_no, Product.id)
        .where(Product.product_no > after)
        .order_by(Product.product_no)
        .limit(BATCH)
    )
    return {row.product_no: row.id for row in rows}


@dataclass(frozen=True, slots=True)
class Drift:
    """Product numbers in which index and rows differ, other than by changes still noted."""

    missing: tuple[int, ...]  # on sale, not in the index
    stale: tuple[int, ...]  # in both, different
    extra: tuple[int, ...]  # in the index, not on sale

    def __bool__(self) -> bool:
        return bool(self.missing or self.stale or self.extra)


def verify(engine: Engine) -> Drift:
    """Compare every product with what the engine keeps, both ways. What changes meanwhile is no drift."""
    missing: list[int] = []
    stale: list[int] = []
    extra: list[int] = []
    kept = _Stored(engine)
    for _, documents, broken in _batches(expected_documents):
        stored = kept.up_to(max([one.product_no for one in documents] + broken))
        for number in broken:
            (stale if stored.pop(number, "") else missing).append(number)
        for one in documents:
            digest = stored.pop(one.product_no, "")
            if digest == one.digest:
                continue
            (missing if not digest else extra if one.document is None else stale).append(one.product_no)
        extra += stored
    extra += kept.up_to(None)
    differs = {*missing, *stale, *extra}
    differs -= _noted(engine.code, differs)
    for _ in range(ROUNDS):
        if len(differs) <= MOST_LOOKED_AT_AGAIN:
            differs = {number for number in differs if _differs(engine, number)}
    return Drift(*(tuple(sorted(differs.intersection(numbers))) for numbers in (missing, stale, extra)))


def _differs(engine: Engine, number: int) -> bool:
    """Whether one product differs when looked at alone.

    A change that is noted and done between the two looks of a comparison is no drift: so the engine is asked before and after
    the rows are read, and what is noted is read before the second answer.
    """
    before = _digest(engine, number)
    with transaction() as session:
        product_id = session.scalar(select(Product.id).where(Product.product_no == number))
        read = expected_documents(session, {number: product_id})[0] if product_id else []
    now = read[0].digest if read else None if product_id else ""
    return not _noted(engine.code, {number}) and now not in (before, _digest(engine, number))


def _digest(engine: Engine, number: int) -> str:
    return dict(engine.stored(number - 1, 1)).get(number, "")


def repair(engine: Engine, drift: Drift) -> int:
    """Note what differs, so that the worker mends it; how many products. Numbers without a product are removed here."""
    numbers = sorted({*drift.missing, *drift.stale, *drift.extra})
    with transaction() as session:
        found = {
            row.product_no: row.id
            for row in session.execute(
                select(Product.product_no, Product.id).where(Product.product_no.in_(numbers))
            )
        }
        changes.note(session, list(found.values()))
        version = next_version(session)
    orphans = [Versioned(number, version, "", None) for number in numbers if number not in found]
    if orphans:
        engine.write(orphans)
    return len(numbers)


def _noted(code: str, numbers: set[int]) -> set[int]:
    if not numbers:
        return set()
    with transaction() as session:
        return set(
            session.scalars(
                select(Product.product_no)
                .join(Change, Change.product_id == Product.id)
                .where(Change.engine == code, Product.product_no.in_(sorted(numbers)))
            )
        )


class _Stored:
    """What an engine keeps, read in step with the products."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.after = 0
        self.ahead: dict[int, str] = {}
        self.ended = False

    def up_to(self, last: int | None) -> dict[int, str]:
        """Number → digest of everything not yet given, up to and with `last` (None: all the rest)."""
        while not self.ended and (last is None or self.after < last):
            page = self.engine.stored(self.after, BATCH)
            self.ended = len(page) < BATCH
            self.ahead.update(page)
            self.after = page[-1][0] if page else self.after
        given = {n: d for n, d in self.ahead.items() if last is None or n <= last}
        self.ahead = {n: d for n, d in self.ahead.items() if n not in given}
        return given
