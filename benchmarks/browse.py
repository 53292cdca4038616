"""Browsing a channel's listings with filter and sort, 24 rows of 100,000, against the least that Flask can answer."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode

from benchmarks.clients import Outcome, best, drive, get
from benchmarks.database import postgres
from benchmarks.hello import measure
from benchmarks.report import Result
from benchmarks.server import gunicorn
from benchmarks.world import GOODS, ORIGINS, World, write
from marketplace.core import db

CLIENTS: Final = 8
LISTINGS: Final = 100_000
PER_PRODUCER: Final = 20
GOAL: Final = 0.15


def run(seconds: float) -> Result:
    """Pages/s ÷ hello-JSON of the same run."""
    with postgres() as server:
        with db.transaction() as session:
            world = write(session, producers=LISTINGS // PER_PRODUCER, listings_each=PER_PRODUCER, buyers=1)
        server.analyse()
        hello = measure(CLIENTS, seconds)
        with gunicorn("wsgi:create_app()", server.environment, ready="/readyz") as web:
            _pages(web.port, world, 1.0)
            pages = best(lambda some: _pages(web.port, world, some), seconds)
    return Result(
        bench="browse",
        value=pages.rate,
        unit="pages/s",
        floor=hello.rate,
        ratio=pages.rate / hello.rate,
        goal=GOAL,
        rows=[
            ("listings", f"{LISTINGS:,}"),
            ("latency p50, p99", f"{pages.latency_ms(0.5):.1f} ms, {pages.latency_ms(0.99):.1f} ms"),
        ],
    )


def questions(world: World) -> list[str]:
    """The pages that are asked for in turn: a category or an origin, by price up or down or newest."""
    sorts = ("price", "-price", "new")
    filters: list[dict[str, str]] = [
        *({"category": category} for _, category, *_ in GOODS),
        *({"origin": origin} for origin in ORIGINS),
    ]
    return [
        "/api/v1/listings?"
        + urlencode({"channel": str(world.channel_id), "sort": sort, "page_size": "24", **chosen})
        for chosen, sort in itertools.product(filters, sorts)
    ]


def _pages(port: int, world: World, seconds: float) -> Outcome:
    asked = [get(path) for path in questions(world)]
    turns: list[Iterator[int]] = [itertools.count(client * 7) for client in range(CLIENTS)]
    return drive(
        port, lambda client: asked[next(turns[client]) % len(asked)], clients=CLIENTS, seconds=seconds
    )
