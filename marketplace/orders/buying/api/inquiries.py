"""Three quotes: asked, sealed, opened, compared, awarded."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, PageArgs, endpoint, needs, page_of, page_schema
from marketplace.orders.buying.api.blueprint import blueprint
from marketplace.orders.buying.models import PriceInquiry, PriceQuote
from marketplace.orders.buying.schemas import inquiry as schemas
from marketplace.orders.buying.service import inquiries, inquiry_lists, quoting
from marketplace.orders.schemas import CancellationIn

_ROW = tuple(schemas.InquiryRowOut().fields)


def _whole(session: Session, actor: Actor, inquiry: PriceInquiry) -> dict[str, Any]:
    bought = inquiry_lists.is_buyer_side(actor, inquiry)
    return {name: getattr(inquiry, name) for name in _ROW} | {
        "items": inquiry_lists.items_of(session, inquiry),
        "suppliers": inquiry_lists.suppliers_of(session, inquiry) if bought else None,
        "fewer_reason": inquiry.fewer_reason if bought else None,
        "awarded_to": inquiry.awarded_to if bought else None,
        "award_reason": inquiry.award_reason if bought else None,
        "awarded_to_me": inquiry.awarded_to in inquiry_lists.selling_for(actor),
    }


def _quote(row: PriceQuote, content: dict[str, Any] | None) -> dict[str, Any]:
    shown = {"lines": None, "note": None} if content is None else content
    return {"version": row.version, "sent_at": row.sent_at} | shown


@blueprint.route("/price-inquiries")
@endpoint(needs("orders.read"))
@blueprint.arguments(PageArgs, location="query")
@blueprint.response(200, page_schema(schemas.InquiryRowOut))
def list_inquiries(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Own inquiries and those that ask one's organisation for a quote, newest first."""
    return page_of(
        session,
        inquiry_lists.inquiries_seen(actor),
        keys=[PriceInquiry.inquiry_no],
        key_of=lambda inquiry: [inquiry.inquiry_no],
        args=args,
        descending=True,
    )


@blueprint.route("/price-inquiries", methods=["POST"])
@endpoint(needs("orders.place"), idempotent=True)
@blueprint.arguments(schemas.InquiryIn)
@blueprint.response(201, schemas.InquiryOut)
def ask(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Ask at least three suppliers for quotes, or fewer with a reason."""
    new = inquiries.NewInquiry(suppliers=body.pop("supplier_ids"), **body)
    return _whole(session, actor, inquiries.ask(session, actor, new))


@blueprint.route("/price-inquiries/<number>")
@endpoint(needs("orders.read"))
@blueprint.response(200, schemas.InquiryOut)
def get_inquiry(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """One inquiry; nothing of its quotes."""
    return _whole(session, actor, inquiry_lists.read_inquiry(session, actor, number))


@blueprint.route("/price-inquiries/<number>/quote", methods=["POST"])
@endpoint(needs("orders.fulfil"), idempotent=True)
@blueprint.arguments(schemas.PriceQuoteIn)
@blueprint.response(201, schemas.PriceQuoteOut)
def send_quote(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Send or replace the own quote before the deadline; it is sealed, also from who sent it."""
    row = quoting.send(session, actor, number, body["supplier_id"], body["lines"], body["note"])
    return _quote(row, None)


@blueprint.route("/price-inquiries/<number>/quote")
@endpoint(needs("orders.fulfil"))
@blueprint.arguments(schemas.PriceQuoteArgs, location="query")
@blueprint.response(200, schemas.PriceQuoteOut)
def get_own_quote(session: Session, actor: Actor, args: dict[str, Any], number: str) -> dict[str, Any]:
    """That the own quote was sent, and when; what it says once the quotes were opened."""
    inquiry = inquiry_lists.read_inquiry(session, actor, number)
    return _quote(*quoting.own_quote(session, actor, inquiry, args["supplier_id"]))


@blueprint.route("/price-inquiries/<number>/quote", methods=["DELETE"])
@endpoint(needs("orders.fulfil"))
@blueprint.arguments(schemas.PriceQuoteArgs, location="query")
@blueprint.response(204)
def withdraw_quote(session: Session, actor: Actor, args: dict[str, Any], number: str) -> Response:
    """Take the own quote back before the deadline."""
    quoting.withdraw(session, actor, number, args["supplier_id"])
    return Response(status=204)


@blueprint.route("/price-inquiries/<number>/opening", methods=["POST"])
@endpoint(needs("orders.place"), idempotent=True)
@blueprint.response(200, schemas.InquiryOut)
def open_quotes(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """Open the quotes once the deadline is over."""
    return _whole(session, actor, inquiries.open_quotes(session, actor, number))


@blueprint.route("/price-inquiries/<number>/comparison")
@endpoint(needs("orders.read"))
@blueprint.response(200, schemas.QuoteComparisonOut)
def compare(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """Items × suppliers, the lowest marked; 409 until the quotes were opened."""
    inquiry, found = inquiries.comparison(session, actor, number)
    return {
        "suppliers": inquiry_lists.suppliers_of(session, inquiry),
        "items": [
            {
                "line_no": item.line_no,
                "name": item.name,
                "quantity": item.quantity,
                "prices": [
                    {
                        "supplier_id": key,
                        "unit_price_fen": price,
                        "is_lowest": key in found.lowest[item.line_no],
                    }
                    for key, price in sorted(found.prices[item.line_no].items())
                ],
            }
            for item in inquiry_lists.items_of(session, inquiry)
        ],
        "totals": [
            {"supplier_id": key, "total_fen": fen, "is_lowest": key in found.lowest_total}
            for key, fen in sorted(found.totals.items())
        ],
    }


@blueprint.route("/price-inquiries/<number>/award", methods=["POST"])
@endpoint(needs("orders.place"), idempotent=True)
@blueprint.arguments(schemas.AwardIn)
@blueprint.response(200, schemas.InquiryOut)
def award(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Award it; not to the lowest needs a reason. The order is placed at list price: there are no prices per buyer."""
    return _whole(
        session, actor, inquiries.award(session, actor, number, body["supplier_id"], body["reason"])
    )


@blueprint.route("/price-inquiries/<number>/cancellation", methods=["POST"])
@endpoint(needs("orders.place"), idempotent=True)
@blueprint.arguments(CancellationIn)
@blueprint.response(200, schemas.InquiryOut)
def cancel_inquiry(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Call it off; sealed quotes stay sealed."""
    return _whole(session, actor, inquiries.cancel(session, actor, number, body["reason"]))
