"""One checkout: one order per producer, everything about it frozen, stock reserved, in about a dozen statements.

Written by one statement however many lines there are; tests/service/orders counts them.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.catalogue.service import stock
from marketplace.catalogue.service.quotes import Quote, quote, require_sellable
from marketplace.core import facts
from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, utcnow
from marketplace.core.errors import Conflict, Forbidden, Invalid
from marketplace.core.ids import readable_number, uuid7
from marketplace.core.json_rows import JsonRows
from marketplace.core.money import MAX_FEN
from marketplace.orders.buying.service.plan_check import check_plan
from marketplace.orders.facts import OrdersPlaced, PlacedOrder
from marketplace.orders.models import Checkout, OrderEvent, OrderLine, SalesOrder
from marketplace.orders.service.basket import FUND_SOURCES, MOST_LINES, MOST_UNITS, WAITABLE, Basket, Wanted
from marketplace.orders.service.buyer import Buyer, read_buyer
from marketplace.orders.service.frozen import line_row, order_row
from marketplace.orders.terms import METHOD_BY_CODE, PaymentMethod

_CHECKOUT, _ORDERS, _LINES, _EVENTS = map(JsonRows, (Checkout, SalesOrder, OrderLine, OrderEvent))
# Foreign keys are looked at when all of it has been written.
_WRITE: Final = sql(f"""
    WITH checkout AS ({_CHECKOUT.insert("checkout")}),
         orders AS ({_ORDERS.insert("orders")}),
         lines AS ({_LINES.insert("lines")})
    {_EVENTS.insert("events")}
""")


@dataclass(frozen=True, slots=True)
class Placed:
    """The checkout that was written, with its orders and lines as rows of plain values."""

    number: str
    total_fen: int
    placed_at: datetime
    orders: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    warnings: list[dict[str, Any]] = field(default_factory=list)  # where it goes beyond the purchase plan


def place(session: Session, actor: Actor, basket: Basket, *, is_approved: bool = False) -> Placed:
    """Place one order per producer; either all of the checkout stands or nothing of it.

    Raises Forbidden (not the actor's buyer; 先货后款 for an account that no unit opened; a stranger's budget unit),
    Invalid, Conflict (`approval_required` above what the buyer's rule of approval lets it order directly, unless
    `is_approved`: the last step of a purchase request), PriceChanged and OutOfStock. Rules: docs/rules.md, "When a line
    counts", "Participation mode", "Approval of purchases".
    """
    now = utcnow()
    method, quotes, buyer = appraise(session, actor, basket, now, lock=True)
    orders: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for wanted in _by_producer(basket.lines, quotes):
        order = order_row(basket, buyer, method, [quotes[line.listing_id] for line in wanted], actor, now)
        own = [
            line_row(order, position, line, quotes[line.listing_id])
            for position, line in enumerate(wanted, 1)
        ]
        order["total_fen"] = sum(line["amount_fen"] for line in own)
        order["tax_fen"] = sum(line["tax_fen"] for line in own)
        orders.append(order)
        lines.extend(own)
    if not is_approved:
        _require_direct(buyer, sum(order["total_fen"] for order in orders))
    warnings = beyond_plan(
        session, buyer, basket, [(line["category_code"], line["amount_fen"]) for line in lines], now
    )
    checkout = _write(session, basket, orders, lines, actor, now)
    stock.reserve(
        session,
        [stock.Units(line["stock_item_id"], line["quantity"], line["id"]) for line in lines],
        now,
        actor.audit_id,
    )
    facts.publish(
        session,
        OrdersPlaced(
            checkout_id=checkout["id"],
            placed_at=now,
            orders=tuple(
                PlacedOrder(
                    order_id=order["id"],
                    buyer_id=order["buyer_id"],
                    producer_organisation_id=order["producer_organisation_id"],
                    total_fen=order["total_fen"],
                    is_demo=order["is_demo"],
                )
                for order in orders
            ),
        ),
    )
    return Placed(checkout["number"], checkout["total_fen"], now, orders, lines, warnings)


def beyond_plan(
    session: Session, buyer: Buyer, basket: Basket, wanted: Sequence[tuple[str, int]], now: datetime
) -> list[dict[str, Any]]:
    """Where (category, fen) goes beyond the buyer's plan; asks nothing when it has none. Conflict (`over_plan`) if it may not."""
    if buyer.over_plan is None:
        return []
    return check_plan(session, buyer.id, buyer.over_plan, basket.fund_source, wanted, now)


def appraise(
    session: Session, actor: Actor, basket: Basket, now: datetime, *, lock: bool = False
) -> tuple[PaymentMethod, Mapping[uuid.UUID, Quote], Buyer]:
    """Whether the actor may order the basket now, all but stock and approval; writes nothing. Raises what `place` raises.

    `lock` holds the certificates when the sale happens at placement.
    """
    _check_basket(basket)
    method = METHOD_BY_CODE[basket.payment_method]
    at_once = lock and method.sold_at == "placement"
    quotes = quote(session, [line.listing_id for line in basket.lines], now, lock=at_once)
    buyer = read_buyer(
        session,
        basket.buyer_id,
        budget_unit_id=basket.budget_unit_id,
        broker_id=basket.broker_id,
        seller_ids={q.producer_organisation_id for q in quotes.values()},
        delivery_area=basket.delivery_area,
        day=day_of(now),
    )
    actor.require("orders.place", area=buyer.area, owners=(buyer.id,))
    if method.opened_by_unit and not actor.opened_by_unit:
        raise Forbidden("not_opened_by_unit", "先货后款仅限由单位开通的账号")
    require_sellable(quotes, {line.listing_id: line.unit_price_fen for line in basket.lines}, buyer.kind)
    return method, quotes, buyer


def _require_direct(buyer: Buyer, total_fen: int) -> None:
    if buyer.direct_up_to_fen is not None and total_fen > buyer.direct_up_to_fen:
        raise Conflict(
            "approval_required",
            "超过可直接下单的金额，请提交采购申请",
            direct_up_to_fen=buyer.direct_up_to_fen,
            total_fen=total_fen,
        )


def _check_basket(basket: Basket) -> None:
    if not 1 <= len(basket.lines) <= MOST_LINES:
        raise Invalid("lines", f"一次下单应有 1 至 {MOST_LINES} 行", pointer="/lines")
    if len({line.listing_id for line in basket.lines}) != len(basket.lines):
        raise Invalid("listing_repeated", "同一商品只能出现一行", pointer="/lines")
    for position, line in enumerate(basket.lines):
        if not 1 <= line.quantity <= MOST_UNITS:
            raise Invalid("quantity", "数量超出范围", pointer=f"/lines/{position}/quantity")
    if basket.payment_method not in METHOD_BY_CODE:
        raise Invalid("payment_method", "没有这种付款方式", pointer="/payment_method")
    if basket.waits_for and METHOD_BY_CODE[basket.payment_method].pays_first:
        raise Invalid("waits_for", "先款后货的付款不等待验货、验票", pointer="/waits_for")
    if not set(basket.waits_for) <= set(WAITABLE):
        raise Invalid("waits_for", "没有这种查验", pointer="/waits_for")
    if basket.fund_source is not None and basket.fund_source not in FUND_SOURCES:
        raise Invalid("fund_source", "没有这种资金来源", pointer="/fund_source")


def _by_producer(lines: Sequence[Wanted], quotes: Mapping[uuid.UUID, Quote]) -> list[list[Wanted]]:
    groups: dict[uuid.UUID, list[Wanted]] = {}
    for line in lines:
        groups.setdefault(quotes[line.listing_id].producer_id, []).append(line)
    return list(groups.values())


def _write(
    session: Session,
    basket: Basket,
    orders: list[dict[str, Any]],
    lines: list[dict[str, Any]],
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    checkout = {
        "id": uuid7(),
        "number": readable_number("C"),
        "buyer_id": basket.buyer_id,
        "placed_by": actor.audit_id,
        "total_fen": sum(order["total_fen"] for order in orders),
        "placed_at": now,
    }
    if checkout["total_fen"] > MAX_FEN:
        raise Invalid("total_too_large", "金额超出范围", pointer="/lines")
    events = [
        {
            "order_id": order["id"],
            "kind": "placed",
            "detail": {"checkout": checkout["number"], "total_fen": order["total_fen"]},
            "actor_id": actor.audit_id,
            "at": now,
        }
        for order in orders
    ]
    session.connection().execute(
        _WRITE,
        {
            "checkout": _CHECKOUT.dump([checkout]),
            "orders": _ORDERS.dump(order | {"checkout_id": checkout["id"]} for order in orders),
            "lines": _LINES.dump(lines),
            "events": _EVENTS.dump(events),
        },
    )
    return checkout
