"""The cart as it is read: blocks of suppliers, what changed since a line was put in, what the ticked lines cost."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.accounts.service import filings
from marketplace.catalogue.channels import channel_kind
from marketplace.catalogue.models import StockItem
from marketplace.catalogue.service.quotes import Quote, quote
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.orders.buying.models import CartLine
from marketplace.orders.buying.rules.cart import BLOCKING, Present, Seen, changes


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line with its listing of now; amounts are fen, at the present price."""

    line: CartLine
    quote: Quote
    available: int
    changes: tuple[str, ...]

    @property
    def can_be_ordered(self) -> bool:
        """Whether nothing that blocks has changed."""
        return not BLOCKING & set(self.changes)

    @property
    def amount_fen(self) -> int:
        """Units at the price of now."""
        return self.line.quantity * self.quote.price_fen


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of one supplier: what becomes one order. The seller sets freight after the order, so there is none yet."""

    producer_id: uuid.UUID
    producer_name: str
    lines: Sequence[ShownLine]

    @property
    def ticked_fen(self) -> int:
        """What its ticked lines cost now."""
        return sum(one.amount_fen for one in self.lines if one.line.is_ticked)


@dataclass(frozen=True, slots=True)
class Reserve:
    """「本单计入 …」: the budget unit, the reserved share it has filed for the year (None: not filed or not accepted), and what
    of the ticked lines would count: 832 only. What is executed already is a report (R4)."""

    budget_unit_id: uuid.UUID
    budget_unit_name: str
    year: int
    filed_fen: int | None
    counting_fen: int


@dataclass(frozen=True, slots=True)
class Cart:
    """The whole cart. `total_fen` is what the ticked lines cost at the prices seen: what a checkout must name."""

    blocks: Sequence[Block]
    ticked_lines: int
    total_fen: int
    can_be_ordered: bool
    reserve: Reserve | None


def read_cart(session: Session, actor: Actor, buyer_id: uuid.UUID | None = None) -> Cart:
    """The actor's cart as the organisation `buyer_id` (the actor's own by default) would buy it."""
    session.flush()
    rows = session.scalars(
        select(CartLine)
        .where(CartLine.account_id == actor.account_id)
        .order_by(CartLine.added_at, CartLine.listing_id)
        .execution_options(populate_existing=True)
    ).all()
    buyer = _buyer(session, actor, buyer_id)
    quotes = quote(session, [row.listing_id for row in rows], utcnow()) if rows else {}
    free = _available(session, quotes)
    groups: dict[uuid.UUID, list[ShownLine]] = {}
    for row in rows:
        found = quotes[row.listing_id]
        groups.setdefault(found.producer_id, []).append(_shown(row, found, free[found.stock_item_id], buyer))
    blocks = [Block(key, lines[0].quote.producer_name, lines) for key, lines in groups.items()]
    ticked = [one for block in blocks for one in block.lines if one.line.is_ticked]
    return Cart(
        blocks,
        len(ticked),
        sum(one.line.quantity * one.line.seen_price_fen for one in ticked),
        bool(ticked) and all(one.can_be_ordered for one in ticked),
        _reserve(session, buyer, ticked),
    )


def _shown(row: CartLine, found: Quote, available: int, buyer: Organisation | None) -> ShownLine:
    kind = channel_kind(found.channel_kind)
    now = Present(
        found.price_fen,
        found.verdict.goods_class,
        found.state == "listed" and found.is_open,
        buyer is None or kind.accepts_buyer(buyer.kind, for_budget_unit=False),
        available,
    )
    seen = Seen(row.quantity, row.seen_price_fen, row.seen_goods_class)
    return ShownLine(row, found, available, changes(seen, now))


def _available(session: Session, quotes: Mapping[uuid.UUID, Quote]) -> dict[int, int]:
    places = {found.stock_item_id for found in quotes.values()}
    read = session.execute(
        select(StockItem.id, StockItem.on_hand - StockItem.reserved).where(StockItem.id.in_(places))
    )
    return {row[0]: row[1] for row in read}


def _buyer(session: Session, actor: Actor, buyer_id: uuid.UUID | None) -> Organisation | None:
    key = buyer_id or actor.organisation_id
    found = session.get(Organisation, key) if key is not None else None
    if found is not None and buyer_id is not None:
        actor.require_visible("orders.place", area=found.fiscal_area or found.area_code, owners=(found.id,))
    return found


def _reserve(session: Session, buyer: Organisation | None, ticked: Sequence[Any]) -> Reserve | None:
    if buyer is None or buyer.kind != "budget_unit":
        return None
    year = today().year
    filed = filings.holding(session, buyer.id, year)
    counting = sum(one.amount_fen for one in ticked if one.quote.channel_kind == "platform_832")
    return Reserve(buyer.id, buyer.name, year, None if filed is None else filed.reserve_fen, counting)
