"""Pages of producers, under `/producer`: each use case one module, its `Pages` named here; templates in `templates/producers`."""

from __future__ import annotations

from marketplace.web.kit import Pages
from marketplace.web.producers import (
    agreement_drafts,
    agreement_new,
    agreements,
    applications,
    bank_statements,
    certificates,
    commission_bills,
    contracts,
    goods,
    imports,
    inquiries,
    invoice_forms,
    invoicing,
    money,
    offers,
    order_steps,
    orders,
    organisation,
    parcels,
    receipts,
    receivables,
    recording,
    refunds,
    returns,
    settlements,
    shelves,
    start,
)
from marketplace.web.producers.menu import SECTION

__all__ = ["PAGES", "SECTION"]

PAGES: tuple[Pages, ...] = (
    start.pages,
    orders.pages,
    order_steps.pages,
    parcels.pages,
    contracts.pages,
    returns.pages,
    inquiries.pages,
    invoice_forms.pages,
    invoicing.pages,
    receivables.pages,
    receipts.pages,
    recording.pages,
    bank_statements.pages,
    refunds.pages,
    goods.pages,
    offers.pages,
    shelves.pages,
    imports.pages,
    applications.pages,
    certificates.pages,
    money.pages,
    settlements.pages,
    commission_bills.pages,
    agreements.pages,
    agreement_drafts.pages,
    agreement_new.pages,
    organisation.pages,
)
