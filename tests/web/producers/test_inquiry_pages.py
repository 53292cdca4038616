"""Inquiries on the producer's pages: a quote is sealed, replaced, withdrawn, and read again only when all were opened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from marketplace.core.clock import frozen_at
from marketplace.core.db import transaction
from marketplace.orders.buying.service import inquiries
from tests.orders_world import NOON, Shop
from tests.support.visitors import Visitor, main_of, text_of

Visit = Callable[..., Visitor]
DEADLINE = NOON + timedelta(minutes=10)  # within one session


@pytest.fixture
def inquiry(shop: Shop) -> str:
    """The number of an inquiry for two things, asked of the producer alone."""
    with transaction() as session:
        return inquiries.ask(
            session,
            shop.buyer_actor,
            inquiries.NewInquiry(
                buyer_id=shop.buyer.id,
                title="食堂四季度水果",
                items=[
                    {"name": "金柚", "spec": "5 斤装", "unit": "箱", "quantity": 100},
                    {"name": "香米", "spec": None, "unit": "袋", "quantity": 20},
                ],
                suppliers=[shop.seller_actor.organisation_id],  # type: ignore[list-item]
                deliver_by=date(2020, 10, 20),
                deadline=DEADLINE,
                fewer_reason="仅此一家生产",
            ),
        ).number


def test_an_inquiry_waits_on_the_start_page_and_its_quote_is_sealed(seller: Visitor, inquiry: str) -> None:
    assert "待报价 1" in text_of(seller.read("/producer"))
    path = f"/producer/inquiries/{inquiry}"
    assert path in seller.read("/producer/inquiries")
    answer = seller.send(
        path, **{"lines.0.unit_price_fen": "48.50", "lines.1.unit_price_fen": ""}, note="含运费"
    )
    page = seller.follow(answer)
    assert "第 1 次" in text_of(page)
    assert "48.50" not in page
    again = text_of(seller.follow(seller.send(path, **{"lines.0.unit_price_fen": "47", "note": ""})))
    assert "第 2 次" in again


def test_what_was_quoted_is_read_when_all_were_opened_and_awarded(
    seller: Visitor, shop: Shop, inquiry: str
) -> None:
    path = f"/producer/inquiries/{inquiry}"
    seller.follow(
        seller.send(
            path, **{"lines.0.unit_price_fen": "48.50", "lines.1.unit_price_fen": "30"}, note="含运费"
        )
    )
    with frozen_at(DEADLINE + timedelta(minutes=1)):
        assert "等采购单位开启" in seller.read(path)
        with transaction() as session:
            inquiries.open_quotes(session, shop.buyer_actor, inquiry)
        opened = text_of(seller.read(path))
        assert "¥48.50" in opened
        assert "含运费" in opened
        with transaction() as session:
            assert shop.seller_actor.organisation_id is not None
            inquiries.award(session, shop.buyer_actor, inquiry, shop.seller_actor.organisation_id)
        assert "采购单位选定了本主体" in seller.read(path)


def test_a_wrong_price_is_refused_at_the_thing_it_was_typed_for(seller: Visitor, inquiry: str) -> None:
    path = f"/producer/inquiries/{inquiry}"
    answer = seller.send(path, **{"lines.0.unit_price_fen": "", "lines.1.unit_price_fen": "便宜"})
    assert answer.status_code == 422
    shown = main_of(answer)
    assert 'id="f-lines-1-unit_price_fen-error"' in shown
    assert 'id="f-lines-0-unit_price_fen-error"' not in shown


def test_a_quote_is_withdrawn_before_the_deadline_and_none_comes_after(seller: Visitor, inquiry: str) -> None:
    path = f"/producer/inquiries/{inquiry}"
    seller.follow(seller.send(path, **{"lines.0.unit_price_fen": "48.50"}))
    page = text_of(seller.follow(seller.send(path, to=f"{path}/withdrawal")))
    assert "还没有报" in page
    with frozen_at(DEADLINE):
        assert "密封报价" not in seller.read(path)


def test_who_was_not_asked_sees_nothing(visitor: Visit, shop: Shop, inquiry: str) -> None:
    with transaction() as session:
        shop.world.session = session
        elsewhere = shop.world.producer(name="别家合作社").organisation_id
    other = visitor("producer", organisation_id=elsewhere)
    assert "还没有收到询价" in other.read("/producer/inquiries")
    assert other.get(f"/producer/inquiries/{inquiry}").status_code == 404
