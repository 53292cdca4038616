"""Listings are judged anew on the day on which a certificate of theirs begins or has ended, once, and only they."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.app import compose
from marketplace.catalogue.facts import ListingsChanged
from marketplace.catalogue.models import Listing
from marketplace.catalogue.service import listings, turning
from marketplace.catalogue.service.turning import judge_turned
from marketplace.certification.models import Certificate
from marketplace.certification.rules.standing import SUSPENSION_CAUSES
from marketplace.certification.service.standing import suspend_certificate
from marketplace.core.actor import system_actor
from marketplace.core.clock import day_start, frozen_at, shanghai
from marketplace.core.db import Database, transaction
from marketplace.producers.models import Product
from marketplace.wiring import PERIODIC
from tests.catalogue_world import NOON, World
from tests.support.ear import listening_to, taken
from tests.support.threads import in_threads

SYSTEM = system_actor()
IN_TEN_DAYS = date(2020, 10, 11)


@pytest.fixture
def heard() -> Iterator[list[Any]]:
    with listening_to(ListingsChanged) as facts_heard:
        yield facts_heard


def row(session: Session, listing: Listing) -> tuple[Any, ...]:
    """Class, reason, certificate and its last day, version."""
    session.expire_all()
    return (
        listing.goods_class,
        listing.goods_class_reason,
        listing.certificate_id,
        listing.aid_until,
        listing.row_version,
    )


def test_a_listing_becomes_aid_on_the_first_day_of_its_certificate_and_only_once(
    world: World, heard: list[Any]
) -> None:
    product = world.product()
    certificate = world.certificate(product, valid_from=IN_TEN_DAYS)
    listing = world.listing(offer=world.offer(product))
    before = ("area_produce", "certificate_not_yet_valid", None, None, 1)
    taken(heard)
    with frozen_at(shanghai(2020, 10, 10, 23, 59, 59)):
        assert judge_turned() == 0
        assert row(world.session, listing) == before
    assert heard == []
    after = ("certified_aid", None, certificate.id, date(2022, 9, 11), 2)
    with frozen_at(day_start(IN_TEN_DAYS)):
        assert judge_turned() == 1
        assert row(world.session, listing) == after
        assert taken(heard) == [ListingsChanged((product.id,))]
        assert judge_turned() == 0
    with frozen_at(shanghai(2022, 9, 11, 23)):
        assert judge_turned() == 0
    assert row(world.session, listing) == after
    assert heard == []


def test_a_listing_is_no_aid_from_the_day_after_its_certificate_ended(world: World, heard: list[Any]) -> None:
    ended = world.listing()
    lasting = world.product()
    world.certificate(lasting, valid_to=date(2023, 9, 11))
    world.listing(offer=world.offer(lasting))
    world.listing(offer=world.offer(world.product()))
    taken(heard)
    with frozen_at(shanghai(2022, 12, 1)):  # the worker was away for weeks
        assert judge_turned() == 1
        assert judge_turned() == 0
    assert row(world.session, ended) == ("area_produce", "certificate_expired", None, None, 2)
    assert heard == [ListingsChanged((ended.product_id,))]


def test_a_successor_takes_over_on_its_first_day_and_what_is_sold_stays_aid(
    world: World, heard: list[Any]
) -> None:
    product = world.product()
    amended = world.certificate(product, void_from=day_start(IN_TEN_DAYS))
    successor = world.certificate(product, valid_from=IN_TEN_DAYS)
    listing = world.listing(offer=world.offer(product))
    assert row(world.session, listing)[:4] == ("certified_aid", None, amended.id, date(2022, 9, 11))
    with frozen_at(day_start(IN_TEN_DAYS)):
        assert judge_turned() == 1
    assert row(world.session, listing) == ("certified_aid", None, successor.id, date(2022, 9, 11), 2)
    assert listing.state == "listed"


def test_what_is_paused_is_judged_and_stays_paused_and_what_is_delisted_is_history(
    world: World, heard: list[Any]
) -> None:
    paused, delisted = world.listing(), world.listing()
    for listing, state in ((paused, "paused"), (delisted, "delisted")):
        listings.change_state(world.session, SYSTEM, listing, state, "换季")
    taken(heard)
    with frozen_at(shanghai(2022, 9, 12)):
        assert judge_turned() == 1
    assert row(world.session, paused)[:2] == ("area_produce", "certificate_expired")
    assert (paused.state, paused.state_reason) == ("paused", "换季")
    assert row(world.session, delisted)[:2] == ("certified_aid", None)
    assert heard == [ListingsChanged((paused.product_id,))]


def test_more_products_than_fit_into_one_batch_are_all_judged(
    world: World, heard: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turning, "BATCH", 2)
    made = [world.listing() for _ in range(5)]
    twice = world.listing(offer=world.offer(world.session.get_one(Product, made[0].product_id)))
    taken(heard)
    with frozen_at(shanghai(2022, 9, 12)):
        assert judge_turned() == 6
    assert {row(world.session, one)[0] for one in (*made, twice)} == {"area_produce"}
    told = [product_id for fact in heard for product_id in fact.product_ids]
    assert (len(heard), told) == (3, sorted(one.product_id for one in made))


def test_the_worker_does_it() -> None:
    assert judge_turned in [one.run for one in PERIODIC]


def waits_for_a_lock(session: Session) -> bool:
    """Whether some connection to this database waits for another."""
    session.execute(sql("SELECT pg_stat_clear_snapshot()"))
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return bool(session.scalar(sql(waiting)))


def listed_before_its_certificate_begins() -> uuid.UUID:
    """The certificate of a product that is listed at once, committed."""
    compose()
    with frozen_at(NOON), transaction() as session:
        world = World(session)
        product = world.product()
        certificate = world.certificate(product, valid_from=IN_TEN_DAYS)
        world.listing(offer=world.offer(product))
        return certificate.id


def test_a_judgement_that_waited_for_a_decision_sees_what_was_decided(own_database: Database) -> None:
    certificate = listed_before_its_certificate_begins()

    def judge() -> None:
        with frozen_at(shanghai(2020, 10, 11, 8)):
            judge_turned()

    thread = threading.Thread(target=judge)
    with frozen_at(shanghai(2020, 10, 11, 8)), transaction() as session:
        suspend_certificate(session, SYSTEM, certificate, cause=next(iter(SUSPENSION_CAUSES)))
        thread.start()
        while not waits_for_a_lock(session):
            assert thread.is_alive()
            time.sleep(0.01)
    thread.join()
    with transaction() as session:
        [listing] = session.scalars(select(Listing)).all()
        assert (listing.goods_class, listing.goods_class_reason) == ("area_produce", "certificate_suspended")


@pytest.mark.parametrize("turn", range(5))
def test_two_workers_and_a_suspension_at_the_same_moment_leave_the_listing_hidden(
    own_database: Database, turn: int
) -> None:
    certificate = listed_before_its_certificate_begins()
    barrier = threading.Barrier(3)

    def judge() -> None:
        with frozen_at(shanghai(2020, 10, 11, 8)):
            barrier.wait()
            judge_turned()

    def suspend() -> None:
        with frozen_at(shanghai(2020, 10, 11, 8)), transaction() as session:
            barrier.wait()
            suspend_certificate(session, SYSTEM, certificate, cause=next(iter(SUSPENSION_CAUSES)))

    in_threads(judge, suspend, judge)
    with transaction() as session:
        [listing] = session.scalars(select(Listing)).all()
        assert len(session.scalars(select(Certificate)).all()) == 1
    # The listing is hidden if it had become aid before; otherwise it never was, and stays on sale without the name.
    assert (listing.goods_class, listing.goods_class_reason) == ("area_produce", "certificate_suspended")
    assert (listing.state, listing.state_reason) in (
        ("paused", "certificate_suspended"),
        ("listed", None),
    )
