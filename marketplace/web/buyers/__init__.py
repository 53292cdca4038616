"""Pages of buyers, at `/`: each use case one module, its `Pages` named here; templates in `templates/buyers`."""

from __future__ import annotations

from marketplace.web.buyers import approvals, cart, declared, filings, goods, home, orders, plans
from marketplace.web.kit import Entry, Pages, Section, note
from marketplace.web.public.menu import ENTRIES as OPEN_TO_ALL

PAGES: tuple[Pages, ...] = (
    home.pages,
    goods.pages,
    cart.pages,
    orders.pages,
    approvals.pages,
    filings.pages,
    plans.pages,
    declared.pages,
)

MENU: tuple[Entry, ...] = (
    Entry(note("找产品"), "/search"),
    Entry(note("购物车"), "/cart", "orders.place"),
    Entry(note("我的订单"), "/orders", "orders.read"),
    Entry(note("采购审批"), "/purchase-requests", "orders.read"),
    Entry(note("采购计划"), "/purchase-plans", "orders.read"),
    Entry(note("预留份额"), "/reserve-filings", "accounts.filing_read"),
    Entry(note("采购申报"), "/declared-purchases", "intake.declare"),
)

SECTION = Section(
    code="buyers",
    title=note("采购与公示"),
    start="/",
    roles=frozenset({"buyer", "buyer_reviewer", "buyer_finance", "buyer_manager", "citizen"}),
    entries=(*MENU, *OPEN_TO_ALL),
    subjects={"order": "/orders/{id}", "purchase_request": "/purchase-requests/{id}"},
)
