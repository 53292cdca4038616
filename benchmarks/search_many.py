"""Many products made from the published ones, written straight into the tables: other brands, places, sizes and prices."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from benchmarks.people import cooperative_rows, rows
from benchmarks.search_world import PublishedProduct, area_of, category_of, read_products
from marketplace.accounts.models import Organisation
from marketplace.catalogue.models import Channel, Listing, Offer, StockItem
from marketplace.core import divisions
from marketplace.core.clock import utcnow
from marketplace.core.db import transaction
from marketplace.core.ids import uuid7
from marketplace.producers.codes import QUALITY_MARKS
from marketplace.producers.models import Producer, Product

SEED: Final = 20201125
KINDS: Final = ("counter", "hall_online", "hall_offline", "zone", "platform_832")
CHANNELS: Final = 100
PER_PRODUCER: Final = 10
BATCH: Final = 5_000
BRANDS: Final = tuple("山谷云泉田园丰禾青竹金穗绿源红岭清溪碧水长青")
SIZES: Final = (
    ("", 500),
    ("5斤装", 2500),
    ("10斤装", 5000),
    ("500克/袋", 500),
    ("250g*2", 500),
    ("3斤", 1500),
)


def write_many(file: Path, count: int) -> None:
    """Fill an empty, migrated database with `count` products, each listed in one to three channels."""
    draw = random.Random(SEED)
    published = read_products(file)
    counties = [d.code for d in divisions.children(divisions.NATION, "county")]
    categories = [category_of(row) for row in published]
    origins = [area_of(row) for row in published]
    now = utcnow()
    channels = [_channel(number, now) for number in range(CHANNELS)]
    with transaction() as session:
        rows(session, Channel, channels)
    numbers = itertools.count(1_000_000_000)
    batch: dict[type, list[dict[str, Any]]] = {
        model: [] for model in (Organisation, Producer, Product, Offer, StockItem, Listing)
    }
    producer: dict[str, Any] = {}
    for number in range(count):
        at = number % len(published)
        origin = origins[at] if number < len(published) or draw.random() < 0.5 else draw.choice(counties)
        if number % PER_PRODUCER == 0:
            producer = _producer(batch, number, origin, published[at], now)
        product = _product(batch, producer, number, published[at], categories[at], origin, draw, now)
        _list(batch, product, producer, draw, channels, numbers, now)
        if len(batch[Product]) >= BATCH:
            _flush(batch)
    _flush(batch)


def _flush(batch: Mapping[type, list[dict[str, Any]]]) -> None:
    with transaction() as session:
        for model, waiting in batch.items():
            rows(session, model, waiting)
            waiting.clear()


def _channel(number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "code": f"MANY{number:03d}",
        "kind": KINDS[number % len(KINDS)],
        "name": f"测速{number:03d}",
        "area_code": "440100",
        "terms": {},
        "opened_on": date(2020, 1, 1),
        "created_at": now,
    }


def _producer(
    batch: Mapping[type, list[dict[str, Any]]],
    number: int,
    origin: str,
    like: PublishedProduct,
    now: datetime,
) -> dict[str, Any]:
    name = f"{divisions.name(origin)}{(like.producer or '种植专业合作社')[-9:]}{number:06d}"
    organisation, producer = cooperative_rows(name, origin, now)
    batch[Organisation].append(organisation)
    batch[Producer].append(producer)
    return producer


def _product(
    batch: Mapping[type, list[dict[str, Any]]],
    producer: dict[str, Any],
    number: int,
    like: PublishedProduct,
    category: str,
    origin: str,
    draw: random.Random,
    now: datetime,
) -> dict[str, Any]:
    size, grams = draw.choice(SIZES)
    brand = "" if number % 3 else "".join(draw.sample(BRANDS, 2)) + "牌"
    product = {
        "id": uuid7(),
        "producer_id": producer["id"],
        "name": f"{brand}{like.name}"[:100],
        "category_code": category,
        "spec": f"{size or '规格'}{'' if number < 1000 else number}",
        "unit": "件",
        "net_weight_g": grams,
        "origin_area": origin,
        "tax_treatment": "rate_9",
        "description": like.description or None,
        "quality_marks": draw.sample(sorted(QUALITY_MARKS), draw.choice((0, 0, 1, 2))),
        "created_at": now,
    }
    batch[Product].append(product)
    return product


def _list(
    batch: Mapping[type, list[dict[str, Any]]],
    product: dict[str, Any],
    producer: dict[str, Any],
    draw: random.Random,
    channels: list[dict[str, Any]],
    numbers: Iterator[int],
    now: datetime,
) -> None:
    price = draw.randrange(500, 30_000, 10)
    same = {name: product[name] for name in ("producer_id", "spec", "unit")}
    offer = same | {
        "id": uuid7(),
        "product_id": product["id"],
        "title": product["name"],
        "net_weight_g": product["net_weight_g"],
        "price_fen": price,
        "tax_treatment": "rate_9",
        "created_at": now,
    }
    stock = {"id": next(numbers), "offer_id": offer["id"], "on_hand": draw.choice((0, 100, 100, 100))}
    batch[Offer].append(offer)
    batch[StockItem].append(stock)
    for channel in draw.sample(channels, draw.choice((1, 1, 2, 3))):
        batch[Listing].append(
            same
            | {
                "id": uuid7(),
                "channel_id": channel["id"],
                "channel_kind": channel["kind"],
                "offer_id": offer["id"],
                "product_id": product["id"],
                "stock_item_id": stock["id"],
                "title": product["name"],
                "producer_name": producer["name"],
                "category_code": product["category_code"],
                "origin_area": product["origin_area"],
                "price_fen": price,
                "price_per_500g_fen": price * 500 // product["net_weight_g"],
                "goods_class": draw.choice(("area_produce", "ordinary")),
                "uncertified_class": "ordinary",
                "listed_at": now - timedelta(seconds=draw.randrange(10**6)),
            }
        )
