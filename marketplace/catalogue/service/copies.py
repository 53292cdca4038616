"""What open listings repeat of others follows them: the seller's name, and the words of the offer.

One statement each, the rows held in order of id. Prices, their history, what is delisted and what an order froze stay as they
are; an offer's spec and unit never change.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.catalogue.facts import ListingsChanged
from marketplace.core import facts
from marketplace.producers.facts import ProducerChanged, ProductRenamed

_NAMES: Final = sql("""
    WITH held AS (
        SELECT l.id, p.name FROM catalogue.listing l JOIN producers.producer p ON p.id = l.producer_id
        WHERE p.id = :producer AND l.state <> 'delisted' AND l.producer_name <> p.name
        ORDER BY l.id FOR NO KEY UPDATE OF l
    )
    UPDATE catalogue.listing l SET producer_name = held.name, row_version = l.row_version + 1
    FROM held WHERE l.id = held.id RETURNING l.product_id
""")
_TITLES: Final = sql("""
    WITH held AS (
        SELECT l.id, o.title FROM catalogue.listing l JOIN catalogue.offer o ON o.id = l.offer_id
        WHERE l.offer_id = ANY(:offers) AND l.state <> 'delisted' AND l.title <> o.title
        ORDER BY l.id FOR NO KEY UPDATE OF l
    )
    UPDATE catalogue.listing l SET title = held.title, row_version = l.row_version + 1
    FROM held WHERE l.id = held.id RETURNING l.product_id
""")
_OFFERS: Final = sql("""
    WITH held AS (
        SELECT id FROM catalogue.offer
        WHERE product_id = :product AND state = 'active' AND title = :former
        ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE catalogue.offer o SET title = :name, row_version = o.row_version + 1
    FROM held WHERE o.id = held.id RETURNING o.id
""")


def on_producer_changed(session: Session, fact: ProducerChanged) -> None:
    """A dossier changed: its open listings show the name it has now."""
    _tell(session, session.scalars(_NAMES, {"producer": fact.producer_id}))


def on_product_renamed(session: Session, fact: ProductRenamed) -> None:
    """A product was renamed: offers that bear its name, and their open listings, go on bearing it.

    A title in the seller's own words stays.
    """
    renamed = {"product": fact.product_id, "former": fact.former_name, "name": fact.name}
    offers = session.scalars(_OFFERS, renamed).all()
    _tell(session, take_titles(session, offers))


def take_titles(session: Session, offer_ids: Collection[uuid.UUID]) -> Collection[uuid.UUID]:
    """Put the offers' titles on their open listings; the products of those that changed."""
    return session.scalars(_TITLES, {"offers": list(offer_ids)}).all()


def _tell(session: Session, product_ids: Iterable[uuid.UUID]) -> None:
    changed = sorted(set(product_ids))
    if changed:
        facts.publish(session, ListingsChanged(tuple(changed)))
