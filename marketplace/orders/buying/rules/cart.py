"""What has changed about a line since it was put into the cart; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: A line with one of these cannot be ordered as it stands; `certificate_lapsed` is told only.
BLOCKING: Final = frozenset({"delisted", "sold_out", "short_of_stock", "buyer_not_accepted", "price_changed"})
CHANGES: Final = {
    "price_changed": "价格已变动",
    "certificate_lapsed": "认定已失效，不再计入扶贫产品",
    "delisted": "已下架或销售点不营业",
    "sold_out": "已售完",
    "short_of_stock": "库存不足",
    "buyer_not_accepted": "该渠道不面向本单位",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A line as its buyer last saw it: units, fen of one unit, goods class."""

    quantity: int
    price_fen: int
    goods_class: str


@dataclass(frozen=True, slots=True)
class Present:
    """The same listing now; `available` are the free units of its place."""

    price_fen: int
    goods_class: str
    is_sold: bool
    accepts_buyer: bool
    available: int


def changes(seen: Seen, now: Present) -> tuple[str, ...]:
    """Codes of CHANGES, in the order of that table."""
    found = {
        "price_changed": seen.price_fen != now.price_fen,
        "certificate_lapsed": seen.goods_class == "certified_aid" != now.goods_class,
        "delisted": not now.is_sold,
        "sold_out": now.available <= 0,
        "short_of_stock": 0 < now.available < seen.quantity,
        "buyer_not_accepted": not now.accepts_buyer,
    }
    return tuple(code for code, holds in found.items() if holds)
