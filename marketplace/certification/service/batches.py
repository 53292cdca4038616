"""Batches of a catalogue (批次), and what differs between two of them: added, gone, changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.certification.models import Certificate
from marketplace.core.actor import Actor
from marketplace.core.scope import visible, within_area
from marketplace.producers.models import Producer

#: How many batches a list shows, and how many lines of a difference.
MOST_BATCHES = 60
MOST_LINES = 1_000


@dataclass(frozen=True)
class BatchTotal:
    """A batch: its year and number, how many certificates it has, and how many of them were revoked since."""

    batch: str
    certificates: int
    revoked: int


@dataclass(frozen=True)
class BatchLine:
    """A product in one batch and not, or otherwise, in the other. `change`: added, gone or changed."""

    change: str
    product_name: str
    producer_name: str
    spec: str
    spec_before: str | None
    catalogue_no: str


def batches(session: Session, actor: Actor, scheme: str, area_code: str | None = None) -> list[BatchTotal]:
    """The batches of a scheme inside the actor's areas, newest first."""
    statement = (
        select(Certificate.batch, func.count(), func.count(Certificate.revoked_at))
        .where(Certificate.scheme == scheme, visible(actor, "certification.read", area=Certificate.area_code))
        .group_by(Certificate.batch)
        .order_by(Certificate.batch.desc())
        .limit(MOST_BATCHES)
    )
    if area_code:
        statement = statement.where(within_area(Certificate.area_code, area_code))
    return [BatchTotal(*row) for row in session.execute(statement)]


def difference(
    session: Session, actor: Actor, scheme: str, before: str, after: str, area_code: str | None = None
) -> list[BatchLine]:
    """What the batch `after` has that `before` had not, the other way round, and what has another spec now; by product."""
    old, new = (
        {row.product_id: row for row in _lines(session, actor, scheme, batch, area_code)}
        for batch in (before, after)
    )
    found = [
        *(_line("added", new[key]) for key in new.keys() - old.keys()),
        *(_line("gone", old[key]) for key in old.keys() - new.keys()),
        *(
            _line("changed", new[key], old[key].spec)
            for key in new.keys() & old.keys()
            if new[key].spec != old[key].spec
        ),
    ]
    return sorted(found, key=lambda one: (one.change, one.catalogue_no))[:MOST_LINES]


def _lines(session: Session, actor: Actor, scheme: str, batch: str, area_code: str | None) -> Sequence[Any]:
    statement = (
        select(
            Certificate.product_id,
            Certificate.product_name,
            Certificate.spec,
            Certificate.catalogue_no,
            Producer.name.label("producer_name"),
        )
        .join(Producer, Producer.id == Certificate.producer_id)
        .where(
            Certificate.scheme == scheme,
            Certificate.batch == batch,
            visible(actor, "certification.read", area=Certificate.area_code),
        )
    )
    if area_code:
        statement = statement.where(within_area(Certificate.area_code, area_code))
    return session.execute(statement).all()


def _line(change: str, row: Any, spec_before: str | None = None) -> BatchLine:
    return BatchLine(change, row.product_name, row.producer_name, row.spec, spec_before, row.catalogue_no)
