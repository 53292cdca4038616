"""The main pages of every role on the demo's data under eight clients, each beside the JSON endpoint of the same data.

`python -m benchmarks pages [--orders N] [--seconds S]`. Asked for: p95 of every page ≤ 150 ms, and a page costs at most 2.5 times
what its JSON costs. The floor of the run is the JSON: both are asked by the same clients, one after the other, in turns. What the
workers' processors spend on an answer (PostgreSQL apart) says more than times do where others are at work on the machine.
"""

from __future__ import annotations

import argparse
import re
import statistics as figures
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Final

from flask import Flask
from rich.console import Console

from benchmarks.clients import Outcome, drive, get
from benchmarks.database import Postgres, postgres
from benchmarks.reader import cpu_seconds
from benchmarks.report import Result, show
from benchmarks.server import Web, gunicorn
from marketplace.accounts.service import access_keys, identity
from marketplace.core import db
from marketplace.demo.load import load
from marketplace.demo.steps.logins import logins
from marketplace.demo.twin import Twin
from marketplace.demo.world import ORDERS, plan
from wsgi import create_app

CLIENTS: Final = 8
TURNS: Final = 3
GOAL_MS: Final = 150
GOAL_RATIO: Final = 2.5
SIGNING_KEYS: Final = "1:" + "33" * 32  # of bulletins that nobody keeps
_HTTPS: Final = "https://localhost"  # cookies of the service are sent over HTTPS only
_STATISTICS: Final = "from=2020-01&to=2020-11&by=origin"


@dataclass(frozen=True)
class Pair:
    """A page, who reads it (a demo login; "" for nobody), and the JSON of it; `reader` asks for that where the page is open."""

    login: str
    page: str
    json: str
    reader: str = ""


PAIRS: Final = (
    Pair("", "/certified", "/api/v1/certificates", "demo.county_officer"),
    Pair("", "/bulletins", "/api/v1/public/bulletins"),
    Pair("", "/search?q=柚", "/api/v1/search?q=柚"),
    Pair("demo.buyer", "/search", "/api/v1/search"),
    Pair("demo.buyer", "/orders", "/api/v1/orders"),
    Pair("demo.buyer", "/cart", "/api/v1/cart"),
    Pair("demo.buyer", "/purchase-plans", "/api/v1/purchase-plans"),
    Pair("demo.buyer", "/inbox", "/api/v1/inbox"),
    Pair("demo.producer", "/producer/orders", "/api/v1/orders"),
    Pair("demo.producer", "/producer/goods", "/api/v1/products"),
    Pair("demo.producer", "/producer/certificates", "/api/v1/certificates"),
    Pair("demo.producer", "/producer/agreements", "/api/v1/agreements"),
    Pair("demo.county_officer", "/admin/reviews", "/api/v1/applications"),
    Pair("demo.county_officer", "/admin/households", "/api/v1/households"),
    Pair("demo.county_officer", "/admin/producers", "/api/v1/producers"),
    Pair("demo.platform_operator", "/admin/channels", "/api/v1/channels"),
    Pair("demo.auditor", "/admin/audit", "/api/v1/audit-records"),
    Pair(
        "demo.province_officer",
        f"/admin/statistics?{_STATISTICS}",
        f"/api/v1/statistics?measures=sales,aid_sales,aid_share,orders&{_STATISTICS}",
    ),
    Pair(
        "demo.province_officer",
        "/admin/reports/R1?period=2020-09&area=440000",
        "/api/v1/reports/R1?period=2020-09&area=440000",
    ),
)


@dataclass(frozen=True)
class Answers:
    """Answers to one request in all turns: what the clients saw, and what the workers' processors spent, in seconds."""

    outcome: Outcome
    spent: float

    @property
    def spent_ms(self) -> float:
        """Processor time of the workers for one answer."""
        return 1000 * self.spent / len(self.outcome.latencies)


@dataclass(frozen=True)
class Seen:
    """A pair as it was answered."""

    pair: Pair
    page: Answers
    json: Answers

    @property
    def ratio(self) -> float:
        """How many times a page costs its JSON, by answers a second."""
        return self.json.outcome.rate / self.page.outcome.rate

    @property
    def ratio_spent(self) -> float:
        """The same by processor time."""
        return self.page.spent_ms / self.json.spent_ms


def main(arguments: Sequence[str]) -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks pages", description=__doc__)
    parser.add_argument("--orders", type=int, default=ORDERS, help="orders of the demo")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each turn of a page lasts")
    asked = parser.parse_args(arguments)
    show(run(asked.orders, asked.seconds))


def run(orders: int, seconds: float) -> Result:
    """p95 of the slowest page, and the median ratio of pages to their JSON."""
    with tempfile.TemporaryDirectory(prefix="sanzhuan-bench-pages-") as folder, postgres() as server:
        app = _demo(server, Path(folder), orders)
        server.analyse()
        with gunicorn("wsgi:create_app()", _environment(server, folder), ready="/readyz") as web:
            cookies, tokens = _signed_in(app), _tokens()
            seen = [_measured(web, pair, cookies, tokens, seconds) for pair in PAIRS]
    slowest = max(seen, key=lambda one: one.page.outcome.latency_ms(0.95))
    ratios, spent = [one.ratio for one in seen], [one.ratio_spent for one in seen]
    return Result(
        bench="pages",
        value=slowest.page.outcome.latency_ms(0.95),
        unit="ms at p95, the slowest page",
        floor=slowest.json.outcome.latency_ms(0.95),
        ratio=figures.median(ratios),
        rows=[
            ("asked for", f"p95 ≤ {GOAL_MS} ms; page ÷ JSON ≤ {GOAL_RATIO}"),
            ("clients", f"{CLIENTS}, on the demo with {orders:,} orders"),
            ("ratio", f"median {figures.median(ratios):.2f}, the dearest {max(ratios):.2f}"),
            ("by processor time", f"median {figures.median(spent):.2f}, the dearest {max(spent):.2f}"),
            *((one.pair.page, _told(one)) for one in seen),
        ],
    )


def _told(one: Seen) -> str:
    page, json = one.page.outcome, one.json.outcome
    return (
        f"p50 {page.latency_ms(0.5):6.1f}  p95 {page.latency_ms(0.95):6.1f} ms"
        f"   JSON p95 {json.latency_ms(0.95):6.1f} ms   ratio {one.ratio:.2f}"
        f"   processor {one.page.spent_ms:5.2f} and {one.json.spent_ms:5.2f} ms, {one.ratio_spent:.2f}"
    )


def _measured(web: Web, pair: Pair, cookies: dict[str, str], tokens: dict[str, str], seconds: float) -> Seen:
    page = get(_encoded(pair.page), {"Cookie": cookies[pair.login]} if pair.login else {})
    reader = pair.login or pair.reader
    json = get(_encoded(pair.json), {"Authorization": f"Bearer {tokens[reader]}"} if reader else {})
    asked = (page, json)
    for request in asked:  # what a process keeps is there
        _drive(web, request, 0.5)
    turns = [[_drive(web, request, seconds) for request in asked] for _ in range(TURNS)]
    return Seen(pair, _together([one[0] for one in turns]), _together([one[1] for one in turns]))


def _drive(web: Web, request: bytes, seconds: float) -> Answers:
    before = _spent(web)
    outcome = drive(web.port, lambda _: request, clients=CLIENTS, seconds=seconds)
    return Answers(outcome, _spent(web) - before)


def _spent(web: Web) -> float:
    return sum(cpu_seconds(pid) for pid in web.workers())


def _together(turns: Sequence[Answers]) -> Answers:
    latencies = [latency for one in turns for latency in one.outcome.latencies]
    outcome = Outcome(sum(one.outcome.seconds for one in turns), latencies)
    return Answers(outcome, sum(one.spent for one in turns))


def _encoded(path: str) -> str:
    return "".join(
        char if char.isascii() else "".join(f"%{byte:02X}" for byte in char.encode()) for char in path
    )


def _environment(server: Postgres, folder: str) -> dict[str, str]:
    return server.environment | {"SANZHUAN_DATA_DIR": folder, "SANZHUAN_SIGNING_KEYS": SIGNING_KEYS}


def _demo(server: Postgres, folder: Path, orders: int) -> Flask:
    app = create_app(replace(server.settings, data_dir=folder, signing_keys=SIGNING_KEYS))
    with Twin.start(app.extensions["settings"], app.extensions["attach"]) as twin:
        derived = [one for feature in app.extensions["features"] for one in feature.derived]
        load(plan("2020", orders), Console(file=StringIO()), "2020", twin, derived)
    return app


def _signed_in(app: Flask) -> dict[str, str]:
    """The cookies of everybody who reads, as a browser would send them."""
    passwords = {one.login: one.password for one in logins()}
    found = {}
    for login in sorted({pair.login for pair in PAIRS} - {""}):
        client = app.test_client()
        shown = client.get("/sign-in", base_url=_HTTPS).get_data(as_text=True)
        hidden = dict(re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)"', shown))
        typed = {name: unescape(value) for name, value in hidden.items()} | {
            "login": login,
            "password": passwords[login],
        }
        answer = client.post("/sign-in", data=typed, base_url=_HTTPS)
        if answer.status_code != 303:
            raise RuntimeError(f"{login} could not sign in: {answer.status}")
        kept = [one.partition(";")[0] for one in answer.headers.getlist("Set-Cookie")]
        found[login] = "; ".join(kept)
    return found


def _tokens() -> dict[str, str]:
    """An access token of everybody who asks for JSON."""
    found = {}
    with db.transaction() as session:
        for login in sorted({pair.login or pair.reader for pair in PAIRS} - {""}):
            actor = identity.actor_of_account(session, login)
            if actor is None:
                raise RuntimeError(f"the demo has no {login}")
            found[login] = access_keys.make(session, actor, "benchmark").secret
    return found
