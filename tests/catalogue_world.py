"""A small world for catalogue tests: one producer of 白沙 with a certified product, and points of sale in 广州."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.catalogue.models import Channel, Listing, Offer
from marketplace.catalogue.service import listings, offers, stock
from marketplace.catalogue.service.channels import NewChannel, open_channel
from marketplace.catalogue.service.stock import Units
from marketplace.certification.models import Certificate
from marketplace.core.actor import system_actor
from marketplace.core.clock import shanghai, utcnow
from marketplace.producers.models import Producer, Product

_DIFFERENCES = sql("""
    SELECT s.id AS stock_item_id, s.on_hand, s.reserved, coalesce(m.on_hand, 0) AS moved_on_hand,
           coalesce(m.reserved, 0) AS moved_reserved
    FROM catalogue.stock_item s
    LEFT JOIN (SELECT stock_item_id, sum(on_hand_change) AS on_hand, sum(reserved_change) AS reserved
               FROM catalogue.stock_movement GROUP BY stock_item_id) m ON m.stock_item_id = s.id
    WHERE s.on_hand <> coalesce(m.on_hand, 0) OR s.reserved <> coalesce(m.reserved, 0)
       OR s.on_hand < 0 OR s.reserved < 0 OR s.reserved > s.on_hand
    ORDER BY s.id
""")

NOON = shanghai(2020, 10, 1, 12)
_numbers = itertools.count(1)


@dataclass
class World:
    """Rows made through the services where there is one; everything is flushed, nothing committed."""

    session: Session

    def organisation(self, kind: str = "enterprise", area: str = "440106") -> Organisation:
        row = Organisation(
            kind=kind, name=f"演示单位{next(_numbers)}", area_code=area, is_demo=True, created_at=utcnow()
        )
        self.session.add(row)
        self.session.flush()
        return row

    def producer(self, **changes: Any) -> Producer:
        values: dict[str, Any] = {
            "organisation_id": self.organisation("producer", "469025").id,
            "name": "白沙演示种养专业合作社",
            "entity_kind": "cooperative",
            "registered_area": "469025",
            "production_area": "469025",
            "created_at": utcnow(),
        }
        row = Producer(**(values | changes))
        self.session.add(row)
        self.session.flush()
        return row

    def product(self, producer: Producer | None = None, **changes: Any) -> Product:
        producer = producer or self.producer()
        values: dict[str, Any] = {
            "producer_id": producer.id,
            "name": f"百香果{next(_numbers)}",
            "category_code": "010304",
            "spec": "5斤/箱",
            "unit": "箱",
            "net_weight_g": 2_500,
            "origin_area": "469025",
            "tax_treatment": "exempt_self_produced",
            "created_at": utcnow(),
        }
        row = Product(**(values | changes))
        self.session.add(row)
        self.session.flush()
        return row

    def certificate(self, product: Product, **changes: Any) -> Certificate:
        values: dict[str, Any] = {
            "catalogue_no": f"469025-2020-01-{next(_numbers):04d}",
            "scheme": "national_2020",
            "batch": "01",
            "product_id": product.id,
            "producer_id": product.producer_id,
            "area_code": product.origin_area,
            "product_name": product.name,
            "spec": product.spec,
            "category_code": product.category_code,
            "valid_from": date(2020, 9, 12),
            "valid_to": date(2022, 9, 11),
            "issued_at": utcnow(),
        }
        row = Certificate(**(values | changes))
        self.session.add(row)
        self.session.flush()
        return row

    def channel(self, kind: str = "hall_online", **changes: Any) -> Channel:
        values: dict[str, Any] = {
            "code": f"GZ-{next(_numbers):04d}",
            "kind": kind,
            "name": "演示销售点",
            "area_code": "440106",
            "opened_on": date(2020, 1, 1),
        }
        if kind == "zone":
            values["terms"] = {"host_name": "演示超市"}
        return open_channel(self.session, system_actor(), NewChannel(**(values | changes)))

    def offer(self, product: Product | None = None, price_fen: int = 4_900, **changes: Any) -> Offer:
        product = product or self.certified_product()
        new = offers.NewOffer(product_id=product.id, price_fen=price_fen, **changes)
        return offers.make_offer(self.session, system_actor(), new)

    def certified_product(self, **changes: Any) -> Product:
        product = self.product(**changes)
        self.certificate(product)
        return product

    def listing(
        self, channel: Channel | None = None, offer: Offer | None = None, units: int = 0, **changes: Any
    ) -> Listing:
        row = listings.list_offer(
            self.session, system_actor(), channel or self.channel(), (offer or self.offer()).id, **changes
        )
        if units:
            stock.take_in(self.session, [Units(row.stock_item_id, units)], NOON, None)
        return row


def line_ids(count: int) -> list[uuid.UUID]:
    """So many ids of order lines that nobody has used."""
    return [uuid.uuid4() for _ in range(count)]


def differences(session: Session) -> list[tuple[int, ...]]:
    """Places whose numbers are not the sum of their movements (invariant L9), as (id, on hand, reserved, and both as moved)."""
    return [tuple(row) for row in session.execute(_DIFFERENCES)]
