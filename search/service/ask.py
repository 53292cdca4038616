"""One search, from the query to what is shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from marketplace.core.clock import today
from search.analysis.concepts import meaning
from search.engines.protocol import (
    STRICT_POINTS,
    Answer,
    EngineUnavailable,
    Expression,
    FacetAsk,
    ListingFilter,
    Question,
    any_of,
)
from search.engines.registry import engines
from search.query.corrections import corrected, suggestions
from search.query.plan import Plan, check, plan
from search.query.reading import same_kind
from search.query.wanted import IN_NAME
from search.service.shown import show
from search.vocabulary import TermTable

log = structlog.get_logger(__name__)
MOST_ROUNDS: Final = 4
FEW: Final = 50
"""Related goods stand below the hits only where there are fewer hits than this: nobody pages through fifty to find them."""
WIDER: Final = 100
"""Hits asked for at once where hits of a page are gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A search as it came in. `filters` by facet name; `scheme` is the certificate scheme among them.

    `after` and `kinds` are of the page before: the key of its last hit, and the kinds that its related hits were of.
    """

    q: str = ""
    filters: Mapping[str, Expression] = field(default_factory=dict)
    listing: ListingFilter = field(default_factory=ListingFilter)
    facets: Sequence[FacetAsk] = ()
    sort: str = "relevance"
    size: int = 24
    scheme: str | None = None
    after: tuple[Any, ...] | None = None
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What is answered. `corrected` was searched instead of what was typed; `may_mean` is given only when nothing matched."""

    items: Sequence[dict[str, Any]]
    total: int
    exact_total: int
    facets: Mapping[str, Sequence[tuple[str, int]]]
    engine: str
    degraded: bool
    took_ms: float
    next_after: tuple[Any, ...] | None
    kinds: tuple[str, ...]
    corrected: str | None
    places: tuple[str, ...]
    may_mean: tuple[str, ...]


def search(session: Session, asked: Asked) -> Found:
    """Answer a search. `Invalid` ``query_too_long``. When the engine is away, PostgreSQL answers and `degraded` says so."""
    asker = _Asker(asked)
    text = check(asked.q)
    read = plan(text, asker.lexicon)
    answer = asker.ask(read)
    replaced: str | None = None
    if not answer.total and read.wanted:
        for candidate, other in corrected(text, read, asker.lexicon):
            retried = asker.ask(other)
            if retried.total:
                read, answer, replaced = other, retried, candidate if candidate != text else None
                break
    items, last, answer = asker.fill(session, read, answer)
    return Found(
        items,
        answer.total,
        answer.strict_total,
        answer.facets,
        asker.engine.code,
        asker.degraded,
        asker.took_ms,
        last,
        asker.kinds,
        replaced,
        read.places,
        tuple(suggestions(text, read, asker.lexicon)) if not answer.total and text else (),
    )


class _Asker:
    """Asks the engine of this process, or its fallback once the engine was away."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.lexicon = TermTable()
        self.engine = engines().asked
        self.degraded = False
        self.took_ms = 0.0
        self.day = today()
        self.kinds = asked.kinds

    def ask(self, read: Plan, after: tuple[Any, ...] | None = None, size: int = 0) -> Answer:
        """Put the plan to the engine, with what is of the kinds found so far as related."""
        more = same_kind(self.kinds) if self.kinds else ()
        related = [*read.related(), *(expression for expression, _ in more)]
        filters = dict(self.asked.filters)
        filters |= {f"query{n}": expression for n, expression in enumerate(read.filters)}
        question = Question(
            strict=read.strict(),
            related=any_of(related) if related else None,
            filters=filters,
            points=(*read.points(), *more),
            listing=self.asked.listing,
            today=self.day,
            sort=self.asked.sort,
            size=size or self.asked.size + 1,
            after=after or self.asked.after,
            facets=self.asked.facets if after is None else (),
        )
        answer = self._ask(dataclasses.replace(question, related=None) if related else question)
        if related and 0 < answer.strict_total < FEW and self.asked.sort == "relevance":
            answer = self._ask(question)
        return answer

    def _ask(self, question: Question) -> Answer:
        try:
            answer = self.engine.ask(question)
        except EngineUnavailable as error:
            log.warning("search_degraded", engine=self.engine.code, reason=str(error)[:200])
            self.engine, self.degraded = engines().fallback, True
            answer = self.engine.ask(question)
        self.took_ms += answer.took_ms
        return answer

    def fill(
        self, session: Session, read: Plan, answer: Answer
    ) -> tuple[list[dict[str, Any]], tuple[Any, ...] | None, Answer]:
        """The items of a page: hits as they are now. What is gone since makes room for the next.

        Where hundreds are gone in a row (a channel closed, and the index is behind), the page ends short, and goes on from there.
        """
        items = self._show(session, answer, read)
        self.kinds = self.kinds or self._kinds(read, answer, items)
        if self.kinds and self.asked.after is None:
            wider = self.ask(read)
            answer = dataclasses.replace(wider, strict_total=answer.strict_total)
            items = self._show(session, answer, read)
        keys = {hit.product_no: hit.key for hit in answer.hits}
        hits, more = answer.hits, len(answer.hits) > self.asked.size
        for _ in range(1, MOST_ROUNDS):
            if len(items) > self.asked.size or not more:
                break
            size = max(WIDER, self.asked.size + 1)
            page = self.ask(read, after=hits[-1].key, size=size)
            hits, more = page.hits, len(page.hits) == size
            keys |= {hit.product_no: hit.key for hit in hits}
            items += self._show(session, page, read)
        last = None
        if len(items) > self.asked.size:
            last = keys[items[self.asked.size - 1]["product_no"]]
        elif more:
            last = hits[-1].key
        return items[: self.asked.size], last, answer

    def _show(self, session: Session, answer: Answer, read: Plan) -> list[dict[str, Any]]:
        return show(
            session, answer.hits, self.asked.listing, read.words(), self.day, scheme=self.asked.scheme
        )

    def _kinds(self, read: Plan, answer: Answer, items: Sequence[dict[str, Any]]) -> tuple[str, ...]:
        """For a query that names no kind of goods and has few hits: the kind of the hits themselves."""
        if self.asked.sort != "relevance" or self.asked.after is not None:
            return ()
        names_kind = read.related() or any(one.known for one in read.wanted)
        if names_kind or not items or answer.strict_total >= FEW:
            return ()
        # A hit found by its producer or a description names no kind.
        if items[0]["score"] < STRICT_POINTS + IN_NAME:
            return ()
        heads: dict[str, None] = {}
        for item in items[:3]:
            heads.update(dict.fromkeys(meaning(item["parts"], item["category_code"]).heads))
        first = tuple(heads)[:3]
        return first if same_kind(first) else ()
