"""Three quotes on pages: asked with reasons for fewer, sealed, opened, compared, awarded."""

from __future__ import annotations

from datetime import timedelta

from marketplace.core.db import transaction
from marketplace.orders.buying.models import PriceInquiry
from marketplace.orders.buying.service import quoting
from tests.orders_world import NOON, Shop
from tests.support.statements import counted
from tests.support.visitors import Visitor, main_of, text_of
from tests.web.buyers.conftest import Opened

TERMS = {"title": "食堂水果", "deadline": "2020-10-03T17:00", "deliver_by": "2020-10-20"}
ITEM = {"items.0.name": "金柚", "items.0.unit": "箱", "items.0.quantity": "100"}


def asked(shop: Shop, buyer: Visitor) -> str:
    """The path of an inquiry that began on the page of a product."""
    path = f"/price-inquiries/new?listing={shop.listings[0].id}"
    seller = str(shop.seller_actor.organisation_id)
    answer = buyer.send(path, **TERMS, **ITEM, supplier_ids=seller, fewer_reason="仅此一家生产")
    assert answer.status_code == 303, main_of(answer)
    return str(answer.headers["Location"])


def test_suppliers_are_found_by_goods_and_kept_in_the_address(shop: Shop, buyer: Visitor) -> None:
    seller = str(shop.seller_actor.organisation_id)
    found = buyer.read(f"/price-inquiries/new?q={shop.listings[0].title}")
    assert f'name="with" value="{seller}"' in found
    chosen = buyer.read(f"/price-inquiries/new?with={seller}&with=none")
    assert f'name="supplier_ids" value="{seller}" checked' in chosen
    assert "没有找到在售的供应商" in buyer.read("/price-inquiries/new?q=没有这种东西%25")


def test_fewer_than_three_need_a_reason_and_a_complaint_stands_at_its_own_row(
    shop: Shop, buyer: Visitor
) -> None:
    seller = str(shop.seller_actor.organisation_id)
    typed = TERMS | {
        "supplier_ids": seller,
        "items.2.name": "大米",
        "items.2.unit": "袋",
        "items.2.quantity": "x",
    }
    refused = buyer.send(f"/price-inquiries/new?with={seller}", **typed)
    assert refused.status_code == 422
    assert 'id="f-items-2-quantity-error"' in main_of(refused)
    reasonless = buyer.send(f"/price-inquiries/new?with={seller}", **TERMS, **ITEM, supplier_ids=seller)
    assert "邀请少于 3 家应说明理由" in main_of(reasonless)
    assert 'value="金柚"' in main_of(reasonless)


def test_quotes_are_sealed_then_opened_compared_and_awarded(
    shop: Shop, buyer: Visitor, person: Opened
) -> None:
    path = asked(shop, buyer)
    number = path.rsplit("/", 1)[1]
    with transaction() as session:
        lines = [{"line_no": 1, "unit_price_fen": 4_321, "listing_id": None}]
        quoting.send(session, shop.seller_actor, number, shop.seller_actor.organisation_id, lines)
    sealed = buyer.read(path)
    assert "报价密封中" in text_of(sealed)
    assert "43.21" not in sealed
    with transaction() as session:
        session.query(PriceInquiry).filter_by(number=number).one().deadline = NOON - timedelta(minutes=1)
    opened = buyer.follow(buyer.send(path, to=f"{path}/opening"))
    assert "¥4,321.00 最低" in text_of(opened)
    assert f'action="{path}/award"' not in person("buyer_finance").read(path)
    seller = str(shop.seller_actor.organisation_id)
    awarded = buyer.follow(buyer.send(path, to=f"{path}/award", supplier_id=seller))
    assert "已定标" in text_of(awarded)
    assert f'action="{path}/award"' not in awarded


def test_an_inquiry_is_called_off_with_a_reason_and_strangers_do_not_see_it(
    shop: Shop, buyer: Visitor, person: Opened
) -> None:
    path = asked(shop, buyer)
    assert person("producer", shop.seller_actor.organisation_id).get(path).status_code == 404
    assert buyer.send(path, to=f"{path}/cancellation", reason="").status_code == 422
    assert "已取消" in text_of(buyer.follow(buyer.send(path, to=f"{path}/cancellation", reason="改计划")))


def test_the_list_of_inquiries_is_read_in_as_many_statements_however_long(shop: Shop, buyer: Visitor) -> None:
    asked(shop, buyer)
    with counted() as few:
        buyer.read("/price-inquiries")
    asked(shop, buyer)
    with counted() as many:
        buyer.read("/price-inquiries")
    assert len(many) == len(few)
    assert len([one for one in many if "price_inquiry" in one]) <= 5
