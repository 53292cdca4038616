"""A purchase plan on pages: who begins it, and a year that is none."""

from __future__ import annotations

from tests.orders_world import Shop
from tests.support.visitors import Visitor, main_of, text_of
from tests.web.buyers.conftest import Opened


def test_a_plan_is_begun_by_the_clerk_and_not_by_the_reviewer(
    shop: Shop, buyer: Visitor, person: Opened
) -> None:
    refused = buyer.send("/purchase-plans/new", year="20x")
    assert refused.status_code == 422
    assert 'value="20x"' in main_of(refused)
    begun = buyer.send("/purchase-plans/new", year="2020", over_plan="warn")
    path = begun.headers["Location"]
    assert "草稿" in text_of(buyer.follow(begun))
    assert person("buyer_reviewer").get("/purchase-plans/new").status_code == 403
    assert path in buyer.read("/purchase-plans")
