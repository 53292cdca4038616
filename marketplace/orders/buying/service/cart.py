"""The cart (购物车): one an account. It reserves nothing; what it holds is looked at anew whenever it is read."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.catalogue.service.quotes import quote
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.errors import Conflict, Invalid, NotFound, PriceChanged
from marketplace.orders.buying.models import CartLine
from marketplace.orders.service.basket import MOST_LINES, MOST_UNITS, Basket, Wanted
from marketplace.orders.service.checkout import Placed, place


def put(session: Session, actor: Actor, listing_id: uuid.UUID, quantity: int) -> None:
    """Put units of a listing into the cart; of one that is in it already there are so many more, at the price of today.

    Invalid (`unknown_listing`, `quantity`), Conflict (`listing_not_open`; `cart_full` at 200 lines).
    """
    now = utcnow()
    found = quote(session, [listing_id], now)[listing_id]
    if found.state != "listed" or not found.is_open:
        raise Conflict("listing_not_open", "商品已下架或销售点不营业", listings=[str(listing_id)])
    # The lock makes the limit exact: two lines put in at once are counted one after the other.
    lock_exclusive(session, "orders.cart", str(actor.account_id))
    before = session.scalar(
        select(CartLine.quantity).where(
            CartLine.account_id == actor.account_id, CartLine.listing_id == listing_id
        )
    )
    if not 1 <= quantity <= MOST_UNITS - (before or 0):
        raise Invalid("quantity", "数量超出范围", pointer="/quantity")
    if before is None and _size(session, actor) >= MOST_LINES:
        raise Conflict("cart_full", f"购物车最多 {MOST_LINES} 行", most=MOST_LINES)
    shown = {"seen_price_fen": found.price_fen, "seen_goods_class": found.verdict.goods_class}
    session.execute(
        insert(CartLine)
        .values(
            account_id=actor.account_id,
            listing_id=listing_id,
            quantity=quantity,
            is_ticked=True,
            added_at=now,
            **shown,
        )
        .on_conflict_do_update(
            index_elements=["account_id", "listing_id"],
            set_={"quantity": CartLine.quantity + quantity, "is_ticked": True, **shown},
        )
    )


def change(
    session: Session,
    actor: Actor,
    listing_id: uuid.UUID,
    *,
    quantity: int | None = None,
    is_ticked: bool | None = None,
    accepted_price_fen: int | None = None,
) -> None:
    """Change a line: units, tick, or say yes to the price that it has now. What is None stays.

    NotFound when the listing is not in the cart; PriceChanged when `accepted_price_fen` is not the present price either.
    """
    values: dict[str, Any] = {}
    if quantity is not None:
        values["quantity"] = quantity
    if is_ticked is not None:
        values["is_ticked"] = is_ticked
    if accepted_price_fen is not None:
        found = quote(session, [listing_id], utcnow())[listing_id]
        if found.price_fen != accepted_price_fen:
            raise PriceChanged(
                "price_changed",
                "价格已变动，请按现价重新下单",
                listings=[str(listing_id)],
                prices_fen=[str(found.price_fen)],
            )
        values |= {"seen_price_fen": found.price_fen, "seen_goods_class": found.verdict.goods_class}
    mine = (CartLine.account_id == actor.account_id, CartLine.listing_id == listing_id)
    if not values:
        present = session.scalar(select(CartLine.listing_id).where(*mine))
    else:
        present = session.scalar(
            update(CartLine).where(*mine).values(**values).returning(CartLine.listing_id)
        )
    if present is None:
        raise NotFound


def tick(session: Session, actor: Actor, listing_ids: Collection[uuid.UUID], *, is_ticked: bool) -> None:
    """Tick or untick several lines at once (a supplier's block); what is not in the cart is left out."""
    session.execute(
        update(CartLine)
        .where(CartLine.account_id == actor.account_id, CartLine.listing_id.in_(listing_ids))
        .values(is_ticked=is_ticked)
    )


def remove(session: Session, actor: Actor, listing_ids: Collection[uuid.UUID]) -> None:
    """Take lines out; taking out what is not there changes nothing."""
    session.execute(
        delete(CartLine).where(CartLine.account_id == actor.account_id, CartLine.listing_id.in_(listing_ids))
    )


def check_out(session: Session, actor: Actor, basket: Basket, total_fen: int) -> Placed:
    """Place the ticked lines through the one checkout there is; they leave the cart in this transaction.

    `basket` comes without lines. `total_fen` is the sum that the buyer saw: Conflict (`cart_changed`) when the ticked lines
    cost another one by now (another tab), `cart_empty` when none is ticked; and whatever `place` raises.
    """
    lines = take_ticked(session, actor, total_fen)
    return place(session, actor, replace(basket, lines=lines))


def take_ticked(session: Session, actor: Actor, total_fen: int) -> list[Wanted]:
    """The ticked lines at the prices seen, taken out of the cart: who comes second finds none. Raises as `check_out`."""
    rows = session.execute(
        select(CartLine.listing_id, CartLine.quantity, CartLine.seen_price_fen)
        .where(CartLine.account_id == actor.account_id, CartLine.is_ticked)
        .order_by(CartLine.listing_id)
        .with_for_update()
    ).all()
    if not rows:
        raise Conflict("cart_empty", "购物车没有勾选商品")
    seen = sum(row.quantity * row.seen_price_fen for row in rows)
    if seen != total_fen:
        raise Conflict("cart_changed", "购物车已变动，请刷新后再提交", total_fen=seen)
    lines = [Wanted(row.listing_id, row.quantity, row.seen_price_fen) for row in rows]
    remove(session, actor, [line.listing_id for line in lines])
    return lines


def _size(session: Session, actor: Actor) -> int:
    return (
        session.scalar(
            select(func.count()).select_from(CartLine).where(CartLine.account_id == actor.account_id)
        )
        or 0
    )
