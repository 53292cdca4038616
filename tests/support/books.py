"""Sales and refunds published as orders would, in the county of `tests.support.county`."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace.attribution.service.verify import verify
from marketplace.core import facts
from marketplace.core.clock import shanghai
from marketplace.core.ids import uuid7
from marketplace.orders.facts import CountedLine, LinesCounted, LinesReversed, ReversedLine
from tests.support.county import COUNTY, World
from tests.support.lines import line_of

SOLD_AT = shanghai(2020, 9, 12, 10)

# Checks of lines that must have an order, or a certificate, behind them; these have none.
_NEED_ORDERS = frozenset(
    {
        "entries of a line sum to the line",
        "refunds of a line sum to what went back of it",
        "every roll-up gives the same total",
        "the certificate was valid when sold",
    }
)


def ledger_breaks(session: Session) -> list[tuple[str, str]]:
    """What verification finds, but for lines that have no order behind them here."""
    session.flush()
    return [(f.code, f.broken) for f in verify(session) if f.broken and f.title not in _NEED_ORDERS]


@dataclass
class Books:
    """Publishes sales and refunds as orders would."""

    session: Session
    world: World

    def line(self, sale_fen: int = 9800, quantity: int = 2, **changes: Any) -> CountedLine:
        world = self.world
        values: dict[str, Any] = {
            "line_id": uuid7(),
            "sale_fen": sale_fen,
            "quantity_milli": quantity * 1000,
            "weight_g": quantity * 2500,
            "goods_class": "certified_aid",
            "goods_class_reason": None,
            "certificate_id": None,
            "scheme": "city_local",
            "schemes": ("city_local",),
            "product_id": world.product.id,
            "product_name": world.product.name,
            "category_code": world.product.category_code,
            "producer_id": world.producer.id,
            "producer_name": world.producer.name,
            "producer_kind": "cooperative",
            "origin_area": COUNTY,
            "channel_id": uuid.UUID(int=7),
            "channel_kind": "counter",
            "channel_area": "440100",
            "levy_bp": 0,
            "order_id": uuid7(),
            "buyer_id": None,
            "buyer_path": "",
            "buyer_kind": "citizen",
            "buyer_area": "440100",
            "buyer_sector": None,
            "budget_unit_id": None,
            "reserve_year": None,
            "fund_source": None,
            "participation_mode": "other_individual",
            "purchase_kind": "own_purchase",
            "broker_id": None,
            "helper_area": "440100",
            "sold_at": SOLD_AT,
            "counted_at": SOLD_AT,
            "is_demo": True,
        }
        return line_of(values | changes)

    def sell(self, line: CountedLine, event_id: uuid.UUID | None = None) -> LinesCounted:
        fact = LinesCounted(source="order", event_id=event_id or uuid7(), lines=(line,))
        facts.publish(self.session, fact)
        return fact

    def take_back(
        self,
        line: CountedLine,
        sale_fen: int,
        quantity: int,
        at: datetime,
        event_id: uuid.UUID | None = None,
        reason: str = "return",
    ) -> LinesReversed:
        part = ReversedLine(
            line_id=line.line_id,
            product_id=line.product_id,
            sale_fen=sale_fen,
            quantity_milli=quantity * 1000,
            weight_g=quantity * 2500,
        )
        fact = LinesReversed(
            source="order", event_id=event_id or uuid7(), reversed_at=at, reason=reason, lines=(part,)
        )
        facts.publish(self.session, fact)
        return fact
