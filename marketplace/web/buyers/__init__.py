"""Pages of buyers, at `/`: each use case one module, its `Pages` named here; templates in `templates/buyers`."""

from __future__ import annotations

from marketplace.web.buyers import (
    addresses,
    approval_rules,
    approvals,
    batch_approvals,
    cart,
    contracts,
    declared,
    filings,
    gifts,
    goods,
    home,
    inquiries,
    invoice_requests,
    invoices,
    order_list,
    orders,
    paying,
    payments,
    plan_lines,
    plans,
    reattributions,
    resubmission,
    unit,
)
from marketplace.web.buyers.waiting import approvals_waiting, consents_waiting
from marketplace.web.kit import Entry, Pages, Section, note
from marketplace.web.public.menu import ENTRIES as OPEN_TO_ALL

PAGES: tuple[Pages, ...] = (
    home.pages,
    goods.pages,
    cart.pages,
    order_list.pages,
    orders.pages,
    approvals.pages,
    batch_approvals.pages,
    filings.pages,
    plans.pages,
    declared.pages,
    plan_lines.pages,
    resubmission.pages,
    reattributions.pages,
    inquiries.pages,
    gifts.pages,
    contracts.pages,
    payments.pages,
    paying.pages,
    invoices.pages,
    invoice_requests.pages,
    unit.pages,
    approval_rules.pages,
    addresses.pages,
)

MENU: tuple[Entry, ...] = (
    Entry(note("找产品"), "/search", also=("/goods",)),
    Entry(note("购物车"), "/cart", "orders.place"),
    Entry(note("我的订单"), "/orders", "orders.read", also=("/checkouts", "/gift-orders")),
    Entry(
        note("付款"), "/payments", "payments.read", also=("/balances", "/declared-payers", "/payment-notices")
    ),
    Entry(note("发票"), "/invoices", "orders.read", also=("/invoice-requests",)),
    Entry(note("采购审批"), "/purchase-requests", "orders.read", counts=approvals_waiting),
    Entry(note("采购计划"), "/purchase-plans", "orders.read"),
    Entry(note("归属更正"), "/reattributions", "orders.reattribute", counts=consents_waiting),
    Entry(note("询价"), "/price-inquiries", "orders.read"),
    Entry(note("预留份额"), "/reserve-filings", "accounts.filing_read"),
    Entry(note("采购申报"), "/declared-purchases", "intake.declare"),
    Entry(
        note("本单位"),
        "/unit",
        "accounts.read",
        also=(
            "/approval-delegations",
            "/approval-rules",
            "/delivery-addresses",
            "/favourites",
            "/unit-accounts",
        ),
    ),
)

SECTION = Section(
    code="buyers",
    title=note("采购与公示"),
    start="/",
    roles=frozenset({"buyer", "buyer_reviewer", "buyer_finance", "buyer_manager", "citizen"}),
    entries=(OPEN_TO_ALL[0], *MENU, *OPEN_TO_ALL[1:]),
    subjects={
        "order": "/orders/{id}",
        "purchase_request": "/purchase-requests/{id}",
        "purchase_plan": "/purchase-plans/{id}",
        "price_inquiry": "/price-inquiries/{id}",
        "invoice": "/invoices/{id}",
        "invoice_request": "/invoice-requests",
        "reattribution": "/reattributions/{id}",
    },
)
