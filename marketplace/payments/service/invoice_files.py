"""The files of all invoices of an order, for whoever puts its papers together."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.models import StoredFile
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import InvoiceFile, InvoiceLine


def invoice_files_of(session: Session, order: SalesOrder) -> list[StoredFile]:
    """PDF, OFD or scans of the blue invoices and red letters over an order, in the order in which they came.

    The caller has found that the actor may see the order; `core.files.hand_out` gives the bytes.
    """
    covering = select(InvoiceLine.invoice_id).where(InvoiceLine.order_id == order.id)
    return list(
        session.scalars(
            select(StoredFile)
            .join(InvoiceFile, InvoiceFile.file_id == StoredFile.id)
            .where(InvoiceFile.invoice_id.in_(covering))
            .order_by(StoredFile.id)
        )
    )
