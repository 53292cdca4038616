"""Money received for an order, recorded by people who may: a receipt that is for this order, wholly and at once.

Nothing here asks a bank: a person of finance says what the bank statement, the card slip or the treasury's voucher shows. Orders
learn of it in the same transaction (docs/rules.md, "Money received and given back").
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid
from marketplace.core.ids import readable_number, uuid7
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.gateways import BANK_TRANSFER
from marketplace.payments.models import Payment, Receipt
from marketplace.payments.rules import receiving
from marketplace.payments.rules.kinds import checked_voucher
from marketplace.payments.rules.payers import payer_key
from marketplace.payments.rules.refunds import CURRENCY
from marketplace.payments.service.accounts import registered_account
from marketplace.payments.service.books import post
from marketplace.payments.service.collection import keepers, mode_of
from marketplace.payments.service.supervised import holder_for, supervised_organisation
from marketplace.payments.service.taking import Part, take

BOOKED: Final = {
    "uq_receipt_holder_id_account_id_reference": AlreadyExists("receipt_already_booked", "该笔到账已登记")
}


def record_transfer(
    session: Session,
    actor: Actor,
    order_number: str,
    *,
    amount_fen: int,
    currency: str,
    reference: str,
    payer_name: str,
    paid_at: datetime,
    kind: str = "bank_transfer",
    voucher: Mapping[str, str] | None = None,
) -> Payment:
    """Record money that arrived for an order; a part of the sum is allowed, more than is due is not.

    `reference` is the bank's own number of the line: booked once, AlreadyExists (`receipt_already_booked`) afterwards. Invalid
    (`currency`) for anything but CNY, (`receipt_kind`, `voucher_field`) for papers that are not of the kind; the other refusals
    are those of `orders.service.mark_paid`.
    """
    if currency != CURRENCY:
        raise Invalid("currency", "只接受人民币", pointer="/currency")
    papers = checked_voucher(kind, voucher or {})
    order = orders.lock_order(session, order_number)
    mode = mode_of(session, order)
    orders.require(actor, "payments.record", order, keepers(mode, order))
    if order.payment_method not in BANK_TRANSFER.serves:
        raise Conflict("method_not_served", "该付款方式不支持对公转账")
    # Before anything is written, what the order would refuse.
    orders.check_arrived(orders.Arrived(order, amount_fen, paid_at))
    holder, area, account_id = _holder(session, order)
    receipt = Receipt(
        id=uuid7(),
        number=readable_number("K"),
        holder_id=holder,
        holder_area=area,
        account_id=account_id,
        kind=kind,
        voucher=papers,
        reference=reference,
        payer_name=payer_name,
        payer_key=payer_key(payer_name),
        memo="",
        amount_fen=amount_fen,
        currency=currency,
        open_fen=amount_fen,
        state="new",
        arrived_at=paid_at,
        recorded_by=actor.audit_id,
        recorded_at=utcnow(),
        is_demo=order.is_demo,
    )
    with refusing(BOOKED):
        session.add(receipt)
        session.flush()
    post(
        session,
        {f"receipt:{receipt.id}": receiving.arrived(holder, amount_fen)},
        paid_at,
        is_demo=order.is_demo,
    )
    [payment_id] = take(session, [Part(receipt, order, amount_fen)], actor)
    note_taken(session, actor, order, receipt, amount_fen)
    return session.get_one(Payment, payment_id)


def note_taken(
    session: Session, actor: Actor | None, order: SalesOrder, receipt: Receipt, amount_fen: int
) -> None:
    """Write into the trail that so much of a receipt was given to an order."""
    audit.record(
        session,
        actor,
        "payments.payment.recorded",
        "order",
        order.number,
        area_code=order.buyer_area,
        detail={"amount_fen": amount_fen, "receipt": receipt.number},
    )


def _holder(session: Session, order: SalesOrder) -> tuple[uuid.UUID | None, str, uuid.UUID | None]:
    """In whose account the money of an order arrives, that party's area, and the account where one is registered."""
    holder = holder_for(session, order)
    keeper = supervised_organisation() if holder is None else holder
    if keeper is None:
        return None, order.producer_area, None
    organisation = session.get_one(Organisation, keeper)
    account = registered_account(session, organisation)
    return holder, organisation.area_code, account.id if account else None


def payments_of(session: Session, actor: Actor, order_number: str) -> list[Payment]:
    """The payments of an order, as they were recorded. NotFound when the actor may not see them."""
    order = orders.read_order(session, actor, order_number)
    orders.require(actor, "payments.read", order)
    return list(session.scalars(select(Payment).where(Payment.order_id == order.id).order_by(Payment.id)))


def vouchers_of(session: Session, payments: Sequence[Payment]) -> dict[uuid.UUID, Mapping[str, str]]:
    """The papers (`rules.kinds`) with which payments arrived, by payment, in one statement; whose payments the caller may see."""
    rows = session.execute(
        select(Payment.id, Receipt.voucher)
        .join(Receipt, Receipt.id == Payment.receipt_id)
        .where(Payment.id.in_([one.id for one in payments]))
    )
    return {row.id: row.voucher for row in rows}
