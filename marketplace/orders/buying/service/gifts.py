"""One checkout to many recipients (团购慰问): orders as always, one per producer, each with its list of parcels."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import exists, insert, select, update
from sqlalchemy.orm import Session

from marketplace.core import divisions
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Invalid
from marketplace.core.ids import uuid7
from marketplace.orders.buying.models import Parcel, ParcelLine
from marketplace.orders.buying.service.addresses import seal
from marketplace.orders.models import OrderEvent, SalesOrder
from marketplace.orders.service.basket import Basket, Wanted
from marketplace.orders.service.checkout import Placed, place

MOST_RECIPIENTS = 2_000
_BATCH = 1_000
_retention_days = [180]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets how many units of which listing. Personal: never logged, kept as one cell of the parcel."""

    name: str
    telephone: str
    area: str
    address: str
    quantities: Mapping[uuid.UUID, int]


def install(retention_days: int) -> None:
    """Set for how many days after its order is closed or cancelled a parcel keeps its person. The composition root calls it."""
    _retention_days[:] = [retention_days]


def place_gifts(
    session: Session,
    actor: Actor,
    basket: Basket,
    prices_fen: Mapping[uuid.UUID, int],
    recipients: Sequence[Recipient],
) -> Placed:
    """Order for all recipients at the prices seen, through the one checkout there is; units of a line are those of its parcels.

    Invalid (`recipients`, `recipient_empty`, `recipient_listing`, `unknown_division`) and whatever `place` raises.
    """
    _check(prices_fen, recipients)
    units: Counter[uuid.UUID] = Counter()
    for one in recipients:
        units.update(one.quantities)
    lines = [Wanted(key, units[key], fen) for key, fen in prices_fen.items() if units[key]]
    placed = place(session, actor, replace(basket, lines=lines))
    _write_parcels(session, placed, recipients)
    return placed


def forget_recipients(session: Session) -> int:
    """Delete the persons of parcels whose order ended long enough ago, a batch at once; how many were deleted."""
    before = utcnow() - timedelta(days=_retention_days[0])
    ended = exists().where(
        OrderEvent.order_id == Parcel.order_id,
        OrderEvent.kind.in_(("closed", "cancelled")),
        OrderEvent.at <= before,
    )
    chosen = (
        select(Parcel.id)
        .join(SalesOrder, SalesOrder.id == Parcel.order_id)
        .where(Parcel.recipient_enc.is_not(None), SalesOrder.state.in_(("closed", "cancelled")), ended)
        .order_by(Parcel.id)
        .limit(_BATCH)
        .with_for_update(of=Parcel, skip_locked=True)
    )
    forgotten = session.execute(
        update(Parcel)
        .where(Parcel.id.in_(chosen))
        .values(recipient_enc=None, forgotten_at=utcnow())
        .returning(Parcel.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(forgotten)


def _check(prices_fen: Mapping[uuid.UUID, int], recipients: Sequence[Recipient]) -> None:
    if not 1 <= len(recipients) <= MOST_RECIPIENTS:
        raise Invalid("recipients", f"收件人应有 1 至 {MOST_RECIPIENTS} 位", pointer="/recipients")
    for position, one in enumerate(recipients):
        if not one.quantities or min(one.quantities.values()) < 1:
            raise Invalid(
                "recipient_empty", "每位收件人至少一件商品", pointer=f"/recipients/{position}/quantities"
            )
        if set(one.quantities) - set(prices_fen):
            raise Invalid(
                "recipient_listing", "收件人的商品不在订单中", pointer=f"/recipients/{position}/quantities"
            )
        divisions.get(one.area)


def _write_parcels(session: Session, placed: Placed, recipients: Sequence[Recipient]) -> None:
    parcels: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for order in placed.orders:
        own = {line["listing_id"]: line["id"] for line in placed.lines if line["order_id"] == order["id"]}
        concerned = [one for one in recipients if own.keys() & one.quantities.keys()]
        for number, one in enumerate(concerned, 1):
            parcel_id = uuid7()
            person = {
                "name": one.name,
                "telephone": one.telephone,
                "area": one.area,
                "address": one.address,
            }
            parcels.append(
                {
                    "id": parcel_id,
                    "order_id": order["id"],
                    "parcel_no": number,
                    "area_code": divisions.get(one.area).code,
                    "recipient_enc": seal("orders.parcel", "recipient_enc", parcel_id, person),
                }
            )
            lines.extend(
                {"parcel_id": parcel_id, "line_id": own[key], "quantity": units}
                for key, units in one.quantities.items()
                if key in own
            )
    session.execute(insert(Parcel), parcels)
    session.execute(insert(ParcelLine), lines)
