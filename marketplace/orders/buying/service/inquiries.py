"""Asking for quotes (询价), reading what was asked, opening, comparing, awarding. Sending quotes: `quoting`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.accounts.service.inbox import notify
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, utcnow
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.core.locked import locked_row
from marketplace.orders.buying.models import (
    PriceInquiry,
    PriceInquiryItem,
    PriceInquirySupplier,
)
from marketplace.orders.buying.rules.inquiry import (
    FEWEST_SUPPLIERS,
    LONGEST_DAYS,
    Comparison,
    compare,
)
from marketplace.orders.buying.service.addresses import unseal
from marketplace.orders.buying.service.inquiry_lists import (
    is_buyer_side,
    items_of,
    read_inquiry,
    standing_quotes,
)
from marketplace.producers.models import Producer


@dataclass(frozen=True, slots=True)
class NewInquiry:
    """What is asked for, of which suppliers' organisations, until when. Fewer than three need a reason."""

    buyer_id: uuid.UUID
    title: str
    items: Sequence[dict[str, Any]]
    suppliers: Sequence[uuid.UUID]
    deliver_by: date
    deadline: datetime
    fewer_reason: str | None = None


def ask(session: Session, actor: Actor, new: NewInquiry) -> PriceInquiry:
    """Ask suppliers for quotes; they are told. Invalid (`deadline`, `deliver_by`, `few_suppliers`, `supplier_unknown`)."""
    buyer = session.get(Organisation, new.buyer_id)
    if buyer is None:
        raise NotFound
    area = buyer.fiscal_area or buyer.area_code
    actor.require_visible("orders.place", area=area, owners=(buyer.id,))
    now = utcnow()
    if not now < new.deadline <= now + timedelta(days=LONGEST_DAYS):
        raise Invalid("deadline", f"报价截止应在 {LONGEST_DAYS} 天以内", pointer="/deadline")
    if new.deliver_by < day_of(new.deadline):
        raise Invalid("deliver_by", "交货日期应在报价截止之后", pointer="/deliver_by")
    names = _suppliers(session, new.suppliers)
    if len(names) < FEWEST_SUPPLIERS and not new.fewer_reason:
        raise Invalid("few_suppliers", f"邀请少于 {FEWEST_SUPPLIERS} 家应说明理由", pointer="/fewer_reason")
    inquiry = PriceInquiry(
        id=uuid7(), number=readable_number("X"), buyer_id=buyer.id, buyer_area=area, title=new.title,
        deliver_by=new.deliver_by, deadline=new.deadline, fewer_reason=new.fewer_reason, state="open",
        asked_by=actor.account_id, asked_at=now,
    )  # fmt: skip
    session.add(inquiry)
    session.flush()
    session.add_all(
        PriceInquiryItem(inquiry_id=inquiry.id, line_no=number, **item)
        for number, item in enumerate(new.items, 1)
    )
    session.add_all(
        PriceInquirySupplier(inquiry_id=inquiry.id, organisation_id=key, name=name)
        for key, name in names.items()
    )
    session.flush()
    for key in names:
        _tell(session, inquiry, key)
    _record(session, actor, inquiry, "asked")
    return inquiry


def open_quotes(session: Session, actor: Actor, number: str) -> PriceInquiry:
    """Open the quotes once the deadline is over; from then on nobody sends one. Conflict (`still_sealed`)."""
    inquiry = locked_by_buyer(session, actor, number)
    if inquiry.state != "open":
        raise Conflict("inquiry_over", "该询价不在报价中", state=inquiry.state)
    now = utcnow()
    if now < inquiry.deadline:
        raise Conflict("still_sealed", "报价截止前不能开启")
    inquiry.state, inquiry.opened_at, inquiry.opened_by = "opened", now, actor.account_id
    session.flush()
    _record(session, actor, inquiry, "opened")
    return inquiry


def award(
    session: Session, actor: Actor, number: str, supplier_id: uuid.UUID, reason: str | None = None
) -> PriceInquiry:
    """Award to a supplier that quoted. Invalid (`supplier_unknown`; `award_reason` unless it has the lowest total)."""
    inquiry = locked_by_buyer(session, actor, number)
    if inquiry.state != "opened":
        raise Conflict("inquiry_over", "该询价不能定标", state=inquiry.state)
    found = comparison_of(session, inquiry)
    if not any(supplier_id in row for row in found.prices.values()):
        raise Invalid("supplier_unknown", "该供应商没有报价", pointer="/supplier_id")
    if supplier_id not in found.lowest_total and not reason:
        raise Invalid("award_reason", "未选最低价应说明理由", pointer="/reason")
    inquiry.state, inquiry.awarded_to, inquiry.award_reason = "awarded", supplier_id, reason
    inquiry.awarded_by, inquiry.awarded_at = actor.account_id, utcnow()
    session.flush()
    for key in {row.organisation_id for row in standing_quotes(session, inquiry)}:
        _tell(session, inquiry, key)
    _record(session, actor, inquiry, "awarded")
    return inquiry


def cancel(session: Session, actor: Actor, number: str, reason: str) -> PriceInquiry:
    """Call an inquiry off before its award; sealed quotes stay sealed for ever."""
    inquiry = locked_by_buyer(session, actor, number)
    if inquiry.state not in ("open", "opened"):
        raise Conflict("inquiry_over", "该询价已结束", state=inquiry.state)
    inquiry.state, inquiry.cancel_reason = "cancelled", reason
    session.flush()
    _record(session, actor, inquiry, "cancelled")
    return inquiry


def comparison(session: Session, actor: Actor, number: str) -> tuple[PriceInquiry, Comparison]:
    """Items × suppliers for the buyer's side, once the quotes were opened. Conflict (`still_sealed`) before."""
    inquiry = read_inquiry(session, actor, number)
    if not is_buyer_side(actor, inquiry):
        raise NotFound
    return inquiry, comparison_of(session, inquiry)


def comparison_of(session: Session, inquiry: PriceInquiry) -> Comparison:
    """The one place where quotes are unsealed: refused until they were opened."""
    if inquiry.opened_at is None:
        raise Conflict("still_sealed", "报价截止前不能开启")
    quotes = {
        row.organisation_id: [
            (line["line_no"], line["unit_price_fen"])
            for line in unseal("orders.price_quote", "quote_enc", row.id, row.quote_enc)["lines"]
        ]
        for row in standing_quotes(session, inquiry)
    }
    return compare({item.line_no: item.quantity for item in items_of(session, inquiry)}, quotes)


def lock_inquiry(session: Session, number: str) -> PriceInquiry:
    """The inquiry, locked: who sends and who opens wait for each other here. NotFound for none."""
    session.flush()
    return locked_row(session, select(PriceInquiry).where(PriceInquiry.number == number))


def locked_by_buyer(session: Session, actor: Actor, number: str) -> PriceInquiry:
    """The inquiry, locked, for who buys for the organisation that asked."""
    inquiry = lock_inquiry(session, number)
    actor.require_visible("orders.place", area=inquiry.buyer_area, owners=(inquiry.buyer_id,))
    return inquiry


def _suppliers(session: Session, wanted: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    found = {
        row.organisation_id: row.name
        for row in session.execute(
            select(Producer.organisation_id, Producer.name).where(Producer.organisation_id.in_(wanted))
        )
    }
    if set(wanted) - set(found):
        raise Invalid("supplier_unknown", "没有这个供应商", pointer="/supplier_ids")
    return found


def _tell(session: Session, inquiry: PriceInquiry, organisation_id: uuid.UUID) -> None:
    notify(
        session, "inquiry_news", "price_inquiry", inquiry.number, organisation_id=organisation_id,
        detail={"state": inquiry.state, "deadline": inquiry.deadline.isoformat()},
    )  # fmt: skip


def _record(session: Session, actor: Actor, inquiry: PriceInquiry, verb: str) -> None:
    audit.record(
        session,
        actor,
        f"orders.inquiry.{verb}",
        "price_inquiry",
        inquiry.number,
        area_code=inquiry.buyer_area,
    )
