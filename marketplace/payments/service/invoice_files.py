"""The files of all invoices of an order, for whoever puts its papers together."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.core.models import StoredFile
from marketplace.orders.models import SalesOrder


def invoice_files_of(session: Session, order: SalesOrder) -> list[StoredFile]:
    """PDF, OFD or scans of the invoices over an order, in the order in which they came: none is kept yet.

    The caller has found that the actor may see the order.
    """
    return []
