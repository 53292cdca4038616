"""The steps of a contract, taken in one place: sent by the seller, called off by either side before both have signed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Unavailable
from marketplace.orders.models import Contract, SalesOrder
from marketplace.orders.rules import CONTRACT
from marketplace.orders.service.contracts.papers import RETRY_SECONDS
from marketplace.orders.service.contracts.reading import lock_contract, open_contract
from marketplace.orders.service.reading import note, require, tell

_REACHED_AT = {"sent": "sent_at", "signed": "signed_at", "void": "voided_at"}


def take(
    session: Session,
    order: SalesOrder,
    contract: Contract,
    target: str,
    actor: Actor | None,
    at: datetime,
    **detail: str,
) -> None:
    """Take one step: the only place that changes `state`; the order's history has a line of it. IllegalTransition (409).

    `detail` has the `reason` of a contract that becomes void.
    """
    CONTRACT.require(contract.state, target)
    contract.state = target
    if target == "void":
        contract.void_reason = detail["reason"]
    if target in _REACHED_AT:
        setattr(contract, _REACHED_AT[target], at)
    session.flush()
    note(session, order, f"contract_{target}", actor, at, contract=contract.number, **detail)


def send(session: Session, actor: Actor, number: str) -> Contract:
    """The seller sends its draft to the buyer: drafted → sent; what it states stays as it is from now on.

    Unavailable (`document_pending`) until the paper is made, Conflict (`contract_outdated`) for a draft that no longer states
    what the order is worth.
    """
    order, contract = lock_contract(session, number)
    require(actor, "orders.contract", order, (order.producer_organisation_id,))
    CONTRACT.require(contract.state, "sent")
    if contract.document_sha256 is None:
        raise Unavailable("document_pending", "合同文件正在生成", retry_after_seconds=RETRY_SECONDS)
    if order.state == "cancelled" or contract.content["total_fen"] != order.total_fen:
        raise Conflict("contract_outdated", "订单已变动，请重新起草合同")
    take(session, order, contract, "sent", actor, utcnow())
    tell(session, order, "contract_sent", actor, contract=contract.number)
    return contract


def void(session: Session, actor: Actor, number: str, reason: str) -> Contract:
    """Call a contract off before both sides have signed: a draft by the seller, one that was sent by either side.

    IllegalTransition (409) for a signed one: it is changed by a supplement only.
    """
    order, contract = lock_contract(session, number)
    sides = [order.producer_organisation_id]
    if contract.state != "drafted":
        sides.append(order.buyer_id)
    require(actor, "orders.contract", order, sides)
    was_out = contract.state != "drafted"
    take(session, order, contract, "void", actor, utcnow(), reason=reason)
    if was_out:
        tell(session, order, "contract_void", actor, contract=contract.number)
    return contract


def void_open(session: Session, order: SalesOrder, actor: Actor | None, reason: str, at: datetime) -> None:
    """Call off what is on the way, whatever its state, because the order changed under it. Order locked."""
    contract = open_contract(session, order)
    if contract is not None:
        take(session, order, contract, "void", actor, at, reason=reason)
