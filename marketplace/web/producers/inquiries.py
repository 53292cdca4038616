"""询价: what buyers ask a quote for, and the own sealed quote: sent, replaced, withdrawn before the deadline."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from marshmallow import pre_load
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import NotFound
from marketplace.core.http import PageArgs, page_of
from marketplace.orders.buying.models import PriceInquiry, PriceQuote
from marketplace.orders.buying.rules.inquiry import INQUIRY_STATES
from marketplace.orders.buying.schemas.inquiry import PriceQuoteIn
from marketplace.orders.buying.service import inquiry_lists, quoting
from marketplace.web.kit import Form, Listing, Pages, done, hats, needs, render
from marketplace.web.kit import say as _
from marketplace.web.kit.rows import NOTHING, meant, put_in_place

pages: Final = Pages("producers_inquiries", __name__, url_prefix="/producer/inquiries")
TONES: Final = {"open": "warn", "opened": "info", "awarded": "good", "cancelled": "quiet"}


class QuoteForm(PriceQuoteIn):
    """The API's quote; an item without a price is not quoted."""

    @pre_load
    def leave_out(self, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Drop the items that have no price."""
        return meant(data, "lines", ("unit_price_fen",), NOTHING)


@pages.show("", needs("orders.fulfil"))
def list_inquiries(session: Session, actor: Actor) -> Response:
    """Those that ask the own organisation, newest first."""
    listing = Listing(PageArgs)
    page = page_of(
        session,
        inquiry_lists.inquiries_seen(actor),
        keys=[PriceInquiry.inquiry_no],
        key_of=lambda inquiry: [inquiry.inquiry_no],
        args=listing.args,
        descending=True,
    )
    return render(
        "producers/inquiries.html",
        fragment="results",
        listing=listing,
        page=page,
        states=INQUIRY_STATES,
        tones=TONES,
        now=utcnow(),
    )


@pages.form("/<number>", needs("orders.fulfil"), QuoteForm)
def one(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """What is asked for, and the own quote: sealed until the buyer opens all."""
    inquiry = inquiry_lists.read_inquiry(session, actor, number)
    items = inquiry_lists.items_of(session, inquiry)
    supplier_id = _own(actor)
    quote, content = _quote(session, actor, inquiry, supplier_id)
    put_in_place(form, "lines", ("unit_price_fen",), len(items), NOTHING, at="unit_price_fen")
    return render(
        "producers/inquiry.html",
        form=form,
        inquiry=inquiry,
        buyer=session.get_one(Organisation, inquiry.buyer_id),
        items=items,
        supplier_id=supplier_id,
        quote=quote,
        prices={line["line_no"]: line["unit_price_fen"] for line in content["lines"]} if content else {},
        note=content["note"] if content else None,
        is_open=inquiry.state == "open" and utcnow() < inquiry.deadline,
        is_mine=inquiry.awarded_to == supplier_id,
        states=INQUIRY_STATES,
        tones=TONES,
    )


@one.submit
def send(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Seal it; it takes the place of the one before."""
    quoting.send(session, actor, number, body["supplier_id"], body["lines"], body["note"])
    return done(f"/producer/inquiries/{number}", _("报价已密封,截止后由采购单位统一开启"))


@pages.action("/<number>/withdrawal", needs("orders.fulfil"))
def withdraw(session: Session, actor: Actor, number: str) -> Response:
    """Take the own quote back."""
    quoting.withdraw(session, actor, number, _own(actor))
    return done(f"/producer/inquiries/{number}", _("报价已撤回,截止前可以重新报"))


def _own(actor: Actor) -> uuid.UUID:
    """The organisation that quotes. NotFound for who acts for none."""
    organisation_id = hats.organisation(actor)
    if organisation_id is None:
        raise NotFound
    return organisation_id


def _quote(
    session: Session, actor: Actor, inquiry: PriceInquiry, supplier_id: uuid.UUID
) -> tuple[PriceQuote | None, dict[str, Any] | None]:
    """The own standing quote and, once quotes were opened, what it says; None where none was sent."""
    try:
        return quoting.own_quote(session, actor, inquiry, supplier_id)
    except NotFound:
        return None, None
