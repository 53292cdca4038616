"""Products as they are now, ready to be written."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.db import transaction
from marketplace.core.errors import DomainError
from marketplace.producers.models import Product
from search import vocabulary
from search.documents import ProductSource, build, digest_of, read_sources
from search.engines.protocol import ProductDocument, Versioned
from search.models import VERSIONS

log = structlog.get_logger(__name__)
BATCH: Final = 500
_WRONG_DATA: Final = (ArithmeticError, AttributeError, DomainError, LookupError, TypeError, ValueError)
"""What building a document of one product's rows can fail with; the database is not asked there."""


def next_version(session: Session) -> int:
    """A number above all given before. Take it after claiming and before reading: then higher numbers never say older things."""
    return int(session.scalars(select(VERSIONS.next_value())).one())


def numbers_of(session: Session, product_ids: Collection[uuid.UUID]) -> dict[int, uuid.UUID]:
    """Number → id of the products."""
    rows = session.execute(select(Product.product_no, Product.id).where(Product.id.in_(sorted(product_ids))))
    return {row.product_no: row.id for row in rows}


def read_documents(
    session: Session, numbers: Mapping[int, uuid.UUID], counts: Counter[str] | None = None
) -> tuple[list[Versioned], list[int]]:
    """The products (number → id), each to be put, or removed when not on sale, in order of number. Their words are learnt.

    Numbers of products that no document can be made of come apart: one of them must not stop the others. `counts` takes how
    many products have each word.
    """
    version = next_version(session)
    sources = read_sources(session, numbers.values())
    documents, broken = _versioned(numbers, sources, version)
    sound = [source for source in sources if source.product_no not in broken]
    words = vocabulary.learn(session, sound, frozenset() if counts is None else counts)
    if counts is not None:
        counts.update(words)
    return documents, broken


def expected_documents(
    session: Session, numbers: Mapping[int, uuid.UUID]
) -> tuple[list[Versioned], list[int]]:
    """What the index should hold of the products; nothing is written."""
    return _versioned(numbers, read_sources(session, numbers.values()), 0)


def batches(
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


def _versioned(
    numbers: Mapping[int, uuid.UUID], sources: Sequence[ProductSource], version: int
) -> tuple[list[Versioned], list[int]]:
    documents: dict[int, ProductDocument] = {}
    broken: list[int] = []
    for source in sources:
        try:
            documents[source.product_no] = build(source)
        except _WRONG_DATA as error:
            log.error("search_document_broken", product_no=source.product_no, kind=type(error).__name__)
            broken.append(source.product_no)
    written = [
        Versioned(number, version, digest_of(document) if document else "", document)
        for number in sorted(set(numbers).difference(broken))
        for document in [documents.get(number)]
    ]
    return written, broken
