"""Rows to measure on: buyers with tokens, producers, certified products, listings with stock. Written straight into the tables.

A benchmark measures one thing; going through the services for 100,000 listings would only make it wait. The demo is what goes
through the services.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from benchmarks.people import cooperative_rows, organisation_row, rows, signed_in_as
from marketplace.accounts.models import Organisation
from marketplace.catalogue.models import Channel, Listing, Offer, StockItem, StockMovement
from marketplace.certification.models import Certificate
from marketplace.core.clock import utcnow
from marketplace.core.ids import uuid7
from marketplace.producers.models import Producer, Product

ROWS_AT_ONCE: Final = 5_000
ORIGINS: Final = (
    "441403",
    "441422",
    "441423",
    "441424",
    "441426",
    "441427",
    "441481",
    "450127",
    "522601",
    "530600",
)
GOODS: Final = (
    ("金柚", "010101", "10斤装", 5000, 6800),
    ("鹰嘴桃", "010401", "5斤装", 2500, 8800),
    ("红茶", "030102", "250克/盒", 250, 12800),
    ("丝苗米", "040101", "10斤/袋", 5000, 4900),
    ("土蜂蜜", "130101", "500克/瓶", 500, 9800),
    ("客家娘酒", "110101", "500ml/瓶", 500, 3900),
    ("香菇", "080102", "200克/袋", 200, 3500),
    ("走地鸡", "050103", "约3斤/只", 1500, 11800),
)
STOCK: Final = 1_000_000_000
FIRST_STOCK_ITEM: Final = 1_000_000_000  # far from what the sequence gives


@dataclass
class Shelf:
    """The listings of one producer in the benchmark's channel, as (listing id, unit price in fen)."""

    producer_id: uuid.UUID
    listings: list[tuple[uuid.UUID, int]] = field(default_factory=list)


@dataclass
class World:
    """What was written: buyers as (organisation id, token), the channel, a shelf per producer."""

    channel_id: uuid.UUID
    buyers: list[tuple[uuid.UUID, str]]
    shelves: list[Shelf]


def write(session: Session, *, producers: int, listings_each: int, buyers: int) -> World:
    """Fill an empty, migrated database. Every product has a certificate of the national scheme that is valid now."""
    now = utcnow()
    channel_id = uuid7()
    rows(session, Channel, [_channel(channel_id, now)])
    world = World(channel_id, list(_buyers(session, buyers, now)), [])
    numbers = itertools.count(FIRST_STOCK_ITEM)
    batch: dict[type, list[dict[str, Any]]] = {
        model: []
        for model in (Organisation, Producer, Product, Certificate, Offer, StockItem, Listing, StockMovement)
    }
    for position in range(producers):
        shelf = _producer(batch, position, listings_each, channel_id, numbers, now)
        world.shelves.append(shelf)
        if len(batch[Listing]) >= ROWS_AT_ONCE:
            _flush(session, batch)
    _flush(session, batch)
    return world


def _flush(session: Session, batch: Mapping[type, list[dict[str, Any]]]) -> None:
    for model, waiting in batch.items():
        rows(session, model, waiting)
        waiting.clear()


def _channel(channel_id: uuid.UUID, now: datetime) -> dict[str, Any]:
    return {
        "id": channel_id,
        "code": "BENCH1",
        "kind": "hall_online",
        "name": "基准馆",
        "area_code": "440100",
        "terms": {},
        "opened_on": date(2020, 1, 1),
        "created_at": now,
    }


def _buyers(session: Session, count: int, now: datetime) -> Iterator[tuple[uuid.UUID, str]]:
    for number in range(count):
        unit = organisation_row("budget_unit", f"基准单位{number:04d}", "440100", now)
        yield unit["id"], signed_in_as(session, unit, ("buyer",), f"buyer{number}", now)


def _producer(
    batch: Mapping[type, list[dict[str, Any]]],
    position: int,
    listings: int,
    channel_id: uuid.UUID,
    numbers: Iterator[int],
    now: datetime,
) -> Shelf:
    origin = ORIGINS[position % len(ORIGINS)]
    organisation, producer = cooperative_rows(f"基准合作社{position:05d}", origin, now)
    batch[Organisation].append(organisation)
    batch[Producer].append(producer)
    shelf = Shelf(producer["id"])
    for number in range(listings):
        listing = _goods(batch, producer, position * listings + number, channel_id, next(numbers), now)
        shelf.listings.append((listing["id"], listing["price_fen"]))
    return shelf


def _goods(
    batch: Mapping[type, list[dict[str, Any]]],
    producer: dict[str, Any],
    number: int,
    channel_id: uuid.UUID,
    stock_item_id: int,
    now: datetime,
) -> dict[str, Any]:
    product = _certified(batch, producer, number, now)
    price_fen = GOODS[number % len(GOODS)][4] + 100 * (number * 7919 % 97)
    same = {name: product[name] for name in ("producer_id", "spec", "unit")}
    offer = same | {
        "id": uuid7(),
        "product_id": product["id"],
        "title": product["name"],
        "net_weight_g": product["net_weight_g"],
        "price_fen": price_fen,
        "tax_treatment": product["tax_treatment"],
        "created_at": now,
    }
    listing = same | {
        "id": uuid7(),
        "channel_id": channel_id,
        "channel_kind": "hall_online",
        "offer_id": offer["id"],
        "product_id": product["id"],
        "stock_item_id": stock_item_id,
        "title": product["name"],
        "producer_name": producer["name"],
        "category_code": product["category_code"],
        "origin_area": product["origin_area"],
        "price_fen": price_fen,
        "price_per_500g_fen": price_fen * 500 // product["net_weight_g"],
        "goods_class": "certified_aid",
        "uncertified_class": "area_produce",
        "certificate_id": batch[Certificate][-1]["id"],
        "aid_until": batch[Certificate][-1]["valid_to"],
        "listed_at": now - timedelta(seconds=number),
    }
    intake = {
        "stock_item_id": stock_item_id,
        "kind": "intake",
        "on_hand_change": STOCK,
        "reason": "基准",
        "at": now,
    }
    batch[Offer].append(offer)
    batch[StockItem].append({"id": stock_item_id, "offer_id": offer["id"], "on_hand": STOCK})
    batch[Listing].append(listing)
    batch[StockMovement].append(intake)
    return listing


def _certified(
    batch: Mapping[type, list[dict[str, Any]]], producer: dict[str, Any], number: int, now: datetime
) -> dict[str, Any]:
    """A product with a certificate that is valid now."""
    kind, category, spec, grams, _ = GOODS[number % len(GOODS)]
    product = {
        "id": uuid7(),
        "producer_id": producer["id"],
        "name": f"{kind}{number:06d}",
        "category_code": category,
        "spec": spec,
        "unit": "件",
        "net_weight_g": grams,
        "origin_area": producer["production_area"],
        "tax_treatment": "rate_9",
        "created_at": now,
    }
    certificate = {
        "id": uuid7(),
        "catalogue_no": f"BENCH{number:08d}",
        "scheme": "national_2020",
        "batch": "2020-1",
        "product_id": product["id"],
        "producer_id": producer["id"],
        "area_code": product["origin_area"],
        "product_name": product["name"],
        "category_code": category,
        "spec": spec,
        "valid_from": now.date() - timedelta(days=30),
        "valid_to": now.date() + timedelta(days=600),
        "issued_at": now,
    }
    batch[Product].append(product)
    batch[Certificate].append(certificate)
    return product
