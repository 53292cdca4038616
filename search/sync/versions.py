"""Products as they are now, ready to be written."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from search import vocabulary
from search.documents import build, digest_of, read_sources
from search.engines.protocol import Versioned
from search.models import VERSIONS


def next_version(session: Session) -> int:
    """A number above all given before. Take it after claiming and before reading: then higher numbers never say older things."""
    return int(session.scalars(select(VERSIONS.next_value())).one())


def read_documents(
    session: Session, numbers: Mapping[int, uuid.UUID], *, counting: bool = False, learning: bool = True
) -> list[Versioned]:
    """The products (number → id), each to be put, or removed when it is not on sale; in order of number. Their words are learnt."""
    version = next_version(session)
    sources = read_sources(session, numbers.values())
    if learning:
        vocabulary.learn(session, sources, counting=counting)
    documents = {source.product_no: build(source) for source in sources}
    return [
        Versioned(number, version, digest_of(document) if document else "", document)
        for number in sorted(numbers)
        for document in [documents.get(number)]
    ]
