"""Products as they are now, ready to be written."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from search import vocabulary
from search.documents import ProductSource, build, digest_of, read_sources
from search.engines.protocol import Versioned
from search.models import VERSIONS


def next_version(session: Session) -> int:
    """A number above all given before. Take it after claiming and before reading: then higher numbers never say older things."""
    return int(session.scalars(select(VERSIONS.next_value())).one())


def read_documents(
    session: Session, numbers: Mapping[int, uuid.UUID], counts: Counter[str] | None = None
) -> list[Versioned]:
    """The products (number → id), each to be put, or removed when not on sale, in order of number. Their words are learnt.

    `counts` takes how many of them have each word.
    """
    version = next_version(session)
    sources = read_sources(session, numbers.values())
    words = vocabulary.learn(session, sources)
    if counts is not None:
        counts.update(words)
    return _versioned(numbers, sources, version)


def expected_documents(session: Session, numbers: Mapping[int, uuid.UUID]) -> list[Versioned]:
    """What the index should hold of the products; nothing is written."""
    return _versioned(numbers, read_sources(session, numbers.values()), 0)


def _versioned(
    numbers: Mapping[int, uuid.UUID], sources: Sequence[ProductSource], version: int
) -> list[Versioned]:
    documents = {source.product_no: build(source) for source in sources}
    return [
        Versioned(number, version, digest_of(document) if document else "", document)
        for number in sorted(numbers)
        for document in [documents.get(number)]
    ]
