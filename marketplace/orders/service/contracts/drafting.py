"""Drafting: what the order and the two sides are, frozen into a contract, or into a supplement to a signed one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.accounts.service import bank_accounts
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import day_of, utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.ids import readable_number, uuid7
from marketplace.core.jobs import enqueue
from marketplace.core.privacy import Cell, vault
from marketplace.orders.models import Contract, SalesOrder
from marketplace.orders.rules import CONTRACT
from marketplace.orders.service.contracts.collection import collection_of
from marketplace.orders.service.contracts.content import Party, contract_content, digest
from marketplace.orders.service.contracts.papers import CELL, JOB
from marketplace.orders.service.contracts.reading import open_contract, signed_contract
from marketplace.orders.service.contracts.steps import take
from marketplace.orders.service.delivery import read_deliver_to
from marketplace.orders.service.reading import lines_of, lock_order, note, require
from marketplace.orders.terms import LONGEST_INSPECTION_DAYS, METHOD_BY_CODE

_RACED = Conflict("contract_open", "订单已有一份未签署完成的合同")
_UNIQUE = {"uq_contract_of_order": _RACED, "uq_contract_open": _RACED}
#: An order in one of these needs no contract any more.
_OVER = ("closed", "cancelled")


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a contract may settle. None of `contract_days`: what the law says; None of `inspection_days`: from delivery.

    `reason` says why a supplement is needed.
    """

    contract_days: int | None = None
    inspection_days: int | None = None
    clauses: Sequence[str] = ()
    reason: str | None = None


def draft(session: Session, actor: Actor, number: str, agreed: Agreed) -> Contract:
    """Draft the contract of an order, or, when that is signed, a supplement to it; its paper is made by a job.

    A draft that there is becomes void. Only the seller drafts. Conflict: `contract_open` while one is out, `order_over`,
    `party_uscc_missing` when a side has no 统一社会信用代码. Invalid for terms that do not fit the order.
    """
    order = lock_order(session, number)
    require(actor, "orders.contract", order, (order.producer_organisation_id,))
    if order.state in _OVER:
        raise Conflict("order_over", "订单已结束，不能再订合同", state=order.state)
    original = signed_contract(session, order)
    _check(order, agreed, is_supplement=original is not None)
    now = utcnow()
    before = open_contract(session, order)
    if before is not None:
        if before.state != "drafted":
            raise Conflict("contract_open", "订单已有一份未签署完成的合同", contract=before.number)
        take(session, order, before, "void", actor, now, reason="redrafted")
    seller = _party(session, order.producer_organisation_id, "seller")
    buyer = _party(session, order.buyer_id, "buyer")
    row_id, contract_number = uuid7(), readable_number("H")
    content = contract_content(
        contract_number,
        day_of(now),
        order,
        lines_of(session, order),
        buyer,
        seller,
        agreed,
        original,
        collection_of(session, order),
    )
    row = Contract(
        id=row_id,
        number=contract_number,
        order_id=order.id,
        kind="contract" if original is None else "supplement",
        supplements_id=None if original is None else original.id,
        state=CONTRACT.initial,
        contract_days=agreed.contract_days,
        inspection_days=agreed.inspection_days,
        content=content,
        content_sha256=digest(content),
        private_enc=_private(session, order, row_id),
        drafted_by=actor.audit_id,
        drafted_at=now,
    )
    with refusing(_UNIQUE):
        session.add(row)
        session.flush()
    enqueue(session, JOB, {"contract": row.number}, key=f"{JOB}:{row.number}")
    note(session, order, "contract_drafted", actor, now, contract=row.number)
    return row


def _check(order: SalesOrder, agreed: Agreed, *, is_supplement: bool) -> None:
    if METHOD_BY_CODE[order.payment_method].pays_first:
        if agreed.contract_days is not None or agreed.inspection_days is not None:
            raise Invalid("contract_days", "先款后货的合同不约定付款期限", pointer="/contract_days")
        if is_supplement and not agreed.clauses:
            raise Invalid("clauses_missing", "补充协议应写明变更内容", pointer="/clauses")
    if agreed.inspection_days is not None and not 0 <= agreed.inspection_days <= LONGEST_INSPECTION_DAYS:
        raise Invalid(
            "inspection_days", f"验收期限不得超过{LONGEST_INSPECTION_DAYS}天", pointer="/inspection_days"
        )
    if is_supplement and not agreed.reason:
        raise Invalid("reason", "合同已签署，变更须以补充协议说明原因", pointer="/reason")


def _party(session: Session, organisation_id: uuid.UUID, side: str) -> Party:
    row = session.get_one(Organisation, organisation_id)
    if row.uscc is None:
        raise Conflict("party_uscc_missing", "双方均应有统一社会信用代码才能签订合同", side=side)
    return Party(row.name, row.uscc, row.area_code)


def _private(session: Session, order: SalesOrder, row_id: uuid.UUID) -> bytes:
    """Address of delivery and the seller's account, sealed: the paper prints them, the content and its hash do not know them."""
    seller = session.get_one(Organisation, order.producer_organisation_id)
    account = None
    if seller.bank_account_enc is not None:
        account = bank_accounts.read_full(session, system_actor(), seller.id, "订立购销合同")
    values = {
        "address": read_deliver_to(order).get("address"),
        "bank_name": seller.bank_name,
        "bank_account": account,
    }
    return vault().encrypt(Cell(*CELL, row_id), orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode())
