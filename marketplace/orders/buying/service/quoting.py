"""A supplier's quote: sealed when it is sent, replaced or withdrawn before the deadline, read by nobody until it is over."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.ids import uuid7
from marketplace.orders.buying.models import PriceInquiry, PriceInquirySupplier, PriceQuote
from marketplace.orders.buying.service.addresses import seal, unseal
from marketplace.orders.buying.service.inquiries import lock_inquiry
from marketplace.orders.buying.service.inquiry_lists import items_of, selling_for


def send(
    session: Session,
    actor: Actor,
    number: str,
    supplier_id: uuid.UUID,
    lines: Sequence[dict[str, Any]],
    note: str | None = None,
) -> PriceQuote:
    """Send a quote (`line_no`, `unit_price_fen`, `listing_id` or None); it replaces the one before.

    Conflict (`quotes_closed`) from the deadline on: the time is taken when the inquiry is locked, so that who waited for the
    opening is late. Invalid (`quote_lines`), NotFound for who is not asked.
    """
    inquiry = _locked_for(session, actor, number, supplier_id)
    known = {item.line_no for item in items_of(session, inquiry)}
    numbers = [line["line_no"] for line in lines]
    if not numbers or len(set(numbers)) != len(numbers) or set(numbers) - known:
        raise Invalid("quote_lines", "报价行与询价不符", pointer="/lines")
    now = utcnow()
    _end_standing(session, inquiry, supplier_id)
    last = session.scalar(
        select(func.max(PriceQuote.version)).where(
            PriceQuote.inquiry_id == inquiry.id, PriceQuote.organisation_id == supplier_id
        )
    )
    quote_id = uuid7()
    content = {
        "lines": [
            line | {"listing_id": str(line["listing_id"]) if line.get("listing_id") else None}
            for line in lines
        ],
        "note": note,
    }
    row = PriceQuote(
        id=quote_id,
        inquiry_id=inquiry.id,
        organisation_id=supplier_id,
        version=(last or 0) + 1,
        quote_enc=seal("orders.price_quote", "quote_enc", quote_id, content),
        sent_by=actor.account_id,
        sent_at=now,
    )
    session.add(row)
    session.flush()
    audit.record(
        session, actor, "orders.quote.sent", "price_inquiry", number, detail={"version": row.version}
    )
    return row


def withdraw(session: Session, actor: Actor, number: str, supplier_id: uuid.UUID) -> None:
    """Take the own quote back before the deadline. NotFound when there is none, Conflict (`quotes_closed`)."""
    inquiry = _locked_for(session, actor, number, supplier_id)
    if not _end_standing(session, inquiry, supplier_id):
        raise NotFound
    audit.record(session, actor, "orders.quote.withdrawn", "price_inquiry", number)


def own_quote(
    session: Session, actor: Actor, inquiry: PriceInquiry, supplier_id: uuid.UUID
) -> tuple[PriceQuote, dict[str, Any] | None]:
    """The own standing quote: that it was sent and when; what it says only once the quotes were opened. NotFound for none."""
    if supplier_id not in selling_for(actor):
        raise NotFound
    row = session.scalars(
        select(PriceQuote).where(
            PriceQuote.inquiry_id == inquiry.id,
            PriceQuote.organisation_id == supplier_id,
            PriceQuote.ended_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    if inquiry.opened_at is None:
        return row, None
    return row, unseal("orders.price_quote", "quote_enc", row.id, row.quote_enc)


def _locked_for(session: Session, actor: Actor, number: str, supplier_id: uuid.UUID) -> PriceInquiry:
    inquiry = lock_inquiry(session, number)
    asked = session.get(PriceInquirySupplier, (inquiry.id, supplier_id))
    if asked is None or supplier_id not in selling_for(actor):
        raise NotFound
    if inquiry.state != "open" or utcnow() >= inquiry.deadline:
        raise Conflict("quotes_closed", "报价已截止")
    return inquiry


def _end_standing(session: Session, inquiry: PriceInquiry, supplier_id: uuid.UUID) -> bool:
    ended = session.execute(
        update(PriceQuote)
        .where(
            PriceQuote.inquiry_id == inquiry.id,
            PriceQuote.organisation_id == supplier_id,
            PriceQuote.ended_at.is_(None),
        )
        .values(ended_at=utcnow())
        .returning(PriceQuote.id)
    ).all()
    return bool(ended)
