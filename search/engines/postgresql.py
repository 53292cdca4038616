"""PostgreSQL as the engine: one statement a question, over a GIN index of tokens; core features only.

The index gives the matches; each is then read once, and its relevance is summed over its own tokens. What facets count of a
product's listings stands with the product, so that counting asks no listing unless listings are filtered.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import text as sql

from marketplace.core.db import reading
from search.engines import builds
from search.engines import postgresql_writing as writing
from search.engines.facets import ranked, same_filters
from search.engines.postgresql_sql import Statement, page_statement
from search.engines.protocol import Answer, FacetAsk, Hit, ProductDocument, Question, Versioned
from search.fingerprint import fingerprint

LONGEST_TOKEN: Final = 2_046
"""Bytes of a lexeme."""
MOST_BYTES: Final = 1_048_575
"""Bytes of a tsvector."""


class PostgresqlEngine:
    """Keeps documents in `search.document` and answers from there. Several processes and hosts use it at once."""

    code = "postgresql"

    def ask(self, question: Question) -> Answer:
        """One page, totals and facets in one statement; a facet with a filter of its own takes one more."""
        began = time.perf_counter()
        groups = same_filters(question)
        found = self._run(page_statement(question, groups.pop("")))
        strict_total = found["strict_total"] or 0
        if not found["total"] or (question.strict is not None and not strict_total):
            return Answer((), 0, 0, {ask.name: () for ask in question.facets}, _ms(began))
        facets = _facets(question.facets, found["facets"] or [])
        for name, asks in groups.items():
            alone = self._run(page_statement(question, asks, without=name))
            facets |= _facets(asks, alone["facets"] or [])
        hits = [_hit(row) for row in found["page"] or []]
        return Answer(hits, found["total"], strict_total, facets, _ms(began))

    def write(self, documents: Sequence[Versioned]) -> Sequence[int]:
        """Put or remove documents in a transaction of its own; what does not fit into a tsvector is refused.

        `array_to_tsvector` does not look: it would cut a token that is too long into another one.
        """
        poison = {one.product_no for one in documents if one.document and not _fits(one.document)}
        writing.write([one for one in documents if one.product_no not in poison])
        return sorted(poison)

    def stored(self, after: int, limit: int) -> Sequence[tuple[int, str]]:
        """(product_no, digest) beyond `after`."""
        return writing.stored(after, limit)

    def built_with(self) -> str | None:
        """The fingerprint of the last rebuild; None when there was none."""
        return builds.built_with([builds.EMBEDDED])

    def begin_rebuild(self) -> None:
        """Nothing: documents are replaced where they stand, each whole."""

    def finish_rebuild(self) -> None:
        """Keep what it was built with."""
        builds.embedded_built(fingerprint())

    @staticmethod
    def _run(statement: Statement) -> dict[str, Any]:
        with reading() as connection:
            row = connection.execute(sql(statement.text), statement.values).mappings().one()
            return dict(row)


def _fits(document: ProductDocument) -> bool:
    sizes = [len(token.encode()) for token in document.tokens]
    return max(sizes, default=0) <= LONGEST_TOKEN and sum(sizes) <= MOST_BYTES


def _hit(row: Sequence[Any]) -> Hit:
    product_no, product_id, listing_id, score, *key = row
    return Hit(product_no, uuid.UUID(product_id), uuid.UUID(listing_id), score, tuple(key))


def _facets(
    asks: Sequence[FacetAsk], rows: Sequence[tuple[str, str, int]]
) -> dict[str, Sequence[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {ask.name: [] for ask in asks}
    for name, value, count in rows:
        found[name].append((value, count))
    sizes = {ask.name: ask.size for ask in asks}
    return {name: ranked(values, sizes[name]) for name, values in found.items()}


def _ms(began: float) -> float:
    return (time.perf_counter() - began) * 1000
