"""Noting what may have changed: one row a product and engine, in the transaction that changes it.

The handlers here hear the facts of the slices below. They never read what changed: whoever does the row reads it then.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.beneficiaries.facts import AgreementsChanged
from marketplace.catalogue.facts import ListingsChanged, StockTurned
from marketplace.certification.facts import CertificateChanged
from marketplace.core.clock import utcnow
from marketplace.core.json_rows import JsonRows
from marketplace.orders.facts import LinesCounted, LinesReversed
from marketplace.producers.facts import ProducerChanged, ProductsChanged
from marketplace.producers.models import Product
from search.engines.registry import engines
from search.models import Change

_ROWS: Final = JsonRows(Change)
_INSERT: Final = sql(_ROWS.insert("rows"))


def note(session: Session, product_ids: Collection[uuid.UUID], due_at: datetime | None = None) -> None:
    """Write that the products may have changed, for every engine: one statement. They are looked at now, or when it is due."""
    due, products = due_at or utcnow(), sorted(set(product_ids))
    rows = [
        {"engine": engine.code, "product_id": product_id, "due_at": due}
        for engine in engines().written
        for product_id in products
    ]
    if rows:
        session.connection().execute(_INSERT, {"rows": _ROWS.dump(rows)})


def on_products(
    session: Session, fact: ProductsChanged | ListingsChanged | StockTurned | AgreementsChanged
) -> None:
    """Something of these products changed that a search shows or finds."""
    note(session, fact.product_ids)


def on_producer(session: Session, fact: ProducerChanged) -> None:
    """A producer's name changed: all its products."""
    note(session, session.scalars(select(Product.id).where(Product.producer_id == fact.producer_id)).all())


def on_certificate(session: Session, fact: CertificateChanged) -> None:
    """A certificate was issued, suspended, reinstated, revoked, renewed or amended."""
    note(session, [fact.product_id])


def on_counted(session: Session, fact: LinesCounted) -> None:
    """Sales of these products counted. Tills report thousands a second, of the same few goods: those wait for the full minute,

    when a product is looked at once, however many of its sales came in.
    """
    due_at = (
        utcnow().replace(second=0, microsecond=0) + timedelta(minutes=1) if fact.source == "intake" else None
    )
    note(session, {line.product_id for line in fact.lines}, due_at)


def on_reversed(session: Session, fact: LinesReversed) -> None:
    """Counted sales were taken back."""
    lines = sorted(line.line_id for line in fact.lines)
    note(session, session.scalars(select(Entry.product_id).where(Entry.line_id.in_(lines)).distinct()).all())
