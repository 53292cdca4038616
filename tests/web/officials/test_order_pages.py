"""One order as officials see it: where the way down from a figure ends, with photos for those who watch over a side's area."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from marketplace.core import files
from marketplace.core.actor import system_actor
from marketplace.core.db import transaction
from marketplace.orders import service
from tests.orders_world import Shop
from tests.support.photos import JPEG
from tests.support.visitors import Visitor, text_of
from tests.web.buyers.conftest import shop

__all__ = ["shop"]
Visit = Callable[..., Visitor]
BUYERS_AREA, ELSEWHERE = "440100", "450000"


@pytest.fixture
def returned(shop: Shop, tmp_path: Path) -> str:
    """The number of an order with a photo of its acceptance and one of a return."""
    files.install(tmp_path)
    with transaction() as session:
        shop.session = session
        order = shop.place((2, 1), payment_method="after_delivery")
        shop.deliver(order)
        first, second = (
            files.store(session, system_actor(), name=name, content=JPEG, owner_id=shop.buyer.id).id
            for name in ("到货.jpg", "破损.jpg")
        )
        service.accept(session, shop.buyer_actor, order.number, photos=[first])
        service.request_return(
            session, shop.buyer_actor, order.number, [service.Part(1, 1)], "quality", photos=[second]
        )
        return order.number


def addresses(page: str) -> list[str]:
    """Where the photos of a page are."""
    return re.findall(r'href="(/api/v1/orders/\w+/photos/[\w-]+)"', page)


def test_who_watches_over_an_area_sees_the_order_with_its_photos_and_opens_them(
    returned: str, visitor: Visit
) -> None:
    official = visitor("city_officer", BUYERS_AREA)
    page = official.read(f"/admin/orders/{returned}")
    shown = text_of(page)
    assert "照片 1 验收" in shown
    assert "照片 2 退货 T" in shown
    assert "质量问题" in shown
    assert "演示收货人" not in shown
    assert "020-00000000" not in shown
    assert len(addresses(page)) == 2
    for address in addresses(page):
        assert official.get(address).get_data() == JPEG


def test_who_reads_orders_without_watching_over_them_sees_no_photos(returned: str, visitor: Visit) -> None:
    statistician = visitor("statistician", BUYERS_AREA)
    page = statistician.read(f"/admin/orders/{returned}")
    assert "照片" not in text_of(page)
    assert statistician.get(f"/admin/orders/{returned}/photos").status_code == 403


def test_who_is_of_another_area_finds_no_order(returned: str, visitor: Visit) -> None:
    stranger = visitor("province_officer", ELSEWHERE)
    assert stranger.get(f"/admin/orders/{returned}").status_code == 404
    assert stranger.get(f"/admin/orders/{returned}/photos").status_code == 404


def test_an_auditor_comes_from_the_trail_to_the_photos_alone(returned: str, visitor: Visit) -> None:
    auditor = visitor("auditor")
    assert auditor.get(f"/admin/orders/{returned}").status_code == 403
    page = auditor.read(f"/admin/orders/{returned}/photos")
    assert len(addresses(page)) == 2
    assert auditor.get(addresses(page)[0]).get_data() == JPEG
    ledger = visitor("ledger_officer", BUYERS_AREA)
    assert ledger.get(f"/admin/orders/{returned}/photos").status_code == 404
