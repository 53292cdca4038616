"""A refund that the gateway did not make is tried again by a person: under a new key, or by bank transfer.

The failed row stays as it is; another takes its place, with its own id, key and mark at the gateway, so a late message about the
first is never taken for the second. Of two persons at once one wins: the order's lock, and a row has one successor.
Source: docs/rules.md, "Refunds online".
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.gateways import online
from marketplace.payments.models import Refund
from marketplace.payments.rules.refunds import AT_GATEWAY, REFUND
from marketplace.payments.service.collection import keepers, mode_of
from marketplace.payments.service.gateway_refunds import covering_payment

_AGAIN: Final = Conflict("refund_asked_again", "该退款已另行办理")
_REFUSALS: Final = {"uq_refund_replaces_id": _AGAIN, "uq_refund_return_id": _AGAIN}


def refund_again(session: Session, actor: Actor, number: str, *, way: str) -> tuple[Refund, str]:
    """Begin another refund in the place of one that failed, or that the buyer's bank sent back; with the order's number.

    `way` gateway: the worker asks for it under a new key. bank: a second person confirms it with the bank's number. NotFound
    (`refund_not_found`); Conflict (`refund_at_gateway`) while nobody knows or the gateway has it, (`refund_not_failed`),
    (`refund_asked_again`) for who comes second, (`online_payment_off`), (`refund_not_covered`) when less is left of what was
    captured than goes back.
    """
    order_id = session.scalar(select(Refund.order_id).where(Refund.number == number))
    if order_id is None:
        raise NotFound("refund_not_found", "没有这笔退款")
    order = orders.lock_order_by_id(session, order_id)
    orders.require(actor, "payments.refund", order, keepers(mode_of(session, order), order))
    failed = session.scalars(
        select(Refund).where(Refund.number == number).execution_options(populate_existing=True)
    ).one()
    _require_failed(session, failed)
    begun = _successor(actor, failed)
    if way == "gateway":
        _require_covered(session, order, begun)
        begun.next_try_at = begun.requested_at
    if failed.state == "failed":
        REFUND.require(failed.state, "replaced")
        failed.state = "replaced"
        session.flush()
    session.add(begun)
    with refusing(_REFUSALS):
        session.flush()
    audit.record(
        session,
        actor,
        "payments.refund.again",
        "order",
        order.number,
        area_code=order.buyer_area,
        detail={"refund": begun.number, "replaces": failed.number, "way": way},
    )
    return begun, order.number


def _require_failed(session: Session, refund: Refund) -> None:
    if refund.state in AT_GATEWAY:
        raise Conflict("refund_at_gateway", "退款正由支付通道办理")
    if session.scalar(select(exists().where(Refund.replaces_id == refund.id))):
        raise _AGAIN
    if refund.state != "failed" and refund.bounced_at is None:
        raise Conflict("refund_not_failed", "该退款没有失败")


def _successor(actor: Actor, failed: Refund) -> Refund:
    """What came back is the buyer's balance and no return any more: its goods, and its reversal, are done with."""
    is_bounced = failed.bounced_at is not None
    return Refund(
        id=uuid7(),
        number=readable_number("F"),
        order_id=failed.order_id,
        replaces_id=failed.id,
        return_id=None if is_bounced else failed.return_id,
        kind="surplus" if is_bounced else failed.kind,
        amount_fen=failed.amount_fen,
        state=REFUND.initial,
        online_payment_id=failed.online_payment_id,
        requested_by=actor.audit_id,
        requested_by_person=None if actor.is_system else actor.person_id,
        requested_at=utcnow(),
    )


def _require_covered(session: Session, order: SalesOrder, begun: Refund) -> None:
    if online() is None:
        raise Conflict("online_payment_off", "未开通线上支付")
    if covering_payment(session, order, begun) is None:
        raise Conflict("refund_not_covered", "线上收款的余额不足以退回,请改由银行退款")
