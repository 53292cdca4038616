"""What a producer does with an order: confirm, refuse, set the freight, ship in parts, say that it arrived, answer returns."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from marshmallow import pre_load
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.orders import service
from marketplace.orders.schemas.contracts import FreightIn
from marketplace.orders.schemas.requests import CancellationIn, DecisionIn, ShipmentIn
from marketplace.web.kit import Form, Pages, done, needs, render
from marketplace.web.kit import say as _
from marketplace.web.kit.rows import NOTHING, meant, put_in_place

pages: Final = Pages("producers_order_steps", __name__, url_prefix="/producer/orders")


class ShipmentForm(ShipmentIn):
    """The API's shipment; a line without a quantity is one that stays."""

    @pre_load
    def leave_out(self, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Drop the lines of which nothing leaves."""
        return meant(data, "lines", ("quantity",), NOTHING)


@pages.action("/<number>/confirmation", needs("orders.fulfil"))
def confirm(session: Session, actor: Actor, number: str) -> Response:
    """Take the order."""
    service.confirm(session, actor, number)
    return done(_page(number), _("已确认接单"))


@pages.form("/<number>/refusal", needs("orders.cancel"), CancellationIn)
def refusal(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """Do not take it, or call it off, with the reason that the buyer reads."""
    return _step(session, actor, form, number, "refusal")


@refusal.submit
def refuse(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Cancel; stock comes back, money that was paid is owed back."""
    service.cancel(session, actor, number, body["reason"])
    return done(_page(number), _("订单已取消,已告知采购单位"))


@pages.form("/<number>/freight", needs("orders.fulfil"), FreightIn)
def freight(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The freight, before the contract goes out."""
    return _step(session, actor, form, number, "freight")


@freight.submit
def set_freight(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Total and tax follow; the buyer is told."""
    service.set_freight(session, actor, number, body["freight_fen"])
    return done(_page(number), _("运费已更新"))


@pages.form("/<number>/shipment", needs("orders.fulfil"), ShipmentForm)
def shipment(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """What leaves now; everything that is left unless fewer are typed."""
    picture = service.picture(session, actor, number)
    left = [(line, line.quantity - line.shipped - line.cancelled) for line in picture.lines]
    left = [(line, units) for line, units in left if units > 0]
    form.fill(**{f"lines.{place}.quantity": units for place, (_line, units) in enumerate(left)})
    put_in_place(form, "lines", ("quantity",), len(left), NOTHING, at="quantity")
    return render("producers/order_step.html", form=form, order=picture.order, step="shipment", left=left)


@shipment.submit
def ship(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Send them off; stock leaves."""
    parts = [service.Part(**row) for row in body["lines"]] if "lines" in body else None
    order = service.ship(
        session,
        actor,
        number,
        parts=parts,
        carrier=body.get("carrier"),
        tracking_no=body.get("tracking_no"),
    )
    return done(
        _page(number), _("已全部发货") if order.state == "shipped" else _("已记录部分发货,其余仍待发货")
    )


@pages.action("/<number>/delivery", needs("orders.read"))
def deliver(session: Session, actor: Actor, number: str) -> Response:
    """The goods have arrived."""
    service.deliver(session, actor, number)
    return done(_page(number), _("已登记送达,等待采购单位验收"))


@pages.form("/<number>/shortfall", needs("orders.fulfil"), CancellationIn)
def shortfall(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """What is left will not come."""
    return _step(session, actor, form, number, "shortfall")


@shortfall.submit
def declare_shortfall(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """The rest is no longer bought; its money goes back."""
    service.declare_shortfall(session, actor, number, body["reason"])
    return done(_page(number), _("已登记缺货,其余不再发货"))


@pages.form("/<number>/returns/<return_number>/decision", needs("orders.return_decide"), DecisionIn)
def return_decision(session: Session, actor: Actor, form: Form, number: str, return_number: str) -> Response:
    """Approve or refuse a return."""
    return _step(session, actor, form, number, "return", return_number=return_number)


@return_decision.submit
def decide_return(
    session: Session, actor: Actor, body: dict[str, Any], number: str, return_number: str
) -> Response:
    """Say so; the buyer is told."""
    service.decide_return(session, actor, return_number, approve=body["approve"], opinion=body["opinion"])
    return done(_page(number), _("退货已答复"))


@pages.action("/<number>/returns/<return_number>/receipt", needs("orders.return_decide"))
def receive_return(session: Session, actor: Actor, number: str, return_number: str) -> Response:
    """The goods are back."""
    service.receive_return(session, actor, return_number)
    return done(_page(number), _("已登记收到退货"))


def _page(number: str) -> str:
    return f"/producer/orders/{number}"


def _step(session: Session, actor: Actor, form: Form, number: str, step: str, **context: Any) -> Response:
    order = service.read_order(session, actor, number)
    if step == "freight":
        form.fill(freight_fen=order.freight_fen)
    return render("producers/order_step.html", form=form, order=order, step=step, left=(), **context)
