"""Many offers at once: in the order asked, all or none."""

import uuid

import pytest
from sqlalchemy import func, select

from marketplace.catalogue.models import Offer
from marketplace.catalogue.service.offers import NewOffer, make_offers
from marketplace.core.actor import system_actor
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.models import AuditRecord

SYSTEM = system_actor()


def test_many_offers_come_back_in_the_order_asked_each_with_its_line_of_audit(world):
    first, second = world.product(), world.product()
    asked = [
        NewOffer(product_id=one.id, price_fen=fen)
        for one, fen in ((second, 200), (first, 100), (second, 300))
    ]
    made = make_offers(world.session, SYSTEM, asked)
    assert [(one.product_id, one.price_fen, one.title) for one in made] == [
        (second.id, 200, second.name),
        (first.id, 100, first.name),
        (second.id, 300, second.name),
    ]
    world.session.flush()
    audited = world.session.scalars(
        select(AuditRecord.subject_id)
        .where(AuditRecord.action == "catalogue.offer.made")
        .order_by(AuditRecord.id)
    ).all()
    assert audited == [str(one.id) for one in made]
    assert make_offers(world.session, SYSTEM, []) == []


@pytest.mark.parametrize(
    ("bad", "refusal", "code"),
    [
        ({"product_id": uuid.UUID(int=1)}, Invalid, "product_not_found"),
        ({"seller_id": uuid.UUID(int=1)}, Invalid, "seller_not_found"),
        ({"price_fen": 0}, Invalid, "price"),
        ({"seller_id": "stranger"}, Conflict, "seller_not_agent"),
    ],
)
def test_one_bad_offer_among_good_ones_and_none_is_made(world, bad, refusal, code):
    product = world.product()
    if bad.get("seller_id") == "stranger":
        bad = {"seller_id": world.producer().id}
    good = {"product_id": product.id, "price_fen": 100}
    with pytest.raises(refusal) as refused:
        make_offers(world.session, SYSTEM, [NewOffer(**good), NewOffer(**(good | bad))])
    assert refused.value.code == code
    assert world.session.scalar(select(func.count()).select_from(Offer)) == 0
