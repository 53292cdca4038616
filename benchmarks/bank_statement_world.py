"""Orders that wait for their money, and the statement that brings it: what the benchmark of bank statements works on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.people import organisation_row, rows
from benchmarks.world import World
from marketplace.accounts.models import Organisation
from marketplace.catalogue.models import Listing
from marketplace.core import db
from marketplace.core.clock import SHANGHAI, utcnow
from marketplace.core.ids import readable_number, uuid7
from marketplace.orders.facts import OrdersPlaced, PlacedOrder
from marketplace.orders.models import Checkout, OrderLine, SalesOrder
from marketplace.payments.layouts import LAYOUT_BY_CODE
from marketplace.payments.service.worth import book_orders
from marketplace.producers.models import Producer

BUYERS: Final = 2_000
ACCOUNT: Final = "6222020200112233445"
LAYOUT: Final = LAYOUT_BY_CODE["ccb"]
#: Of every hundred lines: with a code, by amount and payer alone, of strangers; the rest is money out.
BY_CODE, BY_AMOUNT, STRANGERS = 80, 10, 6
AT_ONCE: Final = 5_000


def make_buyers(session: Session) -> list[dict[str, Any]]:
    """Budget units that buy."""
    now = utcnow() - timedelta(days=3)
    made = [
        organisation_row("budget_unit", f"付款单位{number:05d}", "440100", now) for number in range(BUYERS)
    ]
    rows(session, Organisation, made)
    return made


def make_orders(world: World, buyers: list[dict[str, Any]], lines: int) -> list[dict[str, Any]]:
    """Prepaid orders of one line each, unpaid, and their worth in the books; those without a code have amounts of their own."""
    placed_at = utcnow() - timedelta(days=2)
    with db.transaction() as session:
        producer = session.scalars(select(Producer)).one()
        listings = session.execute(
            select(
                Listing.id,
                Listing.offer_id,
                Listing.product_id,
                Listing.certificate_id,
                Listing.spec,
                Listing.category_code,
            )
        ).all()
        made: list[dict[str, Any]] = []
        wanted = lines * (BY_CODE + BY_AMOUNT) // 100
        for start in range(0, wanted, AT_ONCE):
            some = [
                _order(
                    number,
                    buyers[number % BUYERS],
                    producer,
                    listings[number % len(listings)],
                    world,
                    placed_at,
                )
                for number in range(start, min(start + AT_ONCE, wanted))
            ]
            rows(session, Checkout, [one["checkout"] for one in some])
            rows(session, SalesOrder, [one["order"] for one in some])
            rows(session, OrderLine, [one["line"] for one in some])
            fact = OrdersPlaced(
                checkout_id=uuid7(),
                placed_at=placed_at,
                orders=tuple(
                    PlacedOrder(
                        order_id=one["order"]["id"],
                        buyer_id=one["order"]["buyer_id"],
                        producer_organisation_id=one["order"]["producer_organisation_id"],
                        total_fen=one["order"]["total_fen"],
                        is_demo=False,
                    )
                    for one in some
                ),
            )
            book_orders(session, fact)
            made += [one["order"] for one in some]
    return made


def _order(
    number: int, buyer: dict[str, Any], producer: Producer, listing: Any, world: World, at: datetime
) -> dict[str, dict[str, Any]]:
    fen = 10_000 + number
    checkout = {
        "id": uuid7(),
        "number": readable_number("C"),
        "buyer_id": buyer["id"],
        "total_fen": fen,
        "placed_at": at,
    }
    order = {
        "id": uuid7(),
        "number": readable_number("D"),
        "checkout_id": checkout["id"],
        "producer_id": producer.id,
        "producer_name": producer.name,
        "producer_kind": producer.entity_kind,
        "producer_organisation_id": producer.organisation_id,
        "producer_area": producer.production_area,
        "buyer_id": buyer["id"],
        "buyer_name": buyer["name"],
        "buyer_kind": "budget_unit",
        "buyer_area": "440100",
        "buyer_path": "1",
        "participation_mode": "government",
        "payment_method": "prepaid",
        "delivery_area": "440104",
        "total_fen": fen,
        "tax_fen": 0,
        "placed_at": at,
    }
    line = {
        "id": uuid7(),
        "order_id": order["id"],
        "line_no": 1,
        "listing_id": listing.id,
        "offer_id": listing.offer_id,
        "product_id": listing.product_id,
        "channel_id": world.channel_id,
        "channel_kind": "hall_online",
        "channel_area": "440100",
        "counting_policy": "general_2019",
        "stock_item_id": 1,
        "product_name": "基准",
        "spec": listing.spec,
        "unit": "件",
        "category_code": listing.category_code,
        "origin_area": producer.production_area,
        "quantity": 1,
        "unit_price_fen": fen,
        "amount_fen": fen,
        "tax_treatment": "rate_9",
        "tax_fen": 0,
        "shown_goods_class": "certified_aid",
        "shown_certificate_id": listing.certificate_id,
    }
    return {"checkout": checkout, "order": order, "line": line}


def make_file(placed: list[dict[str, Any]], lines: int) -> bytes:
    """The statement, in the bank's layout and encoding."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([one.title for one in LAYOUT.headings])
    at = (utcnow() - timedelta(days=1)).astimezone(SHANGHAI).replace(hour=9, minute=0, second=0)
    orders = iter(placed)
    for number in range(lines):
        said = _line(number, orders)
        stamp = (at + timedelta(milliseconds=100 * number)).strftime("%Y%m%d %H:%M:%S")
        cells = {
            "account": ACCOUNT,
            "moment": stamp,
            "balance": "0.00",
            "currency": "人民币",
            "serial": f"{number:012d}",
        } | said
        writer.writerow([cells.get(one.field, "") if one.title != "备注" else "" for one in LAYOUT.headings])
    return out.getvalue().encode(LAYOUT.encoding)


def _line(number: int, orders: Iterator[dict[str, Any]]) -> dict[str, str]:
    """What the line says of itself, by field."""
    turn = number % 100
    if turn < BY_CODE + BY_AMOUNT:
        order = next(orders)
        memo = f"货款 {order['number']}" if turn < BY_CODE else "货款"
        return {
            "income": _yuan(order["total_fen"]),
            "payer_name": order["buyer_name"],
            "payer_account": f"62220{number:012d}",
            "memo": memo,
        }
    side = "income" if turn < BY_CODE + BY_AMOUNT + STRANGERS else "outgo"
    return {side: _yuan(5_000_000 + number), "payer_name": f"陌生单位{number}", "memo": "往来款"}


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}"
