"""Paying online, what stays with sellers as a balance, and who may pay in the unit's place (代付备案)."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.accounts.service.organisations import names_of
from marketplace.core.actor import Actor
from marketplace.core.http import page_of
from marketplace.orders import service as orders
from marketplace.payments.models import BuyerBalance, DeclaredPayer
from marketplace.payments.rules.online import LIVE, METHODS
from marketplace.payments.schemas.online import OnlinePaymentIn
from marketplace.payments.schemas.waiting import BalanceArgs, PayerArgs, PayerIn
from marketplace.payments.service import balances, online, payers
from marketplace.payments.service.online_step import ask_gateway
from marketplace.web.buyers.payments import tabs_of
from marketplace.web.buyers.states import ONLINE, titled
from marketplace.web.kit import (
    Form,
    Listing,
    NoFields,
    Pages,
    choices,
    done,
    hats,
    label,
    needs,
    render,
    signed_in,
)
from marketplace.web.kit import say as _

pages: Final = Pages("buyers_paying", __name__)


@pages.form("/orders/<number>/online-payments", needs("orders.place"), OnlinePaymentIn)
def paying(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """How it is paid online; the amount is what is due."""
    order = orders.read_order(session, actor, number)
    return render(
        "buyers/pay_online.html",
        form=form.fill(method="alipay", flow="page"),
        order=order,
        due_fen=orders.due_fen(order),
        methods=choices(METHODS),
    )


@paying.submit
def begin(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Write the payment down; the gateway is asked on the next page."""
    made = online.pay_order(session, actor, number, **body)
    return done(f"/online-payments/{made.number}", _("已发起线上支付"))


@pages.form("/checkouts/<number>/online-payments", needs("orders.place"), OnlinePaymentIn)
def paying_all(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The same for every order of a checkout."""
    found = session.scalars(orders.orders_of_checkout(actor, number)).all()
    return render(
        "buyers/pay_online.html",
        form=form.fill(method="card", flow="page"),
        order=None,
        number=number,
        due_fen=sum(orders.due_fen(order) for order in found),
        methods=choices(METHODS),
    )


@paying_all.submit
def begin_all(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """One payment for each order; the result page of the checkout leads to them."""
    made = online.pay_checkout(session, actor, number, **body)
    if len(made) == 1:
        return done(f"/online-payments/{made[0].number}", _("已发起线上支付"))
    return done(f"/checkouts/{number}", _("已发起 {count} 笔线上支付,请在各订单中继续", count=len(made)))


@pages.show("/online-payments/<number>", signed_in())
def payment(session: Session, actor: Actor, number: str) -> Response:
    """One payment as it stands; while the gateway waits for the buyer, the way to its page."""
    return _show(session, actor, number)


def _show(session: Session, actor: Actor, number: str) -> Response:
    row, order = online.read_payment(session, actor, number)
    return render(
        "buyers/online_payment.html",
        payment=row,
        order=order,
        state=titled(ONLINE)[row.state],
        method=label(METHODS[row.method]),
        is_live=row.state in LIVE,
        page_url=row.page_url if row.state == "open" else None,
    )


@pages.form("/online-payments/<number>/next-step", needs("orders.place"), NoFields, own_transactions=True)
def going_on(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The payment, after the gateway did not answer."""
    return _show(session, actor, number)


@going_on.submit
def go_on(actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Ask the gateway, as the API's next step does: between two transactions."""
    ask_gateway(actor, number)
    return done(f"/online-payments/{number}")


@pages.action("/online-payments/<number>/cancellation", needs("orders.place"))
def cancel(session: Session, actor: Actor, number: str) -> Response:
    """Give it up."""
    online.cancel_payment(session, actor, number)
    return done(f"/online-payments/{number}", _("已申请取消这笔支付"))


@pages.show("/balances", needs("payments.read"))
def list_balances(session: Session, actor: Actor) -> Response:
    """What was paid too much and stays with a seller, oldest first."""
    listing = Listing(BalanceArgs)
    wanted = balances.balances_seen(actor)
    if listing.args["buyer_id"] is not None:
        wanted = wanted.where(BuyerBalance.buyer_id == listing.args["buyer_id"])
    page = page_of(session, wanted, keys=[BuyerBalance.id], key_of=lambda row: [row.id], args=listing.args)
    return render(
        "buyers/balances.html",
        fragment="results",
        listing=listing,
        page=page,
        names=names_of(session, [row.holder_id for row in page.items]),
        tabs=tabs_of(actor),
    )


@pages.show("/declared-payers", needs("payments.declare_payer"))
def list_payers(session: Session, actor: Actor) -> Response:
    """The names under which others pay for the unit."""
    listing = Listing(PayerArgs)
    wanted = payers.declared_seen(actor)
    if listing.args["buyer_id"] is not None:
        wanted = wanted.where(DeclaredPayer.buyer_id == listing.args["buyer_id"])
    page = page_of(session, wanted, keys=[DeclaredPayer.id], key_of=lambda row: [row.id], args=listing.args)
    return render("buyers/payers.html", fragment="results", listing=listing, page=page, tabs=tabs_of(actor))


@pages.form("/declared-payers/new", needs("payments.declare_payer"), PayerIn)
def declaring(session: Session, actor: Actor, form: Form) -> Response:
    """Under which other name the unit's money comes."""
    return render("buyers/payer_form.html", form=form.fill(buyer_id=hats.organisation(actor)))


@declaring.submit
def declare(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Declare it; what waits under that name is looked at again."""
    payers.declare(session, actor, body["buyer_id"], body["payer_name"], body["reason"])
    return done("/declared-payers", _("已备案 {name}", name=body["payer_name"]))


@pages.action("/declared-payers/<uuid:payer_id>/end", needs("payments.declare_payer"))
def end(session: Session, actor: Actor, payer_id: uuid.UUID) -> Response:
    """From now on that name is no longer the unit's."""
    payers.end(session, actor, payer_id)
    return done("/declared-payers", _("备案已终止"))
