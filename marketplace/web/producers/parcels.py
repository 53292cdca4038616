"""包裹 of an order to many addresses: listed masked, shipped and delivered one by one, the list with persons for packing."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from marshmallow import pre_load
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.orders.buying.models import Parcel
from marketplace.orders.buying.schemas.gift import ParcelShipmentIn
from marketplace.orders.buying.service import parcels
from marketplace.orders.buying.service.parcels import PARCEL_STATES
from marketplace.web.kit import Form, Pages, done, needs, render
from marketplace.web.kit import say as _
from marketplace.web.kit.rows import NOTHING, meant, put_in_place
from marketplace.web.parcels_listed import parcels_listed

pages: Final = Pages("producers_parcels", __name__, url_prefix="/producer/orders/<number>/parcels")
TONES: Final = {"waiting": "warn", "delivered": "good", "cancelled": "quiet"}
MOST_AT_ONCE: Final = 20  # on a phone; the API takes 200


class ParcelShipmentForm(ParcelShipmentIn):
    """The API's parcels; one without a number of the carrier stays."""

    @pre_load
    def leave_out(self, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Drop the parcels that do not leave."""
        return meant(data, "parcels", ("tracking_no",), NOTHING)


@pages.show("", needs("orders.read"))
def list_parcels(session: Session, actor: Actor, number: str) -> Response:
    """The parcels in their order, persons masked."""
    order, listed = parcels_listed(session, actor, number)
    return render(
        "producers/parcels.html",
        fragment="results",
        order=order,
        states=PARCEL_STATES,
        tones=TONES,
        **listed,
    )


@pages.form("/shipment", needs("orders.fulfil"), ParcelShipmentForm)
def shipping(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The next parcels that wait; each leaves with a number of its own."""
    order, statement = parcels.parcels_of(session, actor, number)
    rows = session.execute(
        statement.where(Parcel.shipment_id.is_(None)).order_by(Parcel.parcel_no).limit(MOST_AT_ONCE)
    )
    waiting = parcels.shown(session, order, [(row[0], None) for row in rows])
    put_in_place(form, "parcels", ("tracking_no",), len(waiting), NOTHING, at="tracking_no")
    return render("producers/parcel_shipment.html", form=form, order=order, waiting=waiting)


@shipping.submit
def ship(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Send them off."""
    parcels.ship_parcels(session, actor, number, [parcels.Sending(**row) for row in body["parcels"]])
    return done(_page(number), _("已发出 {count} 个包裹", count=len(body["parcels"])))


@pages.action("/<int:parcel_no>/delivery", needs("orders.read"))
def deliver(session: Session, actor: Actor, number: str, parcel_no: int) -> Response:
    """One has arrived; the order has when all have."""
    parcels.deliver_parcel(session, actor, number, parcel_no)
    return done(_page(number), _("已登记送达"))


def _page(number: str) -> str:
    return f"/producer/orders/{number}/parcels"
