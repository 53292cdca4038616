"""The parcels of an order as both sides list them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import page_of
from marketplace.orders.buying.models import Parcel
from marketplace.orders.buying.schemas.gift import ParcelArgs
from marketplace.orders.buying.service import parcels
from marketplace.orders.models import SalesOrder
from marketplace.web.kit import Listing


def parcels_listed(session: Session, actor: Actor, number: str) -> tuple[SalesOrder, dict[str, Any]]:
    """An order the actor may see, and for a template `listing`, `page` and `rows` in their order, persons masked. NotFound."""
    listing = Listing(ParcelArgs)
    order, statement = parcels.parcels_of(session, actor, number)
    page = page_of(
        session,
        statement,
        keys=[Parcel.parcel_no],
        key_of=lambda row: [row[0].parcel_no],
        args=listing.args,
        scalars=False,
    )
    rows = parcels.shown(session, order, [(row[0], row[1]) for row in page.items])
    return order, {"listing": listing, "page": page, "rows": rows}
