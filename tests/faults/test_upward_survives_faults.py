"""Two prefectures feed a province over a line that drops, cuts, repeats and delays, while workers and web processes are killed.

Afterwards the province holds every counted entry once: totals equal to the fen, households by county exact, nothing personal in
any byte that travelled, and a forged batch or a replay changes nothing.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import random
import signal
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from benchmarks.server import Web, gunicorn
from marketplace.accounts.service import access_keys, grants, identity, people
from marketplace.app import compose
from marketplace.attribution.models import Link
from marketplace.attribution.service.chain import link_recent
from marketplace.attribution.service.close import close_period
from marketplace.beneficiaries.service import (
    Coverage,
    NewVersion,
    approve_version,
    create_agreement,
    draft_version,
    submit_version,
)
from marketplace.beneficiaries.service import register as register_household
from marketplace.beneficiaries.service.identity import Identity
from marketplace.core import db, divisions, embedded, privacy
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import (
    frozen_at,
    next_period,
    period_days,
    period_of,
    previous_period,
    shanghai,
    utcnow,
)
from marketplace.core.identifiers import build_resident_id
from marketplace.core.migrate import APP_ROLE
from marketplace.core.settings import Settings
from marketplace.intake.models import Batch, UpwardEntry, UpwardSource
from marketplace.intake.service.upward_standing import held_of
from marketplace.orders.facts import CountedLine
from marketplace.producers.models import Producer
from marketplace.statistics.upward import confirming, link, scope, totals, views
from marketplace.statistics.upward.models import UpwardFeed, UpwardView
from tests.catalogue_world import World as Catalogue
from tests.conftest import _KEYS
from tests.support import upward
from tests.support.books import Books
from tests.support.county import World, make_actor, make_producer
from tests.support.households import Someone
from tests.support.instances import FAULTS, Line, Site, Worker

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]  # three instances start slowly on a busy machine

SEED = 20201001
PROVINCE = "440000"
PREFECTURES = {"441400": ("441403", "441424"), "441500": ("441502", "441523")}
KINDS = ("counter", "hall_offline", "zone", "special_train")
CLASSES = ("certified_aid", "area_produce", "ordinary")
MODES = ("other_individual", "business_entity", "social_organisation")
NOW = utcnow()
MONTH = previous_period(period_of(NOW))
THIS = period_of(NOW)


def people_of(area: str) -> tuple[Someone, ...]:
    names = ("欧阳澹台", "慕容鲜于", "司徒万俟") if area == "441400" else ("尉迟闾丘", "赫连宇文", "皇甫公冶")
    return tuple(
        Someone(name, build_resident_id(f"{area}19600101{serial:03d}"), f"139{area}{serial:02d}")
        for serial, name in enumerate(names, 1)
    )


@dataclass
class Prefecture(Site):
    """A prefecture with two counties, a product of each, and the truth of what it sold."""

    area: str
    dice: random.Random
    worlds: dict[str, World] = field(default_factory=dict)
    elsewhere: uuid.UUID | None = None  # a hall that the province has by itself
    truth: Counter[tuple[str, str | None, str, str, str]] = field(default_factory=Counter)
    lines: list[tuple[CountedLine, bool]] = field(default_factory=list)

    def sell(self, count: int, month: str, *, late: bool = False) -> None:
        """Random sales of the month and refunds of some; `late`: the month is closed, they are booked in this one."""
        self.here()
        with frozen_at(_moment(month)), db.transaction() as session:
            for _ in range(count):
                county = self.dice.choice(PREFECTURES[self.area])
                books = Books(session, self.worlds[county])
                is_elsewhere = self.dice.random() < 0.2
                line = books.line(
                    self.dice.randrange(1, 100_000),
                    self.dice.randrange(1, 5),
                    origin_area=county,
                    channel_area=county,
                    channel_kind="hall_offline" if is_elsewhere else self.dice.choice(KINDS),
                    channel_id=self.elsewhere if is_elsewhere else uuid.UUID(int=7),
                    goods_class=self.dice.choice(CLASSES),
                    participation_mode=self.dice.choice(MODES),
                    sold_at=_moment(month),
                    counted_at=_moment(month),
                )
                books.sell(line)
                self._note(line, line.sale_fen, month, late, is_elsewhere)
                if self.dice.random() < 0.3:
                    fen = self.dice.randrange(1, line.sale_fen + 1)
                    books.take_back(line, fen, 1, _moment(month) + timedelta(minutes=1))
                    self._note(line, -fen, month, late, is_elsewhere)

    def _note(self, line: CountedLine, fen: int, month: str, late: bool, is_elsewhere: bool) -> None:
        if not is_elsewhere:
            booked, adjusts = (THIS, month) if late else (month, None)
            self.truth[
                (booked, adjusts, line.frozen.origin_area, line.frozen.goods_class, line.frozen.channel_kind)
            ] += fen

    def hurry(self) -> None:
        """Try again at once: each failure doubles the wait before the next call, and the waits are not what is proven here."""
        self.here()
        with db.transaction() as session:
            session.execute(
                update(UpwardFeed).where(UpwardFeed.next_try_at > utcnow()).values(next_try_at=utcnow())
            )

    def position(self) -> int:
        self.here()
        with db.transaction() as session:
            link_recent(session)
            return session.scalar(select(func.max(Link.position))) or 0

    def seal(self, month: str) -> None:
        """Close, draw up, confirm by both counties, seal."""
        self.here()
        link._installed[:] = [link.Upper(self.worker.settings)]
        with frozen_at(_closing(month)), db.transaction() as session:
            close_period(session, None, month)
        with db.transaction() as session:
            clerk = make_actor(session, "city_officer", self.area)
            total = totals.draw_up(session, clerk, period=month, reason=None)
            for part in confirming.parts_of(session, total.id):
                for step, role in enumerate(("county_officer", "statistician")):
                    who = make_actor(session, role, part.area_code)
                    if step == 0:
                        confirming.handle(session, who, total.id, part.area_code, "已核对")
                    else:
                        confirming.confirm(
                            session, who, total.id, part.area_code, accept=True, opinion="属实"
                        )
            totals.seal(session, make_actor(session, "issuer", self.area), total.id)


def _moment(month: str) -> datetime:
    return shanghai(int(month[:4]), int(month[5:]), 1, 0, 30)


def _closing(month: str) -> datetime:
    after = next_period(month)
    return max(utcnow(), shanghai(int(after[:4]), int(after[5:]), 6))


def _instance(
    server: embedded.EmbeddedServer, folder: Path, name: str, **more: object
) -> tuple[db.Database, Settings]:
    database = f"sanzhuan_{name}"
    server.create_database(database, template="sanzhuan_template")
    values: dict[str, object] = {
        "database_url": server.url(APP_ROLE, database),
        "secret_key": "test",
        "encryption_keys": _KEYS.encryption_keys,
        "index_key": _KEYS.index_key,
        "signing_keys": _KEYS.signing_keys,
        "data_dir": folder / name,
        "pool_size": 5,
        "log_level": "CRITICAL",
    }
    return db.Database(server.url(APP_ROLE, database), pool_size=5), Settings(**values | more)  # type: ignore[arg-type]


def _people(pref: Prefecture, session: object, world: World, county: str) -> list[int]:
    """Three households whose heads have names, numbers and telephones; the last two live together with nobody else."""
    numbers = []
    village = f"{divisions.children(county)[0].code}201"
    for someone in people_of(pref.area)[: 2 if county == PREFECTURES[pref.area][0] else 0]:
        new = world.household(
            area_code=village,
            head=Identity(someone.name, someone.resident_id),
            standing=world.standing(members=3),
        )
        numbers.append(register_household(world.session, world.officer, new).household_no)
    for _ in range(pref.dice.randrange(2, 6)):
        new = world.household(area_code=village, standing=world.standing(members=2))
        numbers.append(register_household(world.session, world.officer, new).household_no)
    return numbers


def _open_prefecture(pref: Prefecture) -> dict[str, int]:
    """Two counties, each with a product and two agreements whose rosters overlap; households by county."""
    pref.here()
    compose()
    expected = {}
    began = period_days(MONTH)[0] - timedelta(days=1)
    with frozen_at(shanghai(began.year, began.month, began.day, 9)), db.transaction() as session:
        hall = Catalogue(session).channel("hall_offline", area_code=PREFECTURES[pref.area][0])
        scope.exclude(
            session, system_actor(), channel=hall.code, from_day=period_days(MONTH)[0], reason="省级专馆"
        )
        pref.elsewhere = hall.id
        for county in PREFECTURES[pref.area]:
            producer, product = make_producer(session, f"{county}演示合作社", product="金柚")
            session.get_one(Producer, producer.id).production_area = county
            session.flush()
            world = World(
                session,
                producer,
                product,
                make_actor(session, "producer", county, producer.organisation_id),
                make_actor(session, "county_officer", county),
            )
            numbers = _people(pref, session, world, county)
            expected[county] = len(numbers)
            for roster in (numbers, numbers[:2]):
                _agree(world, county, roster)
            pref.worlds[county] = world
    return expected


def _agree(world: World, county: str, roster: list[int]) -> None:
    agreement = create_agreement(
        world.session,
        world.clerk,
        producer_id=world.producer.id,
        mode="sales_rebate",
        title="返利协议",
        area_code=county,
    )
    new = NewVersion(
        terms={"rebate_bp": 500},
        from_day=period_days(MONTH)[0],
        products=[Coverage(world.product.id, 1_000, "raw_material", "收购台账")],
        roster=[(number, 1) for number in roster],
        share_unit="户",
    )
    drafted = draft_version(world.session, world.clerk, agreement.number, new)
    submit_version(world.session, world.clerk, agreement.number, drafted.version)
    approve_version(
        world.session,
        world.officer,
        agreement.number,
        drafted.version,
        document_no="演示〔2020〕1号",
        opinion="同意",
    )


@dataclass
class Land:
    """The province with its web processes, the line before it, and its prefectures."""

    province: Site
    web: Web
    line: Line
    prefectures: list[Prefecture]
    homes: dict[str, int]
    dice: random.Random

    def kill_something(self) -> None:
        choice = self.dice.randrange(4)
        if choice == 0:
            self.province.worker.kill()
        elif choice == 1 and len(self.web.workers()) == 2:
            os.kill(self.web.workers()[0], signal.SIGKILL)
        else:
            self.prefectures[choice % 2].worker.kill()

    def until(self, holds: Callable[[], bool], seconds: float, what: Callable[[], str]) -> None:
        """Wait; `what` says how it stands when it has not come true."""
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, f"{what()}; {self.how_it_stands()}"
            time.sleep(0.3)

    def how_it_stands(self) -> str:
        """For whoever reads that it failed: which workers live, how the feeds stand, what travelled."""
        told = [f"{len(self.line.seen)} calls, the last {[one.path for one in self.line.seen[-5:]]}"]
        for site in (self.province, *self.prefectures):
            site.here()
            process = site.worker.process
            with db.transaction() as session:
                feeds = session.execute(
                    select(UpwardFeed.state, UpwardFeed.reason, UpwardFeed.tries, UpwardFeed.last_error)
                ).all()
            told.append(f"{site.name}: worker {process.exitcode if process else 'none'}, feeds {feeds}")
        return "; ".join(told)


@pytest.fixture
def land(server: embedded.EmbeddedServer, tmp_path: Path) -> Iterator[Land]:
    dice = random.Random(SEED)
    database, settings = _instance(server, tmp_path, "province")
    province = Site("province", database, Worker(settings))
    province.here()
    # Whatever a test before left in this process: what is encrypted here is read by the processes of the province.
    privacy.install(privacy.Vault(privacy.keys_from_settings(settings)))
    secrets = {area: upward.registered(area, f"P-{area}", f"{area}演示平台") for area in PREFECTURES}
    environment = {
        "DATABASE_URL": settings.database_url,
        "SANZHUAN_SECRET_KEY": "test",
        "SANZHUAN_ENCRYPTION_KEYS": settings.encryption_keys,
        "SANZHUAN_INDEX_KEY": settings.index_key,
        "SANZHUAN_DATA_DIR": str(settings.data_dir),
        "SANZHUAN_LOG_LEVEL": "ERROR",
    }
    with gunicorn("wsgi:create_app()", environment, ready="/readyz") as web:
        line = Line(web.port, dice)
        prefectures, homes = [], {}
        for area in PREFECTURES:
            more = {
                "upward_url": line.url,
                "upward_source": area,
                "upward_channel": f"P-{area}",
                "upward_secret": secrets[area],
                "upward_every_seconds": 1,
                "upward_timeout_ms": 1_000,
            }
            database, settings = _instance(server, tmp_path, f"pref_{area}", **more)
            pref = Prefecture(area, database, Worker(settings), area, random.Random(SEED + int(area)))
            homes |= _open_prefecture(pref)
            prefectures.append(pref)
        workers = [province.worker, *(one.worker for one in prefectures)]
        for one in workers:
            one.start()
        yield Land(province, web, line, prefectures, homes, dice)
        for one in workers:
            one.stop()
        line.close()
        link._installed[:] = [None]
    for site in (province, *prefectures):
        site.database.dispose()
        server.drop_database(site.database.url.rsplit("/", 1)[1].partition("?")[0])


def _held(land: Land) -> dict[str, int]:
    land.province.here()
    with db.transaction() as session:
        rows = session.execute(select(UpwardSource.source, UpwardSource.position))
        return {source: position for source, position in rows}  # noqa: C416 - rows are no pairs to a type checker


def _sealed(land: Land) -> bool:
    land.province.here()
    with db.transaction() as session:
        sources = session.scalars(select(UpwardSource)).all()
        return all(held_of(session, one, MONTH).state == "sealed" for one in sources)


def _truth_held(land: Land, area: str) -> dict[tuple[str, str | None, str, str, str], int]:
    land.province.here()
    keys = [
        UpwardEntry.period,
        UpwardEntry.adjusts_period,
        UpwardEntry.origin_area,
        UpwardEntry.goods_class,
        UpwardEntry.channel_kind,
    ]
    with db.transaction() as session:
        rows = session.execute(
            select(*keys, func.sum(UpwardEntry.sale_fen))
            .join(UpwardSource, UpwardSource.id == UpwardEntry.source_id)
            .where(UpwardSource.source == area, UpwardEntry.withheld.is_(None))
            .group_by(*keys)
        )
        return {tuple(key): int(fen) for *key, fen in rows if fen}  # type: ignore[misc]


def _own_sales(land: Land) -> int:
    """The province has a hall of its own in 梅州: what it sold is in its own ledger, and withheld by the prefecture."""
    land.province.here()
    compose()
    with frozen_at(_moment(MONTH)), db.transaction() as session:
        _, product = make_producer(session, "省级专馆演示合作社", product="绿茶")
        clerk = make_actor(session, "producer", PROVINCE)
        world = World(session, session.get_one(Producer, product.producer_id), product, clerk, clerk)
        books = Books(session, world)
        for fen in (1_001, 2_002, 3_003):
            books.sell(
                books.line(
                    fen,
                    origin_area="441403",
                    channel_area="441403",
                    channel_kind="hall_offline",
                    sold_at=_moment(MONTH),
                    counted_at=_moment(MONTH),
                )
            )
    with frozen_at(_closing(MONTH)), db.transaction() as session:
        close_period(session, None, MONTH)
    return 6_006


def _token(land: Land) -> str:
    land.province.here()
    with db.transaction() as session:
        system = system_actor()
        person = people.add_person(session, system, "省级统计员")
        account = people.open_account(
            session, system, person.id, "province-reader", organisation_id=None, opened_by_unit=False
        ).account
        grants.grant(session, system, account.id, "statistician", PROVINCE, None)
        actor: Actor | None = identity.actor_of_account(session, account.login)
        assert actor is not None
        return access_keys.make(session, actor, "test").secret


def _ask(land: Land, path: str, token: str) -> dict[str, object]:
    connection = http.client.HTTPConnection("127.0.0.1", land.web.port, timeout=30)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == 200, body
    found: dict[str, object] = json.loads(body)
    return found


def test_three_instances_agree_to_the_fen_after_everything_that_can_go_wrong(land: Land) -> None:
    own = _own_sales(land)
    for turn in range(8):
        for pref in land.prefectures:
            pref.sell(6, MONTH)
        time.sleep(0.8)
        if turn % 2:
            land.kill_something()
    for pref in land.prefectures:
        pref.seal(MONTH)
    for turn in range(6):
        for pref in land.prefectures:
            pref.sell(4, THIS)
            pref.sell(3, MONTH, late=True)
        time.sleep(0.8)
        if turn % 2:
            land.kill_something()
    _feed_until_every_fault_was_met(land)
    land.line.is_spoiling = False
    wanted = {pref.area: pref.position() for pref in land.prefectures}

    def arrived() -> bool:
        for pref in land.prefectures:
            pref.hurry()
        return _held(land) == wanted

    land.until(arrived, 240, lambda: f"{_held(land)} of {wanted}")
    land.until(lambda: _sealed(land), 30, lambda: "months are sealed and equal")

    assert min(land.line.faults[name] for name in FAULTS) >= 1
    assert sum(worker.kills for worker in (land.province.worker, *(p.worker for p in land.prefectures))) >= 3
    for pref in land.prefectures:
        assert _truth_held(land, pref.area) == {key: fen for key, fen in pref.truth.items() if fen}
    _both_sides_list_nothing(land)
    _the_report_adds_once(land, own)
    _nothing_personal_travelled(land)
    _replays_and_forgeries_change_nothing(land)


def _feed_until_every_fault_was_met(land: Land) -> None:
    """How many messages the sales above make is the machine's: sell on until each kind of fault has met one."""

    def met() -> bool:
        for pref in land.prefectures:
            pref.sell(1, THIS)
            pref.hurry()
        posts = sum(one.method == "POST" for one in land.line.seen)
        return posts > 10 and min(land.line.faults[name] for name in FAULTS) >= 1

    land.until(met, 240, lambda: f"{land.line.faults}")


def _both_sides_list_nothing(land: Land) -> None:
    for pref in land.prefectures:
        pref.here()
        for month in (MONTH, THIS):
            with db.transaction() as session:
                views.want_view(session, pref.area, month)

        def told(area: str = pref.area) -> bool:
            with db.transaction() as session:
                rows = session.scalars(select(UpwardView).where(UpwardView.source == area)).all()
                return all(one.wanted_at is None for one in rows)

        land.until(told, 30, lambda: "the province told what it holds")
        link._installed[:] = [link.Upper(pref.worker.settings)]
        with db.transaction() as session:
            clerk = make_actor(session, "city_officer", pref.area)
            sealed = views.reconciliation(session, clerk, MONTH)
            open_month = views.reconciliation(session, clerk, THIS)
        assert (sealed.state, sealed.differences, sealed.found_there) == ("sealed", [], [])
        assert open_month.differences == []
        assert [one["what"] for one in open_month.found_there] == ["unsealed"]


def _the_report_adds_once(land: Land, own: int) -> None:
    token = _token(land)
    told = _ask(land, f"/api/v1/statistics/upward?period={MONTH}&by=source,origin", token)
    fed = sum(fen for pref in land.prefectures for key, fen in pref.truth.items() if key[0] == MONTH)
    whole = told["whole"]
    assert isinstance(whole, dict)
    assert (whole["own"]["sale_fen"], whole["fed"]["sale_fen"]) == (own, fed)
    assert whole["total"]["sale_fen"] == own + fed
    assert told["label"] == "已封存"
    homes = told["households"]
    assert isinstance(homes, dict)
    assert {row["area"]: row["households_covered"] for row in homes["rows"]} == land.homes
    assert (homes["bound"], homes["missing"]) == ("", [])
    assert homes["total"]["households_covered"] == sum(land.homes.values())


def _nothing_personal_travelled(land: Land) -> None:
    travelled = land.line.travelled()
    assert b'"origin_area":"441403"' in travelled
    for area in PREFECTURES:
        for one in people_of(area):
            for secret in (one.name, one.name[:2], one.name[2:], one.resident_id, one.telephone):
                assert secret.encode() not in travelled, secret


def _replays_and_forgeries_change_nothing(land: Land) -> None:
    def state() -> tuple[object, ...]:
        land.province.here()
        with db.transaction() as session:
            return (
                session.scalar(select(func.count()).select_from(UpwardEntry)),
                session.scalar(select(func.sum(UpwardEntry.sale_fen))),
                session.scalar(select(func.count()).select_from(Batch)),
                _held_hashes(session),
            )

    before = state()
    posts = [one for one in land.line.seen if one.method == "POST"]
    assert len(posts) > 10
    answers = Counter(land.line.forward(one)[0] for one in posts)
    assert set(answers) <= {202, 409}
    assert answers[202] > 0
    for one in posts[:5]:
        forged = type(one)(one.method, one.path, one.headers, one.body[:-1] + bytes([one.body[-1] ^ 1]))
        assert land.line.forward(forged)[0] == 401
    time.sleep(2)
    assert state() == before


def _held_hashes(session: object) -> str:
    rows = session.execute(  # type: ignore[attr-defined]
        select(UpwardSource.source, UpwardSource.position, UpwardSource.hash).order_by(UpwardSource.source)
    ).all()
    return hashlib.sha256(repr(rows).encode()).hexdigest()
