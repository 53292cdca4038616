"""县市→省→国: a province passes on what its prefecture fed, row by row and seal by seal, beside its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.core import db, embedded, jobs
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.migrate import APP_ROLE
from marketplace.intake.models import UpwardEntry, UpwardSource
from marketplace.intake.service.upward_standing import held_of
from marketplace.statistics.upward import link, sending
from tests.support import upward
from tests.support.upward import SEPTEMBER, SOURCE, Above, Feeding

PROVINCE, CHANNEL = "440000", "GD-2020"


@dataclass
class Levels:
    """梅州 feeds 广东, which feeds the nation; three databases, one process that is each of them in turn."""

    prefecture: Feeding
    databases: dict[str, db.Database]
    upwards: dict[str, Above]

    def work(self, rounds: int = 8) -> None:
        for _ in range(rounds):
            for name in ("prefecture", "province", "nation"):
                db.connect(self.databases[name])
                link._installed[:] = [self.upwards.get(name)]
                with self.prefecture.time():
                    sending.keep_up()
                    jobs.run_ready()
            self.prefecture.now = self.prefecture.now.replace(microsecond=0) + timedelta(seconds=2)
        self.at("prefecture")

    def at(self, name: str) -> None:
        db.connect(self.databases[name])
        link._installed[:] = [self.upwards.get(name)]

    def held(self, name: str) -> dict[str, tuple[int, str, int]]:
        """Source → position, hash, fen."""
        db.connect(self.databases[name])
        with db.transaction() as session:
            fen = func.coalesce(func.sum(UpwardEntry.sale_fen), 0)
            rows = session.execute(
                select(UpwardSource.source, UpwardSource.position, UpwardSource.hash, fen)
                .outerjoin(UpwardEntry, UpwardEntry.source_id == UpwardSource.id)
                .group_by(UpwardSource.id)
                .order_by(UpwardSource.source)
            )
            return {source: (position, held.hex(), int(sum_fen)) for source, position, held, sum_fen in rows}


@pytest.fixture
def levels(app: Flask, server: embedded.EmbeddedServer) -> Iterator[Levels]:
    client = app.test_client()
    databases = {}
    for name in ("prefecture", "province", "nation"):
        server.create_database(f"sanzhuan_level_{name}", template="sanzhuan_template")
        databases[name] = db.Database(server.url(APP_ROLE, f"sanzhuan_level_{name}"), pool_size=3)
    db.connect(databases["nation"])
    secret = upward.registered(PROVINCE, CHANNEL, "广东省平台(演示)")
    upward.registered(SOURCE, CHANNEL, "广东省平台(演示)")
    above_province = Above(
        upward.settings_of(secret, upward_source=PROVINCE, upward_channel=CHANNEL, upward_relay=True), client
    )
    above_province.there = databases["nation"]
    db.connect(databases["province"])
    secret = upward.registered()
    db.connect(databases["prefecture"])
    above_prefecture = Above(upward.settings_of(secret), client)
    above_prefecture.there = databases["province"]
    with db.transaction() as session:
        people = {
            "clerk": upward.make_actor(session, "city_officer", SOURCE),
            "issuer": upward.make_actor(session, "issuer", SOURCE),
        }
        feeding = Feeding(above_prefecture, upward.make_world(session), people)
    yield Levels(feeding, databases, {"prefecture": above_prefecture, "province": above_province})
    link._installed[:] = [None]
    for name, database in databases.items():
        database.dispose()
        server.drop_database(f"sanzhuan_level_{name}")


def test_the_nation_holds_the_prefecture_s_own_chain_and_seal(levels: Levels) -> None:
    levels.at("prefecture")
    prefecture = levels.prefecture
    prefecture.sell(9_800)
    prefecture.sell(5_000, channel_area="440100")  # not of 梅州: it keeps its place, without figures
    prefecture.close(SEPTEMBER, shanghai(2020, 10, 6, 9))
    levels.at("prefecture")
    prefecture.sealed()
    levels.work()
    province, nation = levels.held("province"), levels.held("nation")
    assert province[SOURCE][0] == 2
    assert province[SOURCE][2] == 9_800
    assert nation == {PROVINCE: (0, nation[PROVINCE][1], 0), SOURCE: province[SOURCE]}
    for name in ("province", "nation"):
        levels.at(name)
        with frozen_at(prefecture.now), db.transaction() as session:
            source = session.scalars(select(UpwardSource).where(UpwardSource.source == SOURCE)).one()
            assert held_of(session, source, SEPTEMBER).state == "sealed"
    levels.at("prefecture")
