"""Pages of buyers, at `/`: each use case one module, its `Pages` named here; templates in `templates/buyers`."""

from __future__ import annotations

from marketplace.web.buyers import cart, goods, orders
from marketplace.web.kit import Entry, Pages, Section, note
from marketplace.web.public.menu import ENTRIES as OPEN_TO_ALL

PAGES: tuple[Pages, ...] = (goods.pages, cart.pages, orders.pages)

MENU: tuple[Entry, ...] = (
    Entry(note("找产品"), "/search"),
    Entry(note("购物车"), "/cart", "orders.place"),
    Entry(note("我的订单"), "/orders", "orders.read"),
)

SECTION = Section(
    code="buyers",
    title=note("采购与公示"),
    start="/",
    roles=frozenset({"buyer", "buyer_reviewer", "buyer_finance", "buyer_manager", "citizen"}),
    entries=(*MENU, *OPEN_TO_ALL),
    subjects={"order": "/orders/{id}"},
)
