"""The front door: ways in for everybody, the reserved share and what is to be done for a buyer."""

from __future__ import annotations

from flask import Flask

from marketplace.accounts.models import ReserveFiling
from marketplace.core.clock import utcnow
from marketplace.core.db import transaction
from marketplace.core.ids import uuid7
from tests.orders_world import Shop
from tests.support.visitors import Visitor, text_of
from tests.web.buyers.conftest import Opened


def test_the_front_door_leads_to_channels_categories_and_origins(app: Flask, shop: Shop) -> None:
    page = Visitor(app).read("/")
    for target in ("/search?channel_kind=hall_online", "/search?category=01", "/search?origin=460000"):
        assert f'href="{target}"' in page, target
    assert 'action="/search"' in page
    assert "年预留份额" not in page


def test_a_buyer_sees_the_progress_of_the_reserved_share_and_orders_to_do(
    shop: Shop, buyer: Visitor, person: Opened
) -> None:
    assert "本年尚未填报预留份额" in buyer.read("/")
    with transaction() as session:
        shop.session = session
        session.add(
            ReserveFiling(
                organisation_id=shop.buyer.id, year=2020, version=1, canteen_kind="own",
                canteen_total_fen=1_000_000, reserve_bp=1_500, reserve_fen=150_000, state="accepted",
                filed_by=uuid7(), filed_at=utcnow(),
            )
        )  # fmt: skip
        shop.place((2,))
    shown = text_of(buyer.read("/"))
    assert "2020 年预留份额" in shown
    assert "0.15万元" in shown
    assert "待确认 1" in shown
    assert "年预留份额" not in person("buyer_manager").read("/")
