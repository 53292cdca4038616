"""One order of a buyer with what happened to it, and the steps that its buyer takes. The list: `order_list`."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.accounts.service.organisations import names_of
from marketplace.core.actor import Actor
from marketplace.orders import schemas, service
from marketplace.orders.buying.service import cart
from marketplace.orders.buying.service.parcels import progress_of
from marketplace.orders.counting import ACTOR_TITLES, FACT_TITLES
from marketplace.orders.history import event_title
from marketplace.orders.models import SalesOrder
from marketplace.orders.rules import (
    INVOICE_TITLES,
    ORDER,
    PAYMENT,
    REATTRIBUTION,
    RETURN,
    RETURN_REASONS,
    RETURNABLE,
)
from marketplace.orders.service import consenting, contracts
from marketplace.orders.service.photos import MOST_PHOTOS, may_look
from marketplace.orders.terms import METHOD_BY_CODE
from marketplace.web.buyers.order_forms import AcceptanceForm, EvaluationForm, ReturnForm
from marketplace.web.buyers.states import CONTRACTS, titled
from marketplace.web.kit import (
    Form,
    Pages,
    choices,
    done,
    label,
    needs,
    render,
)
from marketplace.web.kit import say as _

pages: Final = Pages("buyers_orders", __name__)
TONES: Final = {
    "placed": "info",
    "confirmed": "info",
    "delivered": "warn",
    "accepted": "warn",
    "cancelled": "quiet",
    "closed": "good",
    "evaluated": "good",
}


@pages.show("/orders/<number>", needs("orders.read"))
def one_order(session: Session, actor: Actor, number: str) -> Response:
    """One order: lines, history, papers, what is to be done now."""
    return show(session, actor, number)


def show(session: Session, actor: Actor, number: str, form: Form | None = None, which: str = "") -> Response:
    """The page of an order, with the form of `which` step as it was refused."""
    picture = service.picture(session, actor, number)
    order = picture.order
    forms = {
        name: Form(schema)
        for name, schema in (
            ("acceptance", AcceptanceForm),
            ("evaluation", EvaluationForm),
            ("return", ReturnForm),
            ("cancellation", schemas.CancellationIn),
        )
    }
    if form is not None:
        forms[which] = form
    for name, one in forms.items():
        one.prefix = f"f-{name}"
    _order, standings, _entries = service.attribution_of(session, actor, number)
    return render(
        "buyers/order.html",
        picture=picture,
        order=order,
        forms_of=forms,
        stars=[(count, _("{count} 星", count=count)) for count in range(5, 0, -1)],
        facts=FACT_TITLES,
        actors=ACTOR_TITLES,
        papers=contracts.contracts_of(session, actor, number),
        contract_states=titled(CONTRACTS),
        parcels=sum(progress_of(session, [order])[order.id].values()),
        standings=standings,
        history=[{"title": label(event_title(one.kind)), "at": one.at} for one in picture.events],
        states=ORDER.titles,
        payments=PAYMENT.titles,
        invoices=INVOICE_TITLES,
        returns=RETURN.titles,
        reasons=choices(RETURN_REASONS),
        method=METHOD_BY_CODE[order.payment_method],
        tones=TONES,
        most_photos=MOST_PHOTOS,
        unit="".join(names_of(session, [order.budget_unit_id]).values()),
        move=consenting.open_move(session, order),
        move_states=REATTRIBUTION.titles,
        may={
            "accept": order.state == "delivered" and _is_side(actor, "orders.accept", order),
            "evaluate": ORDER.may(order.state, "evaluated") and _is_side(actor, "orders.accept", order),
            "return": order.state in RETURNABLE and _is_side(actor, "orders.return", order),
            "cancel": ORDER.may(order.state, "cancelled") and _is_side(actor, "orders.cancel", order),
            # Photos are files of the organisation, which a private person has none of.
            "photograph": actor.may("files.upload"),
            "look": may_look(actor, order),
            "buy": _is_side(actor, "orders.place", order),
            "extend": _is_side(actor, "orders.place", order)
            and not order.due_extended
            and order.payment_state in ("unpaid", "partly_paid")
            and METHOD_BY_CODE[order.payment_method].extensions > 0,
            "ask_move": consenting.may_ask(session, actor, order),
            "pay": service.may_on(actor, "payments.read", order),
            "ask_invoice": _is_side(actor, "payments.invoice_ask", order)
            and order.invoice_state in ("none", "partly_issued")
            and order.state != "cancelled",
        },
    )


def _is_side(actor: Actor, permission: str, order: SalesOrder) -> bool:
    return actor.may_on(permission, area=order.buyer_area, owners=(order.buyer_id,))


@pages.form("/orders/<number>/acceptance", needs("orders.accept"), AcceptanceForm)
def acceptance(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The order, after an acceptance that was refused."""
    return show(session, actor, number, form, "acceptance")


@acceptance.submit
def accept(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Everything is accepted but what is rejected."""
    service.accept(session, actor, number, service.rejected_of(body), body["photo_file_ids"])
    return done(f"/orders/{number}", _("已验收"))


@pages.form("/orders/<number>/evaluation", needs("orders.accept"), EvaluationForm)
def evaluation(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The order, after an evaluation that was refused."""
    return show(session, actor, number, form, "evaluation")


@evaluation.submit
def evaluate(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Stars and words, once."""
    service.evaluate(session, actor, number, stars=body["stars"], comment=body.get("comment"))
    return done(f"/orders/{number}", _("已评价,谢谢"))


@pages.form("/orders/<number>/returns", needs("orders.return"), ReturnForm)
def returning(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The order, after a return that was refused."""
    return show(session, actor, number, form, "return")


@returning.submit
def ask_return(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Ask to give goods back."""
    parts = [service.Part(**row) for row in body["lines"]]
    row = service.request_return(session, actor, number, parts, body["reason"], photos=body["photo_file_ids"])
    return done(f"/orders/{number}", _("已申请退货 {number}", number=row.number))


@pages.action("/returns/<number>/withdrawal", needs("orders.return"))
def keep_goods(session: Session, actor: Actor, number: str) -> Response:
    """The goods are kept after all."""
    service.withdraw_return(session, actor, number)
    return done("/orders", _("已撤回退货申请 {number}", number=number))


@pages.form("/orders/<number>/cancellation", needs("orders.cancel"), schemas.CancellationIn)
def cancelling(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The order, after a cancellation that was refused."""
    return show(session, actor, number, form, "cancellation")


@cancelling.submit
def cancel(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Call it off before anything is shipped."""
    service.cancel(session, actor, number, body["reason"])
    return done(f"/orders/{number}", _("订单已取消"))


@pages.action("/orders/<number>/extension", needs("orders.place"))
def extend(session: Session, actor: Actor, number: str) -> Response:
    """Pay later, once."""
    order = service.extend_deadline(session, actor, number)
    return done(f"/orders/{number}", _("付款日已延至 {day}", day=order.due_on))


@pages.action("/orders/<number>/reorder", needs("orders.place"))
def reorder(session: Session, actor: Actor, number: str) -> Response:
    """The same goods into the cart, at the prices of today."""
    for line in service.picture(session, actor, number).lines:
        cart.put(session, actor, line.listing_id, line.quantity)
    return done("/cart", _("已按原订单放入购物车"))
