"""Reading inquiries: lists, one of them, what is asked for and of whom; never what a quote says."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Final

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Listing
from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.scope import visible
from marketplace.orders.buying.models import (
    PriceInquiry,
    PriceInquiryItem,
    PriceInquirySupplier,
    PriceQuote,
)
from marketplace.producers.models import Producer

MOST_FOUND: Final = 30


def inquiries_seen(actor: Actor) -> Select[PriceInquiry]:
    """Those of one's own organisations, and those that ask them for a quote; unsorted, for a list paged by `inquiry_no`."""
    asked = exists().where(
        PriceInquirySupplier.inquiry_id == PriceInquiry.id,
        PriceInquirySupplier.organisation_id.in_(selling_for(actor)),
    )
    own = visible(actor, "orders.read", area=PriceInquiry.buyer_area, owners=(PriceInquiry.buyer_id,))
    return select(PriceInquiry).where(or_(own, asked))


def read_inquiry(session: Session, actor: Actor, number: str) -> PriceInquiry:
    """One inquiry; NotFound for none that the actor may see."""
    found = session.scalars(
        inquiries_seen(actor).where(PriceInquiry.number == number).execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def is_buyer_side(actor: Actor, inquiry: PriceInquiry) -> bool:
    """Whether the actor reads for the buyer: who else is asked, and what they quoted, is not for suppliers."""
    return actor.may_on("orders.read", area=inquiry.buyer_area, owners=(inquiry.buyer_id,))


def selling_for(actor: Actor) -> set[uuid.UUID]:
    """The organisations for which the actor may quote."""
    return {
        held.organisation_id for held in actor.holding("orders.fulfil") if held.organisation_id is not None
    }


def items_of(session: Session, inquiry: PriceInquiry) -> list[PriceInquiryItem]:
    """What is asked for."""
    return list(
        session.scalars(
            select(PriceInquiryItem)
            .where(PriceInquiryItem.inquiry_id == inquiry.id)
            .order_by(PriceInquiryItem.line_no)
        )
    )


def suppliers_of(session: Session, inquiry: PriceInquiry) -> list[PriceInquirySupplier]:
    """Who is asked, by name; for the buyer's side only."""
    return list(
        session.scalars(
            select(PriceInquirySupplier)
            .where(PriceInquirySupplier.inquiry_id == inquiry.id)
            .order_by(PriceInquirySupplier.name, PriceInquirySupplier.organisation_id)
        )
    )


def standing_quotes(session: Session, inquiry: PriceInquiry) -> list[PriceQuote]:
    """The quotes that were neither withdrawn nor replaced."""
    return list(
        session.scalars(
            select(PriceQuote)
            .where(PriceQuote.inquiry_id == inquiry.id, PriceQuote.ended_at.is_(None))
            .order_by(PriceQuote.organisation_id)
        )
    )


def suppliers_found(session: Session, text: str) -> list[tuple[uuid.UUID, str, str]]:
    """(organisation, name, area of production) of suppliers with something on sale whose own name or whose goods' titles have
    `text` in them: at most MOST_FOUND, by name. For choosing whom to ask; nothing of a person.
    """
    on_sale = exists().where(
        Listing.producer_id == Producer.id,
        Listing.state == "listed",
        or_(Listing.title.contains(text, autoescape=True), Producer.name.contains(text, autoescape=True)),
    )
    return _as_suppliers(session, select(Producer).where(on_sale).limit(MOST_FOUND))


def suppliers_named(session: Session, keys: Collection[uuid.UUID]) -> list[tuple[uuid.UUID, str, str]]:
    """The same of suppliers that were chosen, by their organisations; whoever is no supplier is left out."""
    return _as_suppliers(session, select(Producer).where(Producer.organisation_id.in_(keys)))


def _as_suppliers(session: Session, statement: Select[Producer]) -> list[tuple[uuid.UUID, str, str]]:
    rows = session.scalars(statement.order_by(Producer.name, Producer.id))
    return [(row.organisation_id, row.name, row.production_area) for row in rows]
