"""What tests of orders stand on: the catalogue's small world, buyers of every kind, actors of every role, facts written down."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts import permissions
from marketplace.accounts.models import Organisation
from marketplace.app import compose
from marketplace.catalogue.models import Listing
from marketplace.core import facts, privacy
from marketplace.core.actor import Actor, Held
from marketplace.core.clock import shanghai
from marketplace.core.ids import uuid7
from marketplace.core.settings import Settings
from marketplace.orders import service
from marketplace.orders.facts import LinesCounted, LinesReversed
from marketplace.orders.models import OrderLine, SalesOrder
from marketplace.orders.service.reading import lines_of
from marketplace.payments import service as payments
from marketplace.payments.models import Refund
from marketplace.wiring import FACTS
from tests.catalogue_world import World

NOON = shanghai(2020, 10, 1, 12)
DELIVER_TO = {"area": "440104", "name": "演示收货人", "telephone": "020-00000000", "address": "演示路1号"}
_numbers = itertools.count(1)


@dataclass
class Heard:
    """Every fact that orders published, in order."""

    counted: list[LinesCounted] = field(default_factory=list)
    reversed: list[LinesReversed] = field(default_factory=list)

    def compose(self) -> None:
        """Hear the ledger's facts here instead of the ledger; the fixture puts the real wiring back."""
        compose()
        facts.compose(
            FACTS
            | {
                LinesCounted: (lambda _, fact: self.counted.append(fact),),
                LinesReversed: (lambda _, fact: self.reversed.append(fact),),
            }
        )
        privacy.install(
            privacy.Vault(
                privacy.keys_from_settings(
                    Settings(encryption_keys="1:" + "11" * 32, index_key="22" * 32, secret_key="test")
                )
            )
        )


def actor_of(role: str, organisation_id: uuid.UUID | None = None, **changes: Any) -> Actor:
    """Somebody with one role, for an organisation or over the whole country."""
    held = Held(role, permissions.role(role).permissions, organisation_id=organisation_id)
    values: dict[str, Any] = {
        "account_id": uuid7(),
        "person_id": uuid7(),
        "organisation_id": organisation_id,
        "held": (held,),
        "opened_by_unit": True,
    }
    return Actor(**(values | changes))


@dataclass
class Shop:
    """A producer's listings in one channel, a buyer, and the actors of both sides."""

    session: Session
    world: World
    buyer: Organisation
    listings: list[Listing]
    buyer_actor: Actor
    seller_actor: Actor
    finance: Actor

    def basket(self, quantities: Sequence[int] = (2,), **changes: Any) -> service.Basket:
        """So many units of each listing, at its price."""
        values: dict[str, Any] = {
            "buyer_id": self.buyer.id,
            "lines": [
                service.Wanted(listing.id, quantity, listing.price_fen)
                for listing, quantity in zip(self.listings, quantities, strict=False)
            ],
            "payment_method": "prepaid",
            "delivery_area": "440104",
            "deliver_to": DELIVER_TO,
        }
        return service.Basket(**(values | changes))

    def place(self, quantities: Sequence[int] = (2,), **changes: Any) -> SalesOrder:
        """One order, just placed."""
        placed = service.place(self.session, self.buyer_actor, self.basket(quantities, **changes))
        return service.lock_order(self.session, placed.orders[0]["number"])

    def pay(self, order: SalesOrder, amount_fen: int | None = None, at: datetime | None = None) -> None:
        """Record a bank transfer of what is due."""
        payments.record_transfer(
            self.session,
            self.finance,
            order.number,
            amount_fen=service.due_fen(order) if amount_fen is None else amount_fen,
            currency="CNY",
            reference=f"R{next(_numbers)}",
            payer_name="演示预算单位",
            paid_at=at or NOON,
        )

    def deliver(self, order: SalesOrder) -> None:
        """Confirmed, shipped whole, delivered."""
        if order.state == "placed":
            service.confirm(self.session, self.seller_actor, order.number)
        service.ship(self.session, self.seller_actor, order.number)
        service.deliver(self.session, self.seller_actor, order.number)

    def complete(self, quantities: Sequence[int] = (2,), **changes: Any) -> SalesOrder:
        """Paid, delivered, accepted, evaluated: counted."""
        order = self.place(quantities, **changes)
        if order.payment_method == "prepaid":
            self.pay(order)
        self.deliver(order)
        service.accept(self.session, self.buyer_actor, order.number)
        service.evaluate(self.session, self.buyer_actor, order.number, stars=5)
        if order.payment_method != "prepaid":
            self.pay(order)
        return order

    def returned(self, order: SalesOrder, line_no: int, quantity: int) -> Refund | None:
        """Units returned and received; the refund that is now owed."""
        row = service.request_return(
            self.session, self.buyer_actor, order.number, [service.Part(line_no, quantity)], "quality"
        )
        service.decide_return(self.session, self.seller_actor, row.number, approve=True, opinion=None)
        service.receive_return(self.session, self.seller_actor, row.number)
        return self.session.query(Refund).filter_by(return_id=row.id).one_or_none()

    def lines(self, order: SalesOrder) -> list[OrderLine]:
        return lines_of(self.session, order)


def open_shop(
    session: Session,
    prices: Sequence[int] = (4_900,),
    *,
    kind: str = "platform_832",
    units: int = 100,
    buyer_kind: str = "budget_unit",
) -> Shop:
    """A certified producer of 白沙 on a channel in 广州, and a buyer of 越秀 with the fiscal area of 广州 city."""
    world = World(session)
    producer = world.producer(is_832_supplier=True)
    channel = world.channel(kind)
    listings = [
        world.listing(
            channel,
            world.offer(world.certified_product(producer=producer, tax_treatment="rate_9"), price),
            units,
        )
        for price in prices
    ]
    buyer = Organisation(
        kind=buyer_kind,
        name="演示预算单位",
        area_code="440104",
        fiscal_area="440100" if buyer_kind == "budget_unit" else None,
        fiscal_tier="city_level" if buyer_kind == "budget_unit" else None,
        sector="education",
        is_demo=True,
        created_at=NOON,
    )
    session.add(buyer)
    session.flush()
    return Shop(
        session,
        world,
        buyer,
        listings,
        buyer_actor=actor_of("buyer", buyer.id),
        seller_actor=actor_of("producer", producer.organisation_id),
        finance=actor_of("finance_clerk"),
    )
