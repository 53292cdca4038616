"""The menu of producers, and whose it is."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.web.kit import Entry, Section, note
from marketplace.web.producers.waiting import orders_waiting


def _to_do(session: Session, actor: Actor) -> int:
    """Orders that wait for the producer."""
    waiting = orders_waiting(session, actor)
    return waiting["to_confirm"] + waiting["to_ship"] + waiting["returns"]


_OF_ORDERS: Final = ("/producer/contracts", "/producer/returns")
_OF_MONEY: Final = ("/producer/settlements", "/producer/statement", "/producer/commission-bills")

MENU: Final[tuple[Entry, ...]] = (
    Entry(note("工作台"), "/producer"),
    Entry(note("订单"), "/producer/orders", "orders.read", counts=_to_do, also=_OF_ORDERS),
    Entry(note("询价"), "/producer/inquiries", "orders.fulfil"),
    Entry(note("开票"), "/producer/invoices", "orders.read"),
    Entry(note("商品"), "/producer/goods", "producers.read", also=("/producer/offers", "/producer/imports")),
    Entry(note("上架"), "/producer/shelves", "catalogue.list"),
    Entry(note("认定申报"), "/producer/applications", "certification.read"),
    Entry(note("证书"), "/producer/certificates", "certification.read"),
    Entry(note("带贫协议"), "/producer/agreements", "agreements.read"),
    Entry(note("结算"), "/producer/money", "payments.settlements", also=_OF_MONEY),
    Entry(note("应收"), "/producer/receivables", "payments.read"),
    Entry(note("到账"), "/producer/receipts", "payments.record", also=("/producer/bank-statements",)),
    Entry(note("退款"), "/producer/refunds", "payments.read", also=("/producer/repayments",)),
    Entry(note("销售情况"), "/producer/sales", "orders.read"),
    Entry(note("本主体"), "/producer/organisation"),
)

SECTION: Final = Section(
    code="producers",
    title=note("带贫主体工作台"),
    start="/producer",
    roles=frozenset({"producer", "producer_finance"}),
    entries=MENU,
    subjects={
        "order": "/producer/orders/{id}",
        "application": "/producer/applications/{id}",
        "invoice": "/producer/invoices/{id}",
        "invoice_request": "/producer/invoices/requests/{id}",
        "price_inquiry": "/producer/inquiries/{id}",
        "bank_statement": "/producer/bank-statements/{id}",
        "commission_bill": "/producer/commission-bills/{id}",
    },
    subject_permissions={
        "application": "certification.read",
        "price_inquiry": "orders.fulfil",
        "bank_statement": "payments.record",
    },
)
