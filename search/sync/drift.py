"""Comparing what an engine keeps with what the rows say, both ways, and noting what differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from marketplace.core.db import transaction
from marketplace.producers.models import Product
from search.engines.protocol import Engine, Versioned
from search.models import Change
from search.sync import changes
from search.sync.versions import BATCH, batches, expected_documents, next_version

ROUNDS: Final = 2
MOST_LOOKED_AT_AGAIN: Final = 1_000
"""More than edits can account for: that many differences are believed at once."""


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
    for _, documents, broken in batches(expected_documents):
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
