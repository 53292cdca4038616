"""Finding contracts: locked behind their order for a step, or read; who may see the paper."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.orders.models import Contract, ContractSignature, SalesOrder
from marketplace.orders.rules import OPEN_CONTRACT
from marketplace.orders.service.reading import lock_order_by_id, may_on, read_order, require


def lock_contract(session: Session, number: str) -> tuple[SalesOrder, Contract]:
    """The order, locked, and its contract as it stands behind that lock. NotFound when there is none."""
    order_id = session.scalar(select(Contract.order_id).where(Contract.number == number))
    if order_id is None:
        raise _unknown()
    order = lock_order_by_id(session, order_id)
    contract = session.scalars(
        select(Contract).where(Contract.number == number).execution_options(populate_existing=True)
    ).one()
    return order, contract


def read_contract(session: Session, actor: Actor, number: str) -> tuple[SalesOrder, Contract]:
    """The contract for reading, with its order; NotFound too when the actor may not see the order."""
    row = session.scalars(
        select(Contract).where(Contract.number == number).execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise _unknown()
    order = session.get_one(SalesOrder, row.order_id)
    if not may_on(actor, "orders.read", order):
        raise _unknown()
    return order, row


def contracts_of(session: Session, actor: Actor, order_number: str) -> list[Contract]:
    """Contracts, supplements and void drafts of an order, oldest first. NotFound when the actor may not see it."""
    order = read_order(session, actor, order_number)
    return list(session.scalars(select(Contract).where(Contract.order_id == order.id).order_by(Contract.id)))


def signatures_of(session: Session, contract_ids: Sequence[uuid.UUID]) -> list[ContractSignature]:
    """The signatures of contracts, refused ones too, oldest first."""
    return list(
        session.scalars(
            select(ContractSignature)
            .where(ContractSignature.contract_id.in_(contract_ids))
            .order_by(ContractSignature.id)
            .execution_options(populate_existing=True)
        )
    )


def require_paper_access(actor: Actor, order: SalesOrder) -> None:
    """Refuse whoever is neither side nor checks signatures: the paper has an address and a bank account on it."""
    sides = (order.buyer_id, order.producer_organisation_id)
    if not may_on(actor, "orders.contract", order, sides):
        require(actor, "orders.contract_check", order)


def open_contract(session: Session, order: SalesOrder) -> Contract | None:
    """The one that is neither signed nor void. Order locked."""
    return session.scalars(
        select(Contract)
        .where(Contract.order_id == order.id, Contract.state.in_(OPEN_CONTRACT))
        .execution_options(populate_existing=True)
    ).one_or_none()


def open_state(session: Session, order: SalesOrder) -> str | None:
    """How far the contract is that is neither signed nor void; None when there is none."""
    contract = open_contract(session, order)
    return None if contract is None else contract.state


def signed_contract(session: Session, order: SalesOrder) -> Contract | None:
    """The order's contract itself, when both sides have signed it."""
    return session.scalars(
        select(Contract).where(
            Contract.order_id == order.id, Contract.kind == "contract", Contract.state == "signed"
        )
    ).one_or_none()


def signed_papers(session: Session, order: SalesOrder) -> list[tuple[Contract, list[ContractSignature]]]:
    """Signed contract and supplements of an order with their checked signatures, oldest first."""
    papers = session.scalars(
        select(Contract)
        .where(Contract.order_id == order.id, Contract.state == "signed")
        .order_by(Contract.id)
    ).all()
    signatures = signatures_of(session, [one.id for one in papers])
    return [
        (one, [row for row in signatures if row.contract_id == one.id and row.state == "checked"])
        for one in papers
    ]


def _unknown() -> NotFound:
    return NotFound("contract_not_found", "没有这份合同")
