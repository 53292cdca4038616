"""Doing noted changes: claim, read, write, forget. Twice is the same as once, and no change is lost in between.

Order is everything: changes are claimed, then a version number is taken, then the products are read. Whoever reads later has
the higher number, and an engine keeps the higher number, so an older state never covers a newer one. A claim is a lease: a worker
that dies leaves its rows to the next one after a minute. The engine is called between two transactions, never inside one.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from marketplace.core.clock import utcnow
from marketplace.core.db import transaction
from marketplace.producers.models import Product
from search.engines.protocol import Engine, EngineUnavailable
from search.engines.registry import engines
from search.models import Change
from search.sync.versions import numbers_of, read_documents

log = structlog.get_logger(__name__)
BATCH: Final = 300
MOST_CHANGES: Final = 10_000  # of the products of a batch
LEASE: Final = timedelta(seconds=60)
MOST_BATCHES: Final = 20
LONGEST_WAIT_SECONDS: Final = 300
MOST_ATTEMPTS: Final = 1_000
"""Not counted beyond: a row is tried as long as it takes."""


def sync() -> int:
    """Do what is noted for every engine, a bounded number of batches; how many changes were done."""
    return sum(_sync_engine(engine) for engine in engines().written)


def drain() -> int:
    """`sync` until nothing more is due; how many changes were done."""
    done = 0
    while changed := sync():
        done += changed
    return done


def _sync_engine(engine: Engine) -> int:
    done = 0
    for _ in range(MOST_BATCHES):
        claimed = sync_batch(engine)
        done += claimed
        if claimed < BATCH:
            break
    return done


def sync_batch(engine: Engine, limit: int = BATCH) -> int:
    """Claim and do up to `limit` changes for one engine, with others that are due of the same products; how many were done (0

    when none is due or the engine is away).

    A product that fails costs the others nothing: no document of it can be made, or an engine refuses it, and `_do` names it; or
    it fails in a way that names nobody, and then the batch is done product by product.
    """
    with transaction() as session:
        claimed = _claim(session, engine.code, limit)
    return _do_or_put_back(engine, claimed) if claimed else 0


def _do_or_put_back(engine: Engine, claimed: Sequence[tuple[int, uuid.UUID]]) -> int:
    try:
        return _do(engine, claimed)
    except EngineUnavailable as error:
        log.warning("search_engine_away", engine=engine.code, changes=len(claimed))
        reason = type(error).__name__
    except Exception as error:  # noqa: BLE001 - kept on the rows, tried later, and shown by `flask search verify`
        products = _by_product(claimed)
        if len(products) > 1:
            return sum(_do_or_put_back(engine, alone) for alone in products)
        reason = type(error).__name__
        log.error("search_product_failed", engine=engine.code, product=str(claimed[0][1]), kind=reason)
    _put_back([change_id for change_id, _ in claimed], reason)
    return 0


def _by_product(claimed: Sequence[tuple[int, uuid.UUID]]) -> list[list[tuple[int, uuid.UUID]]]:
    found: dict[uuid.UUID, list[tuple[int, uuid.UUID]]] = {}
    for change_id, product_id in claimed:
        found.setdefault(product_id, []).append((change_id, product_id))
    return list(found.values())


def _do(engine: Engine, claimed: Sequence[tuple[int, uuid.UUID]]) -> int:
    """Read the products, write their documents, forget the changes; how many were done. Poison is put back for later."""
    with transaction() as session:
        numbers = numbers_of(session, {product_id for _, product_id in claimed})
        documents, broken = read_documents(session, numbers)
    bad = ({one.product_no for one in documents} & set(engine.write(documents))) | set(broken)
    ids = [change_id for change_id, _ in claimed]
    with transaction() as session:
        kept = _changes_of(session, claimed, bad) if bad else []
        session.execute(delete(Change).where(Change.id.in_(sorted(set(ids) - set(kept)))))
    if kept:
        log.error("search_document_refused", engine=engine.code, products=sorted(bad))
        _put_back(kept, "refused")
    return len(ids) - len(kept)


def _claim(session: Session, engine: str, limit: int) -> list[tuple[int, uuid.UUID]]:
    now = utcnow()
    rows = session.execute(
        select(Change.id, Change.product_id)
        .where(Change.engine == engine, Change.due_at <= now)
        .order_by(Change.due_at, Change.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not rows:
        return []
    # What else is due of the same products costs nothing more: each is read once.
    more = session.execute(
        select(Change.id, Change.product_id)
        .where(
            Change.engine == engine,
            Change.due_at <= now,
            Change.product_id.in_({row.product_id for row in rows}),
            Change.id.not_in([row.id for row in rows]),
        )
        .order_by(Change.id)
        .limit(MOST_CHANGES)
        .with_for_update(skip_locked=True)
    ).all()
    claimed = [*rows, *more]
    session.execute(
        update(Change)
        .where(Change.id.in_([row.id for row in claimed]))
        .values(due_at=now + LEASE, attempts=func.least(Change.attempts + 1, MOST_ATTEMPTS))
    )
    return [(row.id, row.product_id) for row in claimed]


def _changes_of(session: Session, claimed: Sequence[tuple[int, uuid.UUID]], numbers: set[int]) -> list[int]:
    products = set(session.scalars(select(Product.id).where(Product.product_no.in_(sorted(numbers)))))
    return [change_id for change_id, product_id in claimed if product_id in products]


def _put_back(ids: Sequence[int], error: str) -> None:
    """Due again later, each time later: the engine was away, or refused."""
    now = utcnow()
    with transaction() as session:
        rows = session.execute(
            select(Change.id, Change.attempts).where(Change.id.in_(list(ids))).with_for_update()
        ).all()
        for attempts in {row.attempts for row in rows}:
            wait = min(2**attempts, LONGEST_WAIT_SECONDS)
            session.execute(
                update(Change)
                .where(Change.id.in_([row.id for row in rows if row.attempts == attempts]))
                .values(due_at=now + timedelta(seconds=wait), last_error=error)
            )
