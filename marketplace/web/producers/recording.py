"""到账 of one order, recorded by hand from the bank's slip, and taken back when it was not this order's."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from marshmallow import fields, pre_load
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments import service as payments
from marketplace.payments.models import Payment
from marketplace.payments.rules.kinds import KINDS
from marketplace.payments.rules.refunds import CURRENCY
from marketplace.payments.schemas.receipts import TransferIn
from marketplace.payments.schemas.waiting import ReasonIn
from marketplace.payments.service import allocation
from marketplace.web.kit import Form, Pages, done, needs, render
from marketplace.web.kit import say as _

pages: Final = Pages("producers_recording", __name__, url_prefix="/producer")
#: Every paper that some means of payment may have, once.
PAPERS: Final = tuple({field.code: field for kind in KINDS for field in kind.fields}.values())


def with_papers(data: dict[str, Any]) -> dict[str, Any]:
    """A form sends each paper as a text, those left blank too."""
    sent = data.get("voucher")
    if not isinstance(sent, dict):
        return data
    filled = {code: text for code, text in sent.items() if isinstance(text, str) and text.strip()}
    return data | {"voucher": filled}


class RecordForm(TransferIn):
    """The API's transfer; the order is that of the page, the currency the only one there is."""

    @pre_load
    def leave_out(self, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Keep the papers that were filled in."""
        return with_papers(data)

    class Meta:
        """The order is in the address."""

        exclude = ("order_number",)

    currency = fields.String(load_default=CURRENCY)


@pages.form("/payments/<uuid:payment_id>/reversal", needs("payments.record"), ReasonIn)
def reversing(session: Session, actor: Actor, form: Form, payment_id: uuid.UUID) -> Response:
    """A payment was not this order's."""
    payment, order = _payment(session, actor, payment_id)
    return render("producers/payment_reversal.html", form=form, payment=payment, order=order)


@reversing.submit
def reverse(session: Session, actor: Actor, body: dict[str, Any], payment_id: uuid.UUID) -> Response:
    """Its money waits again."""
    payment = allocation.undo(session, actor, payment_id, body["reason"])
    order = session.get_one(SalesOrder, payment.order_id)
    return done(f"/producer/orders/{order.number}/payments", _("已撤回,款项待重新认领"))


@pages.form("/orders/<number>/receipt", needs("payments.record"), RecordForm)
def recording(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """What the own bank's statement, the card slip or the treasury's voucher shows."""
    order = orders.read_order(session, actor, number)
    form.fill(amount_fen=orders.due_fen(order), payer_name=order.buyer_name, kind="bank_transfer")
    return render(
        "producers/receipt_record.html",
        form=form,
        order=order,
        kinds=KINDS,
        papers=PAPERS,
        due_fen=orders.due_fen(order),
    )


@recording.submit
def record(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """It arrived, for this order."""
    payments.record_transfer(session, actor, number, **body)
    return done(f"/producer/orders/{number}/payments", _("到账已登记"))


def _payment(session: Session, actor: Actor, payment_id: uuid.UUID) -> tuple[Payment, SalesOrder]:
    """A payment with its order. NotFound for who may not see its order."""
    payment = session.get(Payment, payment_id)
    order = None if payment is None else session.get(SalesOrder, payment.order_id)
    if payment is None or order is None or not orders.may_on(actor, "orders.read", order):
        raise NotFound("payment_not_found", "没有这笔收款")
    return payment, order
