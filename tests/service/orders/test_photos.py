"""Photos of what arrived: attached by the buyer, told by their bytes, looked at by few."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from marketplace.core import files
from marketplace.core.actor import Actor
from marketplace.core.errors import DomainError, Forbidden, NotFound
from marketplace.core.formats import media_type_of
from marketplace.core.models import AuditRecord
from marketplace.core.photos import MOST_BYTES
from marketplace.orders import service
from marketplace.orders.models import OrderPhoto, SalesOrder
from marketplace.orders.service import photos
from tests.orders_world import Shop, actor_of
from tests.support.photos import JPEG, PHOTOS, taken


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    files.install(tmp_path)


@pytest.fixture
def order(shop: Shop) -> SalesOrder:
    """An order whose goods have arrived."""
    placed = shop.place([2], payment_method="after_delivery")
    shop.deliver(placed)
    return placed


def refused(code: str, shop: Shop, work: Any) -> None:
    before = shop.session.scalar(select(func.count()).select_from(OrderPhoto))
    with pytest.raises(DomainError) as caught, shop.session.begin_nested():
        work()
    assert caught.value.code == code
    assert shop.session.scalar(select(func.count()).select_from(OrderPhoto)) == before


@pytest.mark.parametrize(("media_type", "content"), PHOTOS.items(), ids=lambda one: str(one)[:10])
def test_a_photo_is_told_from_its_bytes(media_type: str, content: bytes) -> None:
    assert media_type_of(content) == media_type


def test_photos_of_an_acceptance_and_of_a_return_stay_apart(shop: Shop, order: SalesOrder) -> None:
    first = [taken(shop.session, shop.buyer_actor, content) for content in PHOTOS.values()]
    service.accept(shop.session, shop.buyer_actor, order.number, photos=[*first, first[0]])
    later = taken(shop.session, shop.buyer_actor)
    back = service.request_return(
        shop.session, shop.buyer_actor, order.number, [service.Part(1, 1)], "quality", photos=[later]
    )
    found = photos.photos_of(shop.session, order)
    assert [(one.file.id, one.return_number) for one in found] == [
        *((file_id, None) for file_id in first),
        (later, back.number),
    ]


def test_what_is_no_photo_of_the_buyers_is_refused_and_nothing_is_accepted(
    shop: Shop, order: SalesOrder
) -> None:
    session, buyer = shop.session, shop.buyer_actor

    def accept(*file_ids: Any) -> None:
        service.accept(session, buyer, order.number, photos=file_ids)

    refused("photo_type", shop, lambda: accept(taken(session, buyer, b"%PDF-1.7")))
    refused("photo_unknown", shop, lambda: accept(taken(session, shop.seller_actor)))
    large = JPEG + bytes(MOST_BYTES)
    refused("photo_too_large", shop, lambda: accept(taken(session, buyer, large)))
    many = [taken(session, buyer) for _ in range(photos.MOST_PHOTOS + 1)]
    refused("too_many_photos", shop, lambda: accept(*many))
    session.refresh(order)
    assert order.state == "delivered"


def test_a_photo_is_attached_once(shop: Shop, order: SalesOrder) -> None:
    photo = taken(shop.session, shop.buyer_actor)
    service.accept(shop.session, shop.buyer_actor, order.number, photos=[photo])
    parts = [service.Part(1, 1)]
    refused(
        "photo_used",
        shop,
        lambda: service.request_return(
            shop.session, shop.buyer_actor, order.number, parts, "quality", photos=[photo]
        ),
    )


def test_both_sides_overseers_and_auditors_look_and_the_look_is_recorded(
    shop: Shop, order: SalesOrder
) -> None:
    photo = taken(shop.session, shop.buyer_actor)
    service.accept(shop.session, shop.buyer_actor, order.number, photos=[photo])
    who = [shop.buyer_actor, shop.seller_actor, actor_of("auditor"), actor_of("county_officer")]
    for actor in who:
        assert photos.read_photo(shop.session, actor, order.number, photo) == ("jpg", JPEG)
    shop.session.flush()
    looks = select(func.count()).where(AuditRecord.action == "core.file.read")
    assert shop.session.scalar(looks) == len(who)


def test_others_do_not_look(shop: Shop, order: SalesOrder) -> None:
    photo = taken(shop.session, shop.buyer_actor)
    service.accept(shop.session, shop.buyer_actor, order.number, photos=[photo])

    def look(actor: Actor) -> None:
        photos.read_photo(shop.session, actor, order.number, photo)

    for role in ("finance_clerk", "statistician", "finance_supervisor"):
        with pytest.raises(Forbidden, match="photos_of_sides"):
            look(actor_of(role))
    for stranger in (actor_of("buyer", shop.world.organisation().id), actor_of("system_admin")):
        with pytest.raises(NotFound):
            look(stranger)
    with pytest.raises(NotFound):
        photos.read_photo(shop.session, shop.buyer_actor, order.number, taken(shop.session, shop.buyer_actor))
