"""How fast a search answers over 100,000 products made from the published ones: query and six facets, HTTP, indexing, freshness.

`python -m benchmarks search-speed --engine postgresql|elasticsearch [--products-count N] [--seconds S]`
"""

from __future__ import annotations

import argparse
import json
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from sqlalchemy import select, update

from benchmarks.clients import drive, get
from benchmarks.database import Postgres, postgres
from benchmarks.search_engines import ENGINES, engine_for
from benchmarks.search_many import write_many
from benchmarks.search_relevance import DATA, read_queries
from benchmarks.server import gunicorn
from marketplace.catalogue.models import Listing
from marketplace.core.clock import today
from marketplace.core.collector import keep_what_is_loaded
from marketplace.core.db import transaction
from search.engines.protocol import FacetAsk, Question, Token
from search.engines.registry import engines
from search.query.plan import check, plan
from search.service import Asked, search
from search.sync import changes, indexing
from search.sync.rebuild import rebuild
from search.vocabulary import TermTable

FACETS: Final = ("category", "origin", "channel_kind", "goods_class", "price", "mark")
FRESH: Final = 100
ROUNDS: Final = 3
WARMING: Final = 5


def main(arguments: Sequence[str]) -> None:
    """Write, index, ask, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks search-speed", description=__doc__)
    parser.add_argument("--engine", choices=ENGINES, default="postgresql")
    parser.add_argument("--products-count", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    chosen = parser.parse_args(arguments)
    queries = [q.q for q in read_queries(DATA / "search_queries_dev.jsonl")]
    with postgres() as server, engine_for(chosen.engine, server.settings) as environment:
        write_many(DATA / "search_products.csv", chosen.products_count)
        server.analyse()
        keep_what_is_loaded()  # as the command and the worker do
        built = _build(chosen.engine)
        indexed, index_seconds = built[chosen.engine]
        server.analyse()
        _warm(queries)
        bare = _times(_bare, queries)
        asked = [took for _ in range(ROUNDS) for took in _times(_asked, queries)]
        http = _http(server, environment, queries, chosen.seconds)
        fresh = _fresh()
    figures = {
        "engine_ms_p50": _at(asked, 0.5),
        "engine_ms_p95": _at(asked, 0.95),
        "bare_match_ms_p95": _at(bare, 0.95),
        "ratio_to_bare_p95": round(_at(asked, 0.95) / max(_at(bare, 0.95), 0.001), 2),
        "http_ms_p95": http,
        "index_seconds": round(index_seconds, 1),
        "indexed": indexed,
        "visible_seconds_p99": _at(fresh, 0.99),
    }
    print(
        f"\nsearch-speed, {chosen.engine}: {indexed:,} products, {len(queries)} queries with {len(FACETS)} facets"
    )
    for name, value in figures.items():
        print(f"  {name:<22} {value}")
    print(json.dumps({"bench": "search-speed", "engine": chosen.engine} | figures), flush=True)


def _build(first: str) -> dict[str, tuple[int, float]]:
    """Code → (documents, seconds) of every index that is kept, the one that is measured first."""
    found = {}
    for engine in sorted(engines().written, key=lambda one: one.code != first):
        began = time.perf_counter()
        found[engine.code] = rebuild(engine), time.perf_counter() - began
        print(
            f"{engine.code}: {found[engine.code][0]:,} documents in {found[engine.code][1]:.1f} s", flush=True
        )
    return found


def _asks() -> tuple[FacetAsk, ...]:
    depths = {"category": 2}
    return tuple(FacetAsk(name, depths.get(name, 0)) for name in FACETS)


def _asked(q: str) -> float:
    """Engine time (ms) of a whole search: all questions that it took."""
    with transaction() as session:
        return search(session, Asked(q=q, facets=_asks())).took_ms


def _bare(q: str) -> float:
    """The same query's own condition, without order, related goods, facets: the least an engine does."""
    read = plan(check(q), TermTable())
    question = Question(strict=read.strict() or Token("c:01"), today=today(), sort="newest", size=24)
    return engines().asked.ask(question).took_ms


def _times(ask: Callable[[str], float], queries: Sequence[str]) -> list[float]:
    return [ask(q) for q in queries]


def _warm(queries: Sequence[str]) -> None:
    """As a server that has answered for a while: Elasticsearch compiles what it does often, PostgreSQL keeps plans and pages."""
    for _ in range(WARMING):
        _times(_asked, queries)


def _http(server: Postgres, environment: Mapping[str, str], queries: Sequence[str], seconds: float) -> float:
    paths = [get("/api/v1/search?" + urlencode({"q": q, "facets": ",".join(FACETS)})) for q in queries]
    order = random.Random(7).sample(range(len(paths)), len(paths))
    with gunicorn("wsgi:create_app()", server.environment | dict(environment), ready="/readyz") as web:
        turn = iter(range(10**9))
        drive(web.port, lambda _: paths[order[next(turn) % len(paths)]], clients=1, seconds=2)
        outcome = drive(web.port, lambda _: paths[order[next(turn) % len(paths)]], clients=1, seconds=seconds)
    return round(outcome.latency_ms(0.95), 1)


def _fresh() -> list[float]:
    """Seconds from the commit of a price to the moment when the index answers with it, a worker running."""
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            if not indexing.sync():
                time.sleep(0.3)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        return [_once_fresh(number) for number in range(FRESH)]
    finally:
        stop.set()
        worker.join()


def _once_fresh(number: int) -> float:
    price = 10_000_019 + number
    with transaction() as session:
        listing = session.scalars(select(Listing).order_by(Listing.id).offset(number * 7).limit(1)).one()
        session.execute(
            update(Listing).where(Listing.id == listing.id).values(price_fen=price, price_per_500g_fen=price)
        )
        changes.note(session, [listing.product_id])
    began = time.perf_counter()
    question = Question(today=today(), sort="price", size=1, strict=Token(f"p#{listing.producer_id}"))
    wanted = replace(
        question,
        listing=replace(question.listing, price_per_500g_from_fen=price, price_per_500g_to_fen=price),
    )
    while not engines().asked.ask(wanted).hits:
        time.sleep(0.02)
        if time.perf_counter() - began > 60:
            raise SystemExit("a change was not visible after 60 s")
    return time.perf_counter() - began


def _at(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2) if ordered else 0.0
