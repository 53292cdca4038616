"""购物车 by supplier, 结算 with its terms, and what came of it."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response, request
from sqlalchemy.orm import Session

from marketplace.catalogue.channels import CHANNEL_KINDS
from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.http.fields import Prose
from marketplace.orders import service as orders
from marketplace.orders.buying.api.blueprint import basket_of
from marketplace.orders.buying.rules.cart import CHANGES
from marketplace.orders.buying.schemas.cart import CartCheckoutIn, CartLineChangeIn, CartTicksIn
from marketplace.orders.buying.service import cart, cart_view, requests
from marketplace.orders.rules import ORDER, PAYMENT
from marketplace.payments.gateways import online as online_gateway
from marketplace.web.buyers.terms import TermsForm, offered
from marketplace.web.kit import Form, Pages, done, hats, needs, render
from marketplace.web.kit import say as _

pages: Final = Pages("buyers_cart", __name__)
_CHANNELS: Final = {kind.code: kind.title_zh for kind in CHANNEL_KINDS}


class CheckoutForm(CartCheckoutIn, TermsForm):
    """The API's checkout of a cart, or the same sent for approval with a note."""

    note = Prose(500, load_default=None, allow_none=True)


@pages.show("/cart", needs("orders.place"))
def show_cart(session: Session, actor: Actor) -> Response:
    """The cart as it stands now."""
    found = cart_view.read_cart(session, actor, hats.organisation(actor))
    return render("buyers/cart.html", cart=found, changes=CHANGES, channels=_CHANNELS)


@pages.action("/cart/lines/<uuid:listing_id>", needs("orders.place"), CartLineChangeIn)
def change(session: Session, actor: Actor, body: dict[str, Any], listing_id: uuid.UUID) -> Response:
    """Units, tick, or yes to the price of now."""
    cart.change(session, actor, listing_id, **body)
    return done("/cart", _("购物车已更新"))


@pages.action("/cart/ticks", needs("orders.place"), CartTicksIn)
def tick(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Tick or untick a supplier's lines."""
    cart.tick(session, actor, body["listing_ids"], is_ticked=body["is_ticked"])
    return done("/cart")


@pages.action("/cart/lines/<uuid:listing_id>/removal", needs("orders.place"))
def remove(session: Session, actor: Actor, listing_id: uuid.UUID) -> Response:
    """Take a line out."""
    cart.remove(session, actor, [listing_id])
    return done("/cart", _("已从购物车移除"))


@pages.form("/cart/checkout", needs("orders.place"), CheckoutForm)
def checkout(session: Session, actor: Actor, form: Form) -> Response:
    """The terms of an order of the ticked lines."""
    return _terms(session, actor, form)


@checkout.submit
def place(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Order them."""
    body.pop("note")
    placed = cart.check_out(session, actor, basket_of(session, actor, body), body["total_fen"])
    said = (
        _("已下单;有 {count} 项超出采购计划", count=len(placed.warnings)) if placed.warnings else _("已下单")
    )
    return done(f"/checkouts/{placed.number}", said)


@pages.form("/cart/approval", needs("orders.place"), CheckoutForm)
def approval(session: Session, actor: Actor, form: Form) -> Response:
    """The same terms, for approval."""
    return _terms(session, actor, form)


@approval.submit
def ask_approval(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Send them for approval instead."""
    asked = requests.submit_cart(
        session, actor, basket_of(session, actor, body), body["total_fen"], note=body["note"]
    )
    return done(f"/purchase-requests/{asked.number}", _("已提交审批"))


@pages.show("/checkouts/<number>", needs("orders.read"))
def result(session: Session, actor: Actor, number: str) -> Response:
    """What a checkout became: one order for each supplier."""
    found = session.scalars(orders.orders_of_checkout(actor, number)).all()
    if not found:
        raise NotFound
    return render(
        "buyers/placed.html",
        number=number,
        orders=found,
        states=ORDER.titles,
        payments=PAYMENT.titles,
        may_pay=any(orders.due_fen(one) > 0 and orders.may_on(actor, "payments.read", one) for one in found),
        may_pay_online=online_gateway() is not None and actor.may("orders.place"),
    )


def _terms(session: Session, actor: Actor, form: Form) -> Response:
    buyer_id = hats.organisation(actor)
    found = cart_view.read_cart(session, actor, buyer_id)
    if not found.ticked_lines and request.method == "GET":
        return done("/cart", _("请先勾选要结算的商品"), "warn")
    terms = offered(session, actor, buyer_id)
    form.fill(
        buyer_id=buyer_id,
        total_fen=found.total_fen,
        payment_method="prepaid",
        delivery_address_id=terms["addresses"][0][0] if terms["addresses"] else None,
    )
    return render(
        "buyers/checkout.html",
        form=form,
        cart=found,
        seen="{}.{:02d}".format(*divmod(found.total_fen, 100)),  # what the page shows is what is ordered
        changes=CHANGES,
        **terms,
    )
