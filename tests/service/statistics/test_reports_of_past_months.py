"""A report of a past month says the same for ever, whatever is revoked, closed, renamed or replaced later."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Final

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.attribution.service.close import close_period
from marketplace.catalogue.models import Channel, ChannelPast
from marketplace.catalogue.service.channels import NewChannel, amend_channel, close_channel, open_channel
from marketplace.certification.models import Application, Certificate
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.producers.models import Producer, ProducerPast
from marketplace.producers.service import producers
from marketplace.statistics.bulletins.building import Subject
from marketplace.statistics.bulletins.service import NewBulletin, draft_bulletin, verify_bulletin
from marketplace.statistics.reports import ReportRequest, report
from marketplace.statistics.reports.protocol import Value
from tests.catalogue_world import World as Shop
from tests.support.books import Books
from tests.support.county import COUNTY, World, make_actor, make_producer

SEPTEMBER = ReportRequest("2020-09", "440000", ("440000",))
OCTOBER = replace(SEPTEMBER, period="2020-10")
SYSTEM = system_actor()
LATER = shanghai(2020, 10, 20, 10)
CODES = ("R1", "R2", "R3", "R6", "R8", "COVERAGE")
_numbers = itertools.count(1)


def said(session: Session, request: ReportRequest = SEPTEMBER) -> dict[str, tuple[object, ...]]:
    """Everything the reports print."""
    session.expire_all()
    tables = {code: report(code).build(session, request) for code in CODES}
    return {code: (one.rows, one.total, one.more_totals) for code, one in tables.items()}


def column(session: Session, code: str, name: str, request: ReportRequest) -> list[Value]:
    table = report(code).build(session, request)
    place = [one.code for one in table.columns].index(name)
    return [row[place] for row in table.rows]


def certify(session: Session, world: World, **changes: object) -> Certificate:
    values = {
        "catalogue_no": f"{COUNTY}-2020-01-{next(_numbers):06d}",
        "scheme": "city_local",
        "batch": "01",
        "product_id": world.product.id,
        "producer_id": world.producer.id,
        "area_code": COUNTY,
        "product_name": world.product.name,
        "spec": world.product.spec,
        "category_code": world.product.category_code,
        "valid_from": date(2020, 9, 1),
        "valid_to": date(2022, 8, 31),
        "commodity_value_fen": 500_000,
        "issued_at": shanghai(2020, 9, 1),
    }
    row = Certificate(**(values | changes))
    session.add(row)
    session.flush()
    return row


def revoke(session: Session, row: Certificate, at: datetime, since: datetime) -> None:
    row.revoked_at, row.void_from, row.revocation_cause = at, since, "origin_fraud"
    session.flush()


@pytest.fixture
def point(session: Session, world: World) -> Channel:
    """A counter in an innovation base with a certified product on its shelf."""
    certify(session, world)
    shop = Shop(session)
    opened = shop.channel("counter", area_code="440103", site_kind="innovation_base", name="一号专柜")
    shop.listing(opened, shop.offer(world.product))
    return opened


def sell(world: World, books: Books, other: Producer) -> None:
    books.sell(books.line(9_800, 2, buyer_id=other.organisation_id, buyer_kind="enterprise"))
    line = books.line(2_000, 1)
    books.sell(line)
    books.take_back(line, 2_000, 1, shanghai(2020, 9, 20))


def organisation_of(session: Session, producer: Producer) -> Organisation:
    return session.get_one(Organisation, producer.organisation_id)


def rename(session: Session, world: World) -> None:
    organisation_of(session, world.producer).name = "改名后的合作社"
    session.flush()
    producers.amend(session, SYSTEM, world.producer.id, {}, world.producer.row_version)


def replace_agent(session: Session, world: World) -> None:
    agent = session.scalars(sa.select(Producer).where(Producer.agent_of_id == world.producer.id)).one()
    producers.amend(session, SYSTEM, agent.id, {"agent_of_id": None}, agent.row_version)


def move(session: Session, world: World) -> None:
    changes = {"production_area": "440103"}
    producers.amend(session, SYSTEM, world.producer.id, changes, world.producer.row_version)


def revoke_all(session: Session, world: World) -> None:
    for row in session.scalars(sa.select(Certificate)).all():
        revoke(session, row, LATER, shanghai(2020, 9, 3))


def close_the_point(session: Session, world: World) -> None:
    close_channel(session, SYSTEM, session.scalars(sa.select(Channel)).one(), date(2020, 10, 20))


def rename_the_point(session: Session, world: World) -> None:
    changes = {"name": "二号专柜", "site_kind": "hospital"}
    amend_channel(session, SYSTEM, session.scalars(sa.select(Channel)).one(), changes)


def open_one_that_was_there_before(session: Session, world: World) -> None:
    new = NewChannel(
        code="LATE-1", kind="counter", name="补录", area_code="440300", opened_on=date(2020, 8, 1)
    )
    open_channel(session, SYSTEM, new)


def enter_a_certificate_of_before(session: Session, world: World) -> None:
    certify(session, world, scheme="provincial", issued_at=LATER)


EVENTS: Final = (
    rename,
    replace_agent,
    move,
    revoke_all,
    close_the_point,
    rename_the_point,
    open_one_that_was_there_before,
    enter_a_certificate_of_before,
)


@pytest.mark.parametrize("event", EVENTS)
def test_nothing_that_happens_after_a_month_changes_its_reports(
    session: Session, world: World, books: Books, point: Channel, event: Callable[[Session, World], None]
) -> None:
    related, _ = make_producer(session, "代理公司", product="绿茶")
    other = session.get_one(Producer, related.id)
    other.entity_kind, other.agent_of_id = "trading_agent", world.producer.id
    session.flush()
    sell(world, books, other)
    before = said(session)
    assert [row[0] for row in report("R8").build(session, SEPTEMBER).rows] == ["自买自卖", "退货率超限"]
    assert column(session, "R2", "supplier", SEPTEMBER) == ["梅县金柚合作社(演示)"]
    with frozen_at(shanghai(2020, 10, 6, 10)):
        close_period(session, None, "2020-09")
    with frozen_at(LATER):
        event(session, world)
        assert said(session) == before


def test_the_month_of_the_event_itself_shows_it(
    session: Session, world: World, books: Books, point: Channel
) -> None:
    books.sell(books.line())
    with frozen_at(LATER):
        rename(session, world)
        revoke_all(session, world)
        rename_the_point(session, world)
        close_the_point(session, world)
    assert column(session, "R2", "supplier", OCTOBER) == []
    rows = {row[0]: row for row in report("R3").build(session, OCTOBER).rows}
    assert rows["广州市"][-6:-4] == [0, 0]
    coverage = report("COVERAGE").build(session, OCTOBER)
    assert coverage.total == ["合计", 0, 0, 0, 0, 0, ""]
    with frozen_at(shanghai(2020, 10, 6, 10)):
        close_period(session, None, "2020-09")
    assert column(session, "R6", "producer", SEPTEMBER) == []  # no agreement, so no row
    assert column(session, "R2", "supplier", SEPTEMBER) == ["梅县金柚合作社(演示)"]


def test_a_revocation_within_the_month_takes_the_certificate_off_its_list(
    session: Session, world: World
) -> None:
    kept, gone = certify(session, world), certify(session, world, scheme="provincial")
    revoke(session, gone, shanghai(2020, 9, 20), shanghai(2020, 9, 3))
    assert column(session, "R2", "catalogue_no", SEPTEMBER) == [kept.catalogue_no]


def test_what_an_amended_certificate_replaced_does_not_come_back_by_its_late_revocation(
    session: Session, world: World
) -> None:
    old = certify(session, world)
    application = Application(
        number="S-1", scheme="city_local", kind="amendment", product_id=world.product.id,
        producer_id=world.producer.id, applicant_organisation_id=world.producer.organisation_id,
        area_code=COUNTY, facts={}, state="published", renews_certificate_id=old.id,
        created_at=shanghai(2020, 9, 10),
    )  # fmt: skip
    session.add(application)
    session.flush()
    new = certify(session, world, application_id=application.id, valid_from=date(2020, 9, 20))
    old.void_from = shanghai(2020, 9, 20)
    session.flush()
    assert column(session, "R2", "catalogue_no", SEPTEMBER) == [new.catalogue_no]
    revoke(session, old, LATER, shanghai(2020, 9, 3))
    assert column(session, "R2", "catalogue_no", SEPTEMBER) == [new.catalogue_no]


def test_an_agent_replaced_within_the_month_was_one_when_it_bought(
    session: Session, world: World, books: Books
) -> None:
    related, _ = make_producer(session, "代理公司", product="绿茶")
    other = session.get_one(Producer, related.id)
    other.entity_kind, other.agent_of_id = "trading_agent", world.producer.id
    session.flush()
    with frozen_at(shanghai(2020, 9, 20)):
        replace_agent(session, world)
    for day in (12, 25):
        at = shanghai(2020, 9, day)
        line = books.line(day, 1, buyer_id=other.organisation_id, sold_at=at, counted_at=at)
        books.sell(line)
    assert column(session, "R8", "sales", SEPTEMBER) == [12]


def test_only_what_reports_print_is_kept_and_what_is_kept_is_not_edited(
    session: Session, world: World, point: Channel
) -> None:
    producers.amend(session, SYSTEM, world.producer.id, {"is_832_supplier": True}, 1)
    amend_channel(session, SYSTEM, point, {"address": "环市路1号", "name": "一号专柜"})
    session.flush()
    assert session.scalars(sa.select(ProducerPast)).all() == []
    assert session.scalars(sa.select(ChannelPast)).all() == []
    rename(session, world)
    rename_the_point(session, world)
    session.flush()
    (was,), (place,) = (
        session.scalars(sa.select(ProducerPast)).all(),
        session.scalars(sa.select(ChannelPast)).all(),
    )
    assert (was.name, was.production_area, was.agent_of_id) == ("梅县金柚合作社(演示)", COUNTY, None)
    assert (place.name, place.site_kind) == ("一号专柜", "innovation_base")
    for table in ("producers.producer_past", "catalogue.channel_past"):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(sa.text(f"UPDATE {table} SET name = 'x'"))


@pytest.mark.parametrize("code", ["R1", "R2", "R3", "R6"])
def test_a_bulletin_holds_whatever_is_revoked_renamed_closed_or_entered_afterwards(
    session: Session, world: World, books: Books, point: Channel, code: str
) -> None:
    agent, _ = make_producer(session, "代理公司", product="绿茶")
    agent.entity_kind, agent.agent_of_id = "trading_agent", world.producer.id
    session.flush()
    sell(world, books, agent)
    clerk = make_actor(session, "statistician", "440000")
    with frozen_at(shanghai(2020, 10, 6, 10)):
        close_period(session, None, "2020-09")
        new = NewBulletin(Subject(code, "2020-09", "440000"), "动态", "统计处", "on_request", ("各市",), ())
        bulletin = draft_bulletin(session, clerk, new)
    with frozen_at(LATER):
        for event in EVENTS:
            event(session, world)
        assert verify_bulletin(session, bulletin).holds
