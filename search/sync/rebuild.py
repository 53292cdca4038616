"""Building an index anew beside the one that answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from sqlalchemy import ARRAY, BigInteger, any_, delete, func, literal, select

from marketplace.core.db import current, held_alone, transaction
from marketplace.producers.models import Product
from search import vocabulary
from search.engines.protocol import Engine
from search.engines.registry import engines
from search.models import Change
from search.sync.versions import batches, read_documents


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
    # A batch is written while the next is read and built: the engine works meanwhile, and its versions allow it.
    with ThreadPoolExecutor(1, thread_name_prefix="search-write") as thread:
        last: Future[Sequence[int]] | None = None
        for read, documents, _ in batches(lambda session, numbers: read_documents(session, numbers, counts)):
            if last is not None:
                last.result()
            last = thread.submit(engine.write, documents)
            if current().only_connection is not None:
                last.result()
            written += sum(one.document is not None for one in documents)
            told(read)
        if last is not None:
            last.result()
    engine.finish_rebuild()
    with transaction() as session:
        vocabulary.end_count(session, counts)
        # One array, whatever their number: a demo's year notes tens of thousands.
        ids = literal(done, ARRAY(BigInteger))
        session.execute(delete(Change).where(Change.id == any_(ids), Change.attempts == 0))
    return written


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
