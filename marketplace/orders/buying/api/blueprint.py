"""The blueprint that the files of this folder add their routes to, and what several of them do with a body."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import ApiBlueprint
from marketplace.orders.buying.service import addresses
from marketplace.orders.service import Basket

blueprint = ApiBlueprint("buying", __name__, "购物车、收货地址、采购审批、采购计划、询价、团购慰问")


def basket_of(session: Session, actor: Actor, body: dict[str, Any]) -> Basket:
    """The terms of a body as a basket without lines; takes them out of `body`. A kept address is read for its order."""
    key, written = body.pop("delivery_address_id"), body.pop("deliver_to")
    terms = {name: body.pop(name) for name in _TERMS}
    deliver_to = (
        dict(written) if written is not None else addresses.deliver_to(session, actor, key, terms["buyer_id"])
    )
    return Basket(lines=(), delivery_area=deliver_to["area"], deliver_to=deliver_to, **terms)


_TERMS = (
    "buyer_id",
    "budget_unit_id",
    "participation_mode",
    "fund_source",
    "broker_id",
    "payment_method",
    "contract_days",
    "waits_for",
)
