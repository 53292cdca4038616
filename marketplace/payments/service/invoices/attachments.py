"""The invoice itself: PDF or OFD as the tax system gives it, or a scan of the paper."""

from __future__ import annotations

import uuid
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core import files
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.core.formats import OFD, PDF
from marketplace.core.models import StoredFile
from marketplace.orders import service as orders
from marketplace.payments.models import InvoiceFile
from marketplace.payments.service.invoices.declarations import declarations_of
from marketplace.payments.service.invoices.reading import find, lock_invoice, orders_of_invoice

MOST_FILES: Final = 10
_TYPES: Final = frozenset({PDF, OFD, "image/png", "image/jpeg"})


def attach(session: Session, actor: Actor, number: str, *, name: str, content: bytes) -> StoredFile:
    """Keep a file of an invoice; it belongs to the seller, and both sides read it.

    Invalid (`invoice_file_type`) for anything but PDF, OFD and pictures, Conflict (`too_many_files`), and as `files.store`.
    """
    invoice = lock_invoice(session, find(session, actor, number).id)
    order = orders_of_invoice(session, invoice)[0]
    orders.require(actor, "payments.invoice", order, (invoice.seller_id,))
    if len(attached(session, invoice.id)) >= MOST_FILES:
        raise Conflict("too_many_files", f"一张发票最多{MOST_FILES}个附件")
    row = files.store(session, actor, name=name, content=content, owner_id=invoice.seller_id)
    if row.media_type not in _TYPES:
        raise Invalid("invoice_file_type", "发票文件应为 PDF、OFD 或图片", pointer="/file")
    session.add(
        InvoiceFile(invoice_id=invoice.id, file_id=row.id, attached_by=actor.audit_id, attached_at=utcnow())
    )
    session.flush()
    return row


def attached(session: Session, invoice_id: uuid.UUID) -> list[StoredFile]:
    """The files of an invoice, in the order in which they came."""
    return list(
        session.scalars(
            select(StoredFile)
            .join(InvoiceFile, InvoiceFile.file_id == StoredFile.id)
            .where(InvoiceFile.invoice_id == invoice_id)
            .order_by(StoredFile.id)
        )
    )


def read_attached(session: Session, actor: Actor, number: str, file_id: uuid.UUID) -> bytes:
    """The bytes of a file of an invoice; the reading is recorded. NotFound when the actor may not see the invoice.

    Forbidden (`invoice_file_of_sides`) for officials: the file shows bank accounts and people. Its sides are buyer, budget unit,
    seller, who declared a part, and those who may see the payments of its orders.
    """
    invoice = find(session, actor, number)
    covered = orders_of_invoice(session, invoice)
    sides: set[uuid.UUID | None] = {one.organisation_id for one in declarations_of(session, invoice)}
    for order in covered:
        sides |= {order.buyer_id, order.budget_unit_id, order.producer_organisation_id}
    if not (
        actor.is_system
        or any(held.organisation_id in sides - {None} for held in actor.holding("orders.read"))
        or all(orders.may_on(actor, "payments.read", order) for order in covered)
    ):
        raise Forbidden("invoice_file_of_sides", "发票文件仅供交易双方查看")
    if all(one.id != file_id for one in attached(session, invoice.id)):
        raise NotFound
    return files.hand_out(session, actor, file_id, area_code=covered[0].buyer_area)
