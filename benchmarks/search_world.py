"""Published products put on sale through the ordinary services, for measuring what a search finds."""

from __future__ import annotations

import csv
import uuid
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from marketplace.accounts.service import organisations
from marketplace.catalogue.models import Channel
from marketplace.catalogue.service.channels import NewChannel, open_channel
from marketplace.catalogue.service.listings import list_offers
from marketplace.catalogue.service.offers import NewOffer, make_offer
from marketplace.catalogue.service.stock import Units, take_in
from marketplace.core import divisions
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import utcnow
from marketplace.core.db import transaction
from marketplace.producers.categories import all_categories, leaves_of, suggest
from marketplace.producers.models import Producer
from marketplace.producers.rules import ProductDraft
from marketplace.producers.service import producers, products
from search.analysis.concepts import vocabulary
from search.analysis.tables import tables
from search.documents.source import UNPUBLISHED

NOMINAL_PRICE_FEN: Final = 1_000
STOCK: Final = 1_000
BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class PublishedProduct:
    """One row of a file of products. Empty cells were not published."""

    id: str
    name: str
    producer: str
    county: str
    province: str
    category: str
    spec: str
    description: str


def read_products(path: Path) -> list[PublishedProduct]:
    """The rows of a CSV file ``id,name,producer,county,province,category,spec,description``."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            PublishedProduct(**{name: (row.get(name) or "").strip() for name in PublishedProduct.__slots__})
            for row in csv.DictReader(file)
        ]


def load(rows: list[PublishedProduct]) -> dict[uuid.UUID, str]:
    """Register, offer, list and stock every product; product id → the file's id."""
    actor = system_actor()
    ids: dict[uuid.UUID, str] = {}
    with transaction() as session:
        channel = open_channel(session, actor, _channel())
        makers = _producers(session, actor, rows)
    for start in range(0, len(rows), BATCH):
        with transaction() as session:
            ids |= _put_on_sale(session, actor, session.merge(channel), makers, rows[start : start + BATCH])
    return ids


def _channel() -> NewChannel:
    return NewChannel(
        code="SEARCH1", kind="hall_online", name="检索馆", area_code="440100", opened_on=date(2020, 1, 1)
    )


def _producers(session: Session, actor: Actor, rows: list[PublishedProduct]) -> dict[str, Producer]:
    """A producer a published name; one without a name for all the rest."""
    found: dict[str, Producer] = {}
    for row in rows:
        if row.producer in found:
            continue
        area = area_of(row)
        new = organisations.NewOrganisation("producer", row.producer or UNPUBLISHED, area)
        organisation = organisations.register(session, actor, new)
        found[row.producer] = producers.register(
            session,
            actor,
            producers.NewProducer(
                organisation.id, "enterprise", published={} if row.producer else {"name_unpublished": True}
            ),
        )
    return found


def _put_on_sale(
    session: Session,
    actor: Actor,
    channel: Channel,
    makers: dict[str, Producer],
    rows: list[PublishedProduct],
) -> dict[uuid.UUID, str]:
    ids: dict[uuid.UUID, str] = {}
    asked: dict[uuid.UUID, int | None] = {}
    for row in rows:
        product = products.register(
            session,
            actor,
            makers[row.producer],
            ProductDraft(
                name=row.name[:100],
                category_code=category_of(row),
                spec=_spec(row),
                unit="件",
                origin_area=area_of(row),
                description=row.description or None,
                published={"id": row.id, "category": row.category},
            ),
        )
        ids[product.id] = row.id
        offer = make_offer(session, actor, NewOffer(product_id=product.id, price_fen=NOMINAL_PRICE_FEN))
        asked[offer.id] = None
    listings = list_offers(session, actor, channel, asked)
    places = sorted({listing.stock_item_id for listing in listings})
    take_in(session, [Units(place, STOCK) for place in places], utcnow(), actor.audit_id, "检索评测")
    return ids


def _spec(row: PublishedProduct) -> str:
    """The published size. Rows without one that share name and producer stay apart by their id, which is not searched."""
    return row.spec or f"{UNPUBLISHED}{row.id}"


def area_of(row: PublishedProduct) -> str:
    """The code of the published place; the province where the county is empty or not known."""
    province = divisions.find(row.province)
    within = province[0].code if province else None
    if row.county:
        found = divisions.find(row.county, within)
        if found:
            return found[0].code
    return within or divisions.NATION


def category_of(row: PublishedProduct) -> str:
    """A leaf: what the name suggests within the published category, else the last leaf of that category."""
    known = vocabulary().categories.get(row.category, ()) or tables().category_words.get(row.category, ())
    titles = [c.code for c in all_categories().values() if c.title_zh == row.category]
    wanted = tuple(dict.fromkeys([*titles, *known]))
    suggested = suggest(row.name)
    if suggested is not None and (not wanted or suggested.code.startswith(wanted)):
        return suggested.code
    for code in wanted:
        return leaves_of(code)[-1]
    return suggested.code if suggested else "190101"
