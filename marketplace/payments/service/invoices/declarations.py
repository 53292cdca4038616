"""Who counts how much of an invoice as its purchase: a unit and its union may share one, never more than it says.

The database decides: what is declared is a column of the invoice with a bound, so two who declare at once cannot both take the
rest. Source: docs/rules.md, "Invoices".
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.accounts.service.places import on_day
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, NotFound
from marketplace.core.ids import uuid7
from marketplace.payments.models import Invoice, InvoiceDeclaration
from marketplace.payments.service.invoices.reading import lock_invoice, orders_of_invoice, unknown

_REFUSALS = {
    "ck_invoice_declared_within": Conflict("declared_above_invoice", "申报金额超过发票可申报余额"),
    "uq_invoice_declaration_standing": AlreadyExists("already_declared", "该单位已申报此发票"),
}


def declare(
    session: Session,
    actor: Actor,
    organisation_id: uuid.UUID,
    *,
    code: str,
    invoice_no: str,
    amount_fen: int,
) -> InvoiceDeclaration:
    """An organisation counts `amount_fen` of the blue invoice with this official number as its own purchase.

    It is the buyer, the budget unit of one of its orders, or stands with one of them in one branch of the tree (a unit and its
    union). NotFound for others, who may not know of it; Conflict (`declared_above_invoice`, `not_blue`, `invoice_was_refused`),
    AlreadyExists (`already_declared`).
    """
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound("organisation_not_found", "没有这个单位")
    actor.require("payments.invoice_check", area=organisation.area_code, owners=(organisation_id,))
    invoice = session.scalars(
        select(Invoice).where(Invoice.code == code, Invoice.invoice_no == invoice_no)
    ).one_or_none()
    if invoice is None or not _may_declare(session, invoice, organisation_id):
        raise unknown()
    invoice = lock_invoice(session, invoice.id)
    if invoice.color != "blue":
        raise Conflict("not_blue", "只能申报蓝字发票")
    if invoice.check_state == "refused":
        raise Conflict("invoice_was_refused", "该发票验票未通过")
    now = utcnow()
    row = InvoiceDeclaration(
        id=uuid7(),
        invoice_id=invoice.id,
        organisation_id=organisation_id,
        amount_fen=amount_fen,
        declared_by=actor.audit_id,
        declared_at=now,
    )
    with refusing(_REFUSALS):
        session.add(row)
        session.flush()
        session.execute(
            update(Invoice)
            .where(Invoice.id == invoice.id)
            .values(declared_fen=Invoice.declared_fen + amount_fen)
        )
    _record(session, actor, invoice, organisation, "declared", amount_fen)
    return row


def withdraw(session: Session, actor: Actor, declaration_id: uuid.UUID) -> InvoiceDeclaration:
    """The organisation no longer counts it; another may. Conflict (`declaration_withdrawn`) a second time."""
    row = session.get(InvoiceDeclaration, declaration_id)
    organisation = None if row is None else session.get(Organisation, row.organisation_id)
    if row is None or organisation is None:
        raise _no_declaration()
    if not actor.may_on("orders.read", area=organisation.area_code, owners=(organisation.id,)):
        raise _no_declaration()
    actor.require("payments.invoice_check", area=organisation.area_code, owners=(organisation.id,))
    invoice = lock_invoice(session, row.invoice_id)
    session.refresh(row)
    if row.withdrawn_at is not None:
        raise Conflict("declaration_withdrawn", "申报已撤回")
    row.withdrawn_at = utcnow()
    row.withdrawn_by = actor.audit_id
    invoice.declared_fen -= row.amount_fen
    session.flush()
    _record(session, actor, invoice, organisation, "withdrawn", row.amount_fen)
    return row


def declarations_of(session: Session, invoice: Invoice) -> list[InvoiceDeclaration]:
    """All declarations of an invoice, withdrawn ones too, in the order in which they came."""
    return list(
        session.scalars(
            select(InvoiceDeclaration)
            .where(InvoiceDeclaration.invoice_id == invoice.id)
            .order_by(InvoiceDeclaration.id)
        )
    )


def _may_declare(session: Session, invoice: Invoice, organisation_id: uuid.UUID) -> bool:
    covered = orders_of_invoice(session, invoice)
    parties = {side for order in covered for side in (order.buyer_id, order.budget_unit_id) if side}
    if organisation_id in parties:
        return True
    day = day_of(invoice.issued_at)
    own = on_day(session, organisation_id, day) or on_day(session, organisation_id, day_of(utcnow()))
    if own is None:
        return False
    return _one_branch(own.path, (order.buyer_path for order in covered)) or any(
        _one_branch(own.path, (place.path,))
        for party in parties
        if (place := on_day(session, party, day)) is not None
    )


def _one_branch(path: str, others: Iterable[str]) -> bool:
    """Whether one path goes on from the other."""
    own = f"{path}."
    return any(own.startswith(f"{other}.") or f"{other}.".startswith(own) for other in others)


def _record(
    session: Session,
    actor: Actor,
    invoice: Invoice,
    organisation: Organisation,
    what: str,
    amount_fen: int,
) -> None:
    audit.record(
        session,
        actor,
        f"payments.invoice_declaration.{what}",
        "invoice",
        invoice.number,
        area_code=organisation.area_code,
        detail={"organisation_id": str(organisation.id), "amount_fen": amount_fen},
    )


def _no_declaration() -> NotFound:
    return NotFound("declaration_not_found", "没有这项申报")
