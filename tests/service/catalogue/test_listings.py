"""Listing an offer: the goods class it gets, what is refused, and what happens when certificates change."""

from __future__ import annotations

import threading
import uuid
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.dialects.postgresql.ranges import MultiRange

from marketplace.app import compose
from marketplace.catalogue.models import Channel, Listing
from marketplace.catalogue.service import judging, listings, offers
from marketplace.catalogue.service.channels import amend_channel, close_channel
from marketplace.certification.rules.standing import REVOCATION_CAUSES, SUSPENSION_CAUSES
from marketplace.certification.service.standing import (
    reinstate_certificate,
    suspend_certificate,
)
from marketplace.core.actor import Actor, Held, system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import Database, transaction
from marketplace.core.errors import AlreadyExists, Conflict, Forbidden, IllegalTransition, Invalid
from marketplace.core.models import AuditRecord
from tests.catalogue_world import NOON, World
from tests.support.certification import revoke
from tests.support.threads import in_threads

SYSTEM = system_actor()
SUSPENSION_CAUSE, REVOCATION_CAUSE = next(iter(SUSPENSION_CAUSES)), next(iter(REVOCATION_CAUSES))


def classed(listing: Listing) -> tuple[str, str | None]:
    return listing.goods_class, listing.goods_class_reason


def test_a_certified_offer_is_listed_as_aid_with_its_certificate_and_last_day(world: World) -> None:
    product = world.product()
    certificate = world.certificate(product)
    listing = world.listing(offer=world.offer(product))
    assert classed(listing) == ("certified_aid", None)
    assert (listing.certificate_id, listing.aid_until) == (certificate.id, date(2022, 9, 11))
    assert (listing.price_fen, listing.price_per_500g_fen) == (4_900, 980)
    assert listing.state == "listed"


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        ({"valid_to": date(2020, 9, 30)}, "certificate_expired"),
        ({"valid_from": date(2020, 10, 2)}, "certificate_not_yet_valid"),
        ({"void_from": shanghai(2020, 9, 20)}, "certificate_revoked"),
        ({"suspensions": MultiRange([Range(shanghai(2020, 9, 20), None)])}, "certificate_suspended"),
        ({"spec": "10斤/箱"}, "spec_mismatch"),
        ({"scheme": "zhenpin"}, "no_certificate"),
    ],
)
def test_what_does_not_qualify_is_listed_without_the_name_and_with_the_reason(
    world: World, certificate: dict[str, object], reason: str
) -> None:
    product = world.product()
    world.certificate(product, **certificate)
    listing = world.listing(offer=world.offer(product))
    assert classed(listing) == ("area_produce", reason)
    assert (listing.certificate_id, listing.aid_until) == (None, None)


def test_an_ended_suspension_does_not_matter(world: World) -> None:
    product = world.product()
    ended = MultiRange([Range(shanghai(2020, 9, 20), shanghai(2020, 9, 25))])
    world.certificate(product, suspensions=ended)
    assert classed(world.listing(offer=world.offer(product))) == ("certified_aid", None)


def test_a_registered_agent_sells_certified_aid_and_a_stranger_may_not_even_offer(world: World) -> None:
    product = world.certified_product()
    agent = world.producer(agent_of_id=product.producer_id, entity_kind="trading_agent")
    assert classed(world.listing(offer=world.offer(product, seller_id=agent.id))) == ("certified_aid", None)
    with pytest.raises(Conflict) as refused:
        world.offer(product, seller_id=world.producer().id)
    assert refused.value.code == "seller_not_agent"


def test_goods_of_guangzhou_without_certificate_are_ordinary(world: World) -> None:
    listing = world.listing(offer=world.offer(world.product(origin_area="440106")))
    assert classed(listing) == ("ordinary", "no_certificate")


def test_the_832_platform_lists_only_admitted_suppliers(world: World) -> None:
    platform = world.channel("platform_832")
    offer = world.offer()
    with pytest.raises(Conflict) as refused:
        world.listing(platform, offer)
    assert refused.value.code == "not_admitted_832"
    assert world.session.scalar(select(func.count()).select_from(Listing)) == 0
    admitted = world.product()
    world.certificate(admitted, scheme="platform_832")
    assert classed(world.listing(platform, world.offer(admitted))) == ("area_produce", "no_certificate")


def test_nothing_is_listed_where_nobody_sells(world: World) -> None:
    future = world.channel(opened_on=date(2020, 10, 2))
    with pytest.raises(Conflict) as refused:
        world.listing(future)
    assert refused.value.code == "channel_closed"


def test_a_withdrawn_offer_or_an_inactive_product_is_not_listed(world: World) -> None:
    withdrawn = offers.withdraw_offer(world.session, SYSTEM, world.offer())
    with pytest.raises(Conflict) as refused:
        world.listing(offer=withdrawn)
    assert refused.value.code == "offer_withdrawn"
    offer = world.offer(product := world.product())
    product.status = "inactive"
    world.session.flush()
    with pytest.raises(Conflict) as refused:
        world.listing(offer=offer)
    assert refused.value.code == "product_inactive"


def test_an_offer_is_listed_once_in_a_channel_until_it_is_delisted(world: World) -> None:
    channel, offer = world.channel(), world.offer()
    first = world.listing(channel, offer)
    listings.change_state(world.session, SYSTEM, first, "delisted", "换季")
    second = world.listing(channel, offer)
    assert second.id != first.id
    assert second.stock_item_id == first.stock_item_id
    with pytest.raises(AlreadyExists) as refused:
        world.listing(channel, offer)
    assert refused.value.code == "already_listed"
    world.session.rollback()


def test_a_counter_has_its_own_stock_and_net_shops_share_the_producers_store(world: World) -> None:
    offer = world.offer()
    first, second = (world.listing(world.channel("hall_online"), offer) for _ in range(2))
    counter, other = (world.listing(world.channel("counter"), offer) for _ in range(2))
    assert first.stock_item_id == second.stock_item_id
    assert len({first.stock_item_id, counter.stock_item_id, other.stock_item_id}) == 3


def test_steps_that_do_not_exist_are_refused(world: World) -> None:
    listing = world.listing()
    listings.change_state(world.session, SYSTEM, listing, "paused", "缺货")
    listings.change_state(world.session, SYSTEM, listing, "delisted", None)
    for state in ("listed", "paused"):
        with pytest.raises(IllegalTransition):
            listings.change_state(world.session, SYSTEM, listing, state, None)
    assert listing.state == "delisted"


def judged(world: World, listing: Listing) -> tuple[str, str, str | None]:
    judging.judge_again(world.session, [listing.product_id])
    world.session.refresh(listing)
    return listing.state, listing.goods_class, listing.state_reason


def test_a_suspension_hides_a_listing_until_it_ends(world: World) -> None:
    product = world.product()
    certificate = world.certificate(product)
    listing = world.listing(offer=world.offer(product))
    certificate.suspensions = MultiRange([Range(shanghai(2020, 10, 1), None)])
    world.session.flush()
    assert judged(world, listing) == ("paused", "area_produce", "certificate_suspended")
    assert judging.judge_again(world.session, [product.id]) == 0
    certificate.suspensions = MultiRange([Range(shanghai(2020, 10, 1), shanghai(2020, 10, 1, 11))])
    world.session.flush()
    assert judged(world, listing) == ("listed", "certified_aid", None)


def test_a_revocation_takes_the_listing_down(world: World) -> None:
    product = world.product()
    certificate = world.certificate(product)
    listing, ordinary = (
        world.listing(offer=world.offer(product)),
        world.listing(offer=world.offer(product, spec="10斤/箱")),
    )
    certificate.revoked_at = certificate.void_from = shanghai(2020, 10, 1, 11)
    world.session.flush()
    assert judged(world, listing) == ("delisted", "area_produce", "certificate_revoked")
    world.session.refresh(ordinary)
    assert (ordinary.state, classed(ordinary)) == ("listed", ("area_produce", "certificate_revoked"))


def test_what_its_owner_paused_does_not_come_back_with_the_certificate(world: World) -> None:
    product = world.product()
    world.certificate(product)
    listing = world.listing(offer=world.offer(product))
    listings.change_state(world.session, SYSTEM, listing, "paused", "缺货")
    assert judged(world, listing) == ("paused", "certified_aid", "缺货")


def test_a_new_certificate_makes_aid_of_what_was_listed_without_it(world: World) -> None:
    product = world.product()
    listing = world.listing(offer=world.offer(product))
    world.certificate(product)
    assert judged(world, listing) == ("listed", "certified_aid", None)


def held(permission: str, area: str = "000000", organisation: uuid.UUID | None = None) -> Actor:
    grant = Held("role", frozenset({permission}), area, organisation)
    return Actor(account_id=uuid.uuid4(), person_id=uuid.uuid4(), held=(grant,))


def test_the_channels_operator_the_seller_and_the_areas_officers_may_list_and_nobody_else(
    world: World,
) -> None:
    operator = world.organisation()
    seller = world.producer()
    offer = world.offer(world.product(seller))

    def channel() -> Channel:
        return world.channel("counter", operator_id=operator.id)

    for actor in (
        held("catalogue.list", organisation=operator.id),
        held("catalogue.list", organisation=seller.organisation_id),
        held("catalogue.list", area="440100"),
    ):
        assert listings.list_offer(world.session, actor, channel(), offer.id).state == "listed"
    for actor in (
        held("catalogue.list", organisation=world.organisation().id),
        held("catalogue.list", area="450000"),
        held("catalogue.offer"),
    ):
        with pytest.raises(Forbidden):
            listings.list_offer(world.session, actor, channel(), offer.id)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "gz 1"}, "channel_code"),
        ({"area_code": "999999"}, "unknown_division"),
        ({"area_code": "441421"}, "division_not_in_force"),
        ({"kind": "bazaar"}, "unknown_channel_kind"),
        ({"site_kind": "train"}, "site_kind"),
        ({"site_kind": "moon"}, "site_kind"),
        ({"parent_id": uuid.uuid4()}, "parent_not_found"),
        ({"operator_id": uuid.uuid4()}, "operator_not_found"),
    ],
)
def test_a_point_of_sale_with_a_bad_value_is_refused(
    world: World, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        world.channel(**{"kind": "counter", **changes})
    assert refused.value.code == code
    assert world.session.scalar(select(func.count()).select_from(Channel)) == 0


def test_a_code_belongs_to_one_point_of_sale(world: World) -> None:
    world.channel(code="GZ-1")
    with pytest.raises(AlreadyExists) as refused:
        world.channel(code="GZ-1")
    assert refused.value.code == "channel_code_taken"
    world.session.rollback()


def test_only_a_hall_holds_other_points(world: World) -> None:
    hall = world.channel("hall_offline")
    counter = world.channel("counter", parent_id=hall.id)
    assert counter.parent_id == hall.id
    with pytest.raises(Invalid) as refused:
        world.channel("zone", parent_id=counter.id)
    assert refused.value.code == "parent_kind"


def test_a_changed_levy_leaves_a_trace(world: World) -> None:
    counter = world.channel("counter", terms={"levy_bp": 100, "levy_from": "2020-05-01"})
    amend_channel(world.session, SYSTEM, counter, {"terms": {"levy_bp": 200, "levy_from": "2020-10-01"}})
    world.session.flush()
    detail = world.session.scalars(
        select(AuditRecord.detail).where(AuditRecord.action == "catalogue.channel.amended")
    ).one()
    assert detail["before"] == {"terms": {"levy_bp": 100, "levy_from": "2020-05-01"}}
    assert detail["after"] == {"terms": {"levy_bp": 200, "levy_from": "2020-10-01"}}
    assert counter.row_version == 2


def test_closing_today_takes_its_listings_down_and_it_closes_once(world: World) -> None:
    channel = world.channel()
    listing = world.listing(channel)
    close_channel(world.session, SYSTEM, channel, date(2020, 10, 1))
    world.session.refresh(listing)
    assert (listing.state, listing.state_reason) == ("delisted", "channel_closed")
    with pytest.raises(Conflict) as refused:
        close_channel(world.session, SYSTEM, channel, date(2020, 10, 2))
    assert refused.value.code == "channel_closed"
    with pytest.raises(Invalid):
        close_channel(world.session, SYSTEM, world.channel(), date(2020, 9, 30))


@pytest.mark.parametrize(
    ("at", "expected"),
    [(shanghai(2022, 9, 11, 23), "certified_aid"), (shanghai(2022, 9, 12), "area_produce")],
)
def test_judging_again_after_the_last_day_takes_the_name_away(
    world: World, at: datetime, expected: str
) -> None:
    listing = world.listing()
    with frozen_at(at):
        judging.judge_again(world.session, [listing.product_id])
    world.session.refresh(listing)
    assert (listing.state, listing.goods_class) == ("listed", expected)


def test_certification_and_the_listings_change_in_one_transaction(world: World) -> None:
    compose()
    product = world.product()
    certificate = world.certificate(product)
    listing = world.listing(offer=world.offer(product))

    def state() -> tuple[str, str]:
        world.session.refresh(listing)
        return listing.state, listing.goods_class

    suspend_certificate(world.session, SYSTEM, certificate.id, cause=SUSPENSION_CAUSE)
    assert state() == ("paused", "area_produce")
    with frozen_at(NOON + timedelta(days=1)):
        reinstate_certificate(world.session, SYSTEM, certificate.id)
    with frozen_at(NOON + timedelta(days=1, hours=1)):
        judging.judge_again(world.session, [product.id])
        assert state() == ("listed", "certified_aid")
        revoke(world.session, certificate.id, cause=REVOCATION_CAUSE)
        assert state() == ("delisted", "area_produce")


@pytest.mark.parametrize("turn", range(10))
def test_a_listing_made_while_its_certificate_is_revoked_is_never_left_as_aid(
    own_database: Database, turn: int
) -> None:
    compose()
    with frozen_at(NOON), transaction() as session:
        world = World(session)
        product = world.product()
        certificate = world.certificate(product).id
        offer, channel = world.offer(product).id, world.channel().id
    barrier = threading.Barrier(2)

    def put_up() -> None:
        with frozen_at(NOON), transaction() as session:
            barrier.wait()
            listings.list_offer_in(session, SYSTEM, channel, offer, None)

    def take_away() -> None:
        with frozen_at(NOON), transaction() as session:
            barrier.wait()
            revoke(session, certificate, cause=REVOCATION_CAUSE)

    in_threads(put_up, take_away)
    with transaction() as session:
        [listing] = session.scalars(select(Listing)).all()
    assert (listing.state, *classed(listing)) in (
        ("delisted", "area_produce", "certificate_revoked"),
        ("listed", "area_produce", "certificate_revoked"),
    )
