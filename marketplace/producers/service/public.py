"""What everybody sees of a product and of who makes it: nothing of a person."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.errors import NotFound
from marketplace.producers.models import Producer, Product


def product_and_maker(session: Session, product_id: uuid.UUID) -> tuple[Product, Producer]:
    """The product, still made or not, with its producer; NotFound when there is none."""
    found = session.execute(
        select(Product, Producer)
        .join(Producer, Producer.id == Product.producer_id)
        .where(Product.id == product_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def names_of(session: Session, product_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The names of products with their specification; ids that are none are left out."""
    rows = session.execute(
        select(Product.id, Product.name, Product.spec).where(Product.id.in_(sorted(product_ids)))
    )
    return {row.id: f"{row.name} {row.spec}" for row in rows}
