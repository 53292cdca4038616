"""Elasticsearch as the engine: documents with versions in every live index, questions to the alias, rebuilding beside."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson
import structlog

from marketplace.core.clock import utcnow
from marketplace.core.settings import Settings
from search.engines import builds
from search.engines import elasticsearch_index as index
from search.engines.breaker import Breaker
from search.engines.elasticsearch_connection import BULK_SECONDS, LONGEST_PAUSE_SECONDS, TRY_AGAIN, Connection
from search.engines.elasticsearch_facets import counts
from search.engines.elasticsearch_query import searches
from search.engines.protocol import (
    STRICT_POINTS,
    Answer,
    EngineUnavailable,
    Hit,
    Question,
    Versioned,
)
from search.fingerprint import fingerprint

log = structlog.get_logger(__name__)
BULK_BYTES: Final = 5 * 1024 * 1024
_CONFLICT: Final = 409
_GONE: Final = 404
_GOOD: Final = 300

Operation = tuple[int, bytes]  # product number; the two lines of a bulk request


class ElasticsearchEngine:
    """Keeps documents in an index behind the alias `PREFIX-products`. Several processes and hosts use it at once."""

    code = "elasticsearch"

    def __init__(self, settings: Settings) -> None:
        self.alias = f"{settings.elasticsearch_index_prefix}-products"
        self.settings = settings
        self.connection = Connection(settings)
        self.breaker = Breaker(
            self.code,
            failures=settings.elasticsearch_failures,
            pause_seconds=settings.elasticsearch_pause_seconds,
        )
        self.building: str | None = None

    def ask(self, question: Question) -> Answer:
        """One page, totals and facets in one request; it takes at most the time of the settings.

        A server that failed again and again is not asked for a while: then it is EngineUnavailable at once.
        """
        began = time.perf_counter()
        planned = searches(question)
        bodies, seconds = [body for _, body in planned], self.settings.elasticsearch_timeout_ms / 1000
        answers = self.breaker.call(lambda: self.connection.search(self.alias, bodies, seconds))
        facets: dict[str, Sequence[tuple[str, int]]] = {}
        for (asks, _), answer in zip(planned, answers, strict=True):
            facets |= {ask.name: counts(ask, answer["aggregations"][ask.name]) for ask in asks}
        return _answer(question, answers[0], facets, (time.perf_counter() - began) * 1000)

    def write(self, documents: Sequence[Versioned]) -> Sequence[int]:
        """Put or remove documents in every live index; product numbers that an index refuses for good.

        Without any index nothing is written: the first `flask search rebuild` reads everything.
        """
        poison: set[int] = set()
        for name in builds.written():
            for part in _parts(documents):
                poison |= self._write(name, part)
        return sorted(poison)

    def stored(self, after: int, limit: int) -> Sequence[tuple[int, str]]:
        """(product_no, digest) beyond `after`, with everything that was acknowledged before this call."""
        self.connection.refresh(self.alias)
        on_sale = {
            "filter": [{"range": {"product_no": {"gt": after}}}],
            "must_not": [{"term": {"digest": index.REMOVED}}],
        }
        body = {
            "size": limit,
            "query": {"bool": on_sale},
            "sort": [{"product_no": "asc"}],
            "_source": False,
            "docvalue_fields": ["digest"],
        }
        found = self.connection.search(self.alias, [body], BULK_SECONDS)[0]["hits"]["hits"]
        return [(hit["sort"][0], hit["fields"]["digest"][0]) for hit in found]

    def built_with(self) -> str | None:
        """The fingerprint of the index behind the alias; None when there is none."""
        return builds.built_with(self.connection.behind(self.alias))

    def begin_rebuild(self) -> None:
        """Make a new index and have every write go to it too, after removing what a crash left beside the live one."""
        live = self.connection.behind(self.alias)
        builds.keep_only(live)
        for left in sorted(self.connection.indices(f"{self.alias}-*") - live):
            log.info("search_index_removed", index=left)
            self.connection.delete_index(left)
        name = f"{self.alias}-{utcnow():%Y%m%d%H%M%S}-{uuid.uuid4().hex[:6]}"
        settings = index.settings(
            shards=self.settings.elasticsearch_shards, replicas=self.settings.elasticsearch_replicas
        )
        self.connection.create_index(name, _own_alias(name), index.MAPPINGS, settings)
        builds.register(name, fingerprint())
        self.building = name

    def finish_rebuild(self) -> None:
        """Let the new index answer instead of the old one, in one step, and remove the old one.

        RuntimeError when another rebuild began meanwhile and removed this one's index; nothing is changed then.
        """
        name, self.building = self.building, None
        if name is None or name not in builds.written():
            raise RuntimeError("another rebuild has begun since, and removed the index of this one")
        self._merge(name)
        self.connection.refresh(name)
        old = sorted(self.connection.behind(self.alias) - {name})
        self.connection.point(self.alias, name, old)
        builds.keep_only({name})
        for one in old:
            self.connection.delete_index(one)

    def _merge(self, name: str) -> None:
        """An index built in one go lies in dozens of segments, and each costs every search: one halves its time."""
        try:
            self.connection.merge(name)
        except EngineUnavailable as away:
            log.warning("search_index_not_merged", index=name, reason=str(away)[:200])

    def _write(self, name: str, operations: Sequence[Operation]) -> set[int]:
        """Write to one index. What it has no room for now is sent again; a lower version than what is there is no failure."""
        poison: set[int] = set()
        end, pause = time.monotonic() + BULK_SECONDS, 0.1
        while operations:
            results = self.connection.bulk(_own_alias(name), [lines for _, lines in operations])
            again: list[Operation] = []
            for operation, result in zip(operations, results, strict=True):
                status = result["status"]
                if status < _GOOD or status == _CONFLICT:
                    continue
                if status in TRY_AGAIN:
                    again.append(operation)
                elif status == _GONE and name not in builds.written():
                    return poison  # a rebuild ended meanwhile and removed this index: the new one was written to as well
                elif status == _GONE:
                    raise EngineUnavailable(
                        f"elasticsearch: index {name} is gone; flask search rebuild makes a new one"
                    )
                else:
                    log.error(
                        "search_document_refused", product_no=operation[0], kind=result["error"]["type"]
                    )
                    poison.add(operation[0])
            if again and time.monotonic() + pause > end:
                raise EngineUnavailable(f"elasticsearch: {len(again)} documents not taken in time")
            if again:
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            operations = again
        return poison


def _own_alias(name: str) -> str:
    """The alias of one index alone. Writes demand an alias, so an index that was removed never comes back by itself."""
    return f"{name}.write"


def _parts(documents: Sequence[Versioned]) -> Iterator[list[Operation]]:
    """Bulk operations in parts of some megabytes."""
    part: list[Operation] = []
    size = 0
    for one in documents:
        action = {
            "index": {"_id": str(one.product_no), "version": one.version, "version_type": "external_gte"}
        }
        lines = orjson.dumps(action) + b"\n" + orjson.dumps(index.source(one))
        if part and size + len(lines) > BULK_BYTES:
            yield part
            part, size = [], 0
        part.append((one.product_no, lines))
        size += len(lines)
    if part:
        yield part


def _answer(
    question: Question,
    page: Mapping[str, Any],
    facets: Mapping[str, Sequence[tuple[str, int]]],
    took_ms: float,
) -> Answer:
    total = page["hits"]["total"]["value"]
    strict_total = total
    if question.strict is not None:
        strict_total = page["aggregations"]["strict_total"]["doc_count"]
    if not strict_total:
        return Answer((), 0, 0, dict.fromkeys(facets, ()), took_ms)
    hits = [_hit(hit, question.sort) for hit in page["hits"]["hits"]]
    return Answer(hits, total, strict_total, facets, took_ms)


def _hit(hit: Mapping[str, Any], sort: str) -> Hit:
    key = tuple(int(value) for value in hit["sort"])
    best = hit["inner_hits"]["best"]["hits"]["hits"][0]
    return Hit(
        product_no=key[-1],
        product_id=uuid.UUID(hit["fields"]["product_id"][0]),
        listing_id=uuid.UUID(best["fields"]["listings.listing_id"][0]),
        score=key[0] if sort == "relevance" else STRICT_POINTS,
        key=key,
    )
