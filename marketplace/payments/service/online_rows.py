"""Finding and locking payments online. Locks: batch, order, payment, in this order."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from marketplace.core.db import lock_exclusive
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import OnlinePayment


@dataclass(frozen=True, slots=True)
class Known:
    """What never changes of a payment, and the state that it had when it was read: it may be further by now, never back."""

    id: uuid.UUID
    order_id: uuid.UUID
    batch_id: uuid.UUID
    is_held: bool
    account: str
    state: str
    intent_id: str | None


# Built once: building a statement costs more than sending it, and messages come by the thousand.
_KNOWN: Final = select(*(getattr(OnlinePayment, name) for name in Known.__dataclass_fields__))
_BY_ID: Final = _KNOWN.where(OnlinePayment.id == bindparam("key"))
_BY_INTENT: Final = _KNOWN.where(OnlinePayment.intent_id == bindparam("key"))
_LOCKED: Final = (
    select(OnlinePayment)
    .where(OnlinePayment.id == bindparam("key"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def find_payment(
    session: Session, *, payment_id: uuid.UUID | None = None, intent_id: str | None = None
) -> Known | None:
    """A payment by our id or by the gateway's, without locking anything; None when there is none."""
    row = session.execute(
        _BY_INTENT if payment_id is None else _BY_ID,
        {"key": intent_id if payment_id is None else payment_id},
    ).one_or_none()
    return None if row is None else Known(*row)


def lock_payment(session: Session, payment_id: uuid.UUID) -> tuple[SalesOrder, OnlinePayment]:
    """A payment with its order, both locked until the end of the transaction. LookupError when there is none."""
    known = find_payment(session, payment_id=payment_id)
    if known is None:
        raise LookupError("no such payment")
    return lock_known(session, known)


def lock_known(session: Session, known: Known) -> tuple[SalesOrder, OnlinePayment]:
    """The same for one that was found."""
    if known.is_held:
        lock_exclusive(session, "payments.batch", str(known.batch_id))
    order = orders.lock_order_by_id(session, known.order_id)
    return order, session.scalars(_LOCKED, {"key": known.id}).one()
