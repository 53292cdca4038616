"""Paying online: begun, looked at, given up. The gateway is asked between transactions, never inside one."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.db import transaction
from marketplace.core.http import endpoint, needs, signed_in
from marketplace.core.settings import Settings
from marketplace.orders.models import SalesOrder
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.models import OnlinePayment
from marketplace.payments.schemas import online as schemas
from marketplace.payments.service import online as service
from marketplace.payments.service.online_step import ask_gateway
from marketplace.payments.service.online_work import read_secret

_NAMES = [name for name in schemas.OnlinePaymentOut().fields if name != "order_number"]


def _shown(payment: OnlinePayment, order_number: str) -> dict[str, Any]:
    shown = {name: getattr(payment, name) for name in _NAMES} | {"order_number": order_number}
    if payment.state != "open":
        shown["page_url"] = None
    return shown


@blueprint.route("/orders/<number>/online-payments", methods=["POST"])
@endpoint(needs("orders.place"), idempotent=True)
@blueprint.arguments(schemas.OnlinePaymentIn)
@blueprint.response(201, schemas.OnlinePaymentOut)
def begin(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Begin to pay what is due on an order, into the producer's own account. One at a time: a second is 409."""
    return _shown(service.pay_order(session, actor, number, **body), number)


@blueprint.route("/checkouts/<number>/online-payments", methods=["POST"])
@endpoint(needs("orders.place"), idempotent=True)
@blueprint.arguments(schemas.OnlinePaymentIn)
@blueprint.response(201, schemas.OnlinePaymentsOut)
def begin_all(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Begin to pay every order of a checkout. Cards are authorised first and captured together, or not at all."""
    made = service.pay_checkout(session, actor, number, **body)
    orders_by_id = {payment.order_id: session.get_one(SalesOrder, payment.order_id) for payment in made}
    return {"items": [_shown(payment, orders_by_id[payment.order_id].number) for payment in made]}


@blueprint.route("/orders/<number>/online-payments")
@endpoint(signed_in())
@blueprint.response(200, schemas.OnlinePaymentsOut)
def of_order(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """The online payments of an order, oldest first."""
    return {"items": [_shown(one, number) for one in service.payments_online_of(session, actor, number)]}


@blueprint.route("/online-payments/<number>")
@endpoint(signed_in())
@blueprint.response(200, schemas.OnlinePaymentOut)
def read(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """One online payment as it stands."""
    payment, order = service.read_payment(session, actor, number)
    return _shown(payment, order.number)


@blueprint.route("/online-payments/<number>/next-step", methods=["POST"])
@endpoint(needs("orders.place"), own_transactions=True)
@blueprint.response(200, schemas.NextStepOut)
def next_step(actor: Actor, number: str) -> dict[str, Any]:
    """What the buyer does next. Asks the gateway for the payment, under one key however often; 503 while it does not answer."""
    ask_gateway(actor, number)
    with transaction() as session:
        payment, order = service.read_payment(session, actor, number)
        shown = _shown(payment, order.number)
        account, intent_id = payment.account, payment.intent_id
    settings: Settings = current_app.extensions["settings"]
    waits = shown["state"] == "open" and shown["flow"] == "intent"
    return shown | {
        "account": account,
        "publishable_key": settings.stripe_publishable_key or None,
        "client_secret": read_secret(account, intent_id) if waits and intent_id else None,
    }


@blueprint.route("/online-payments/<number>/cancellation", methods=["POST"])
@endpoint(needs("orders.place"), idempotent=True)
@blueprint.response(200, schemas.OnlinePaymentOut)
def cancel(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """Give an online payment up; money that was taken meanwhile stays the order's, and goes back as a refund."""
    payment, order = service.cancel_payment(session, actor, number)
    return _shown(payment, order.number)
