"""An instance that feeds another, both over one database: what is sent goes through the real routes of the upper one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.attribution.service.chain import link_recent
from marketplace.attribution.service.close import close_period
from marketplace.core import db, jobs, signing
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.settings import Settings
from marketplace.intake.models import UpwardEntry, UpwardSource
from marketplace.intake.service import keys, upward_sources
from marketplace.intake.service.upward_standing import Held, held_of
from marketplace.orders.facts import CountedLine
from marketplace.statistics.upward import confirming, link, sending, totals
from marketplace.statistics.upward.link import Upper, UpperRefused, UpperSilent
from marketplace.statistics.upward.models import MonthTotal, UpwardFeed
from tests.support.books import Books
from tests.support.county import COUNTY, World, make_actor, make_world

SOURCE, OTHER = "441400", "441424"
CHANNEL = "MZ-2020"
SEPTEMBER = "2020-09"


class Above(Upper):
    """The upper instance behind a test client. `spoil` sees each call before it is made and may raise, or break its answer."""

    def __init__(self, settings: Settings, client: FlaskClient) -> None:
        super().__init__(settings)
        self.client = client
        self.there: db.Database | None = None  # where the upper instance works, if not in our own database
        self.calls: list[tuple[str, str, dict[str, str], bytes | None]] = []
        self.before: Callable[[str, str], None] = lambda method, path: None
        self.after: Callable[[str, str], None] = lambda method, path: None

    def _call(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> dict[str, Any]:
        self.before(method, path)
        self.calls.append((method, path, headers, body))
        here = db.current()
        db.connect(self.there or here)
        answer = self.client.open(f"/api/v1/intake{path}", method=method, headers=headers, data=body)
        db.connect(here)
        self.after(method, path)
        if answer.status_code >= 500:
            raise UpperSilent(f"http_{answer.status_code}")
        if answer.status_code not in (200, 202):
            raise UpperRefused(answer.json["code"])
        found: dict[str, Any] = answer.json
        return found

    def repeat(self, number: int) -> int:
        """Send a call again as it was sent; the status of its answer."""
        method, path, headers, body = self.calls[number]
        answer = self.client.open(f"/api/v1/intake{path}", method=method, headers=headers, data=body)
        return int(answer.status_code)


@dataclass
class Feeding:
    """梅州 feeds the province. Time stands still but in `work`, which lets two seconds pass for each round."""

    above: Above
    world: World
    people: dict[str, Actor]
    now: datetime = field(default_factory=lambda: shanghai(2020, 9, 15, 10))

    @contextmanager
    def time(self) -> Iterator[None]:
        with frozen_at(self.now):
            yield

    def sell(self, fen: int = 9_800, **changes: Any) -> CountedLine:
        """A certified sale at a counter of 梅县区, in the chain at once."""
        values = {"channel_area": COUNTY, "certificate_id": None} | changes
        with self.time(), db.transaction() as session:
            books = Books(session, self.world)
            line = books.line(fen, **values)
            books.sell(line)
        self.link()
        return line

    def take_back(self, line: CountedLine, fen: int, at: datetime) -> None:
        with self.time(), db.transaction() as session:
            Books(session, self.world).take_back(line, fen, 1, at)
        self.link()

    def link(self) -> None:
        with self.time(), db.transaction() as session:
            link_recent(session)

    def close(self, period: str, on: datetime) -> None:
        self.now = on
        with self.time(), db.transaction() as session:
            close_period(session, None, period)

    def work(self, rounds: int = 6, *, upper_reads: bool = True) -> None:
        """Rounds of the sending worker and, if it is there, of the upper one."""
        for _ in range(rounds):
            with self.time():
                sending.keep_up()
                if upper_reads:
                    jobs.run_ready()
            self.now += timedelta(seconds=2)

    def next_day(self) -> None:
        self.now += timedelta(days=1)

    def feed(self) -> UpwardFeed:
        with db.transaction() as session:
            return session.get_one(UpwardFeed, SOURCE)

    def positions(self) -> list[int]:
        """Of what the upper instance holds."""
        with db.transaction() as session:
            return list(session.scalars(select(UpwardEntry.position).order_by(UpwardEntry.position)))

    def held(self, period: str = SEPTEMBER) -> Held:
        with db.transaction() as session:
            return held_of(session, session.scalars(select(UpwardSource)).one(), period)

    def drawn_up(self, period: str = SEPTEMBER, reason: str | None = None) -> uuid.UUID:
        with self.time(), db.transaction() as session:
            return totals.draw_up(session, self.people["clerk"], period=period, reason=reason).id

    def confirmed(self, total_id: uuid.UUID) -> uuid.UUID:
        """Every county's two persons say yes."""
        with self.time(), db.transaction() as session:
            for part in confirming.parts_of(session, total_id):
                first = make_actor(session, "county_officer", part.area_code)
                second = make_actor(session, "statistician", part.area_code)
                confirming.handle(session, first, total_id, part.area_code, "已核对")
                confirming.confirm(session, second, total_id, part.area_code, accept=True, opinion="属实")
        return total_id

    def sealed(self, period: str = SEPTEMBER, reason: str | None = None) -> uuid.UUID:
        total_id = self.confirmed(self.drawn_up(period, reason))
        with self.time(), db.transaction() as session:
            totals.seal(session, self.people["issuer"], total_id)
        return total_id

    def total(self, total_id: uuid.UUID) -> MonthTotal:
        with db.transaction() as session:
            return session.get_one(MonthTotal, total_id)


def settings_of(secret: str, url: str = "http://127.0.0.1:9", **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "upward_url": url,
        "upward_source": SOURCE,
        "upward_channel": CHANNEL,
        "upward_secret": secret,
        "upward_timeout_ms": 1_000,
    }
    return Settings(**values | changes)


def public_key() -> str:
    """Of the key that signs in this process."""
    signer = signing.signer()
    assert signer is not None
    return signer.public_keys()[max(signer.public_keys())].hex()


def registered(source: str = SOURCE, channel: str = CHANNEL, name: str = "梅州市平台(演示)") -> str:
    """The upper instance knows the source; the secret of its channel."""
    with db.transaction() as session:
        upward_sources.register_source(
            session, system_actor(), channel=channel, name=name, source=source, public_key=public_key()
        )
        return keys.make_key(session, system_actor(), channel)[1]


def begin(client: FlaskClient) -> Feeding:
    """Both instances ready, nothing sold yet."""
    above = Above(settings_of(registered()), client)
    link._installed[:] = [above]
    with db.transaction() as session:
        people = {
            "clerk": make_actor(session, "city_officer", SOURCE),
            "issuer": make_actor(session, "issuer", SOURCE),
        }
        return Feeding(above, make_world(session), people)
