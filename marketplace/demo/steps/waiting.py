"""What waits for the people whom one logs in as: the move of an order to another unit, purchases above the unit's limit."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.service import identity
from marketplace.core.actor import Actor
from marketplace.core.db import transaction
from marketplace.demo.context import Demo, on
from marketplace.demo.invented.draw import MARK
from marketplace.demo.world import deals
from marketplace.orders import service as orders
from marketplace.orders.buying.service import approval_rules, requests
from marketplace.orders.models import SalesOrder

#: The unit beside the one whose people one logs in as: an order of theirs belongs to it, as it says.
_OTHER_UNIT: Final = "buyer|440100|1"
_ASKED: Final = date(2020, 12, 31)
_DIRECT_FEN: Final = 5_000_00
_NOTES: Final = ("食堂一月水果", "节日慰问", "食堂补货")
_LAPSE_DAYS: Final = 365


def build(demo: Demo) -> None:
    """Ask for the move and for the purchases; the logins must be there."""
    with on(_ASKED, 23, 30) as session:
        _ask_to_move(demo, session)
    # Today, not in 2020: a request that nobody decides lapses.
    with transaction() as session:
        _ask_to_buy(demo, session)
    demo.tick(1)


def _ask_to_move(demo: Demo, session: Session) -> None:
    """The other unit asks, and so has agreed; the unit itself and the finance department have not."""
    number = session.scalar(
        select(SalesOrder.number)
        .where(
            SalesOrder.buyer_id == demo.organisations[deals.UNIT],
            SalesOrder.state.in_(("accepted", "evaluated")),
        )
        .order_by(SalesOrder.order_no)
        .limit(1)
    )
    if number is None:
        raise RuntimeError("the unit whose people one logs in as has bought nothing")
    orders.request_reattribution(
        session,
        demo.actors[_OTHER_UNIT],
        number,
        budget_unit_id=demo.organisations[_OTHER_UNIT],
        reason=f"下单时误选上级单位({MARK})",
    )


def _ask_to_buy(demo: Demo, session: Session) -> None:
    unit = demo.organisations[deals.UNIT]
    approval_rules.set_rule(
        session,
        _login(session, "demo.buyer_manager"),
        unit,
        direct_up_to_fen=_DIRECT_FEN,
        tiers=[{"up_to_fen": None, "steps": [{"kind": "reviewer", "account_id": None}]}],
        lapse_days=_LAPSE_DAYS,
    )
    buyer = next(one for one in demo.world.buyers if one.key == deals.UNIT)
    site, keys = deals.site_of(demo.world.sites, deals.seller(demo.world.producers))
    for place, note in enumerate(_NOTES):
        listing_id, price_fen = demo.listings[site.key, keys[place % len(keys)]]
        lines = [orders.Wanted(listing_id, _DIRECT_FEN // price_fen + 1 + place, price_fen)]
        basket = orders.Basket(
            buyer_id=unit,
            lines=lines,
            payment_method="after_delivery",
            delivery_area=buyer.area,
            deliver_to={"name": MARK, "address": f"{buyer.name}收货处"},
        )
        requests.submit(session, _login(session, "demo.buyer"), basket, note=f"{note}({MARK})")


def _login(session: Session, name: str) -> Actor:
    actor = identity.actor_of_account(session, name)
    if actor is None:
        raise RuntimeError(f"{name} was opened and is not there")
    return actor
