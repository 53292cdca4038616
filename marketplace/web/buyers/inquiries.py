"""询价: three quotes asked for, sealed until the deadline, opened, compared, awarded; the record stays."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, Final

from flask import Response, request
from marshmallow import pre_load
from sqlalchemy.orm import Session

from marketplace.catalogue.service.quotes import quote
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.errors import NotFound
from marketplace.core.http import page_of
from marketplace.core.http.paging import PageArgs
from marketplace.orders.buying.models import PriceInquiry
from marketplace.orders.buying.rules.inquiry import FEWEST_SUPPLIERS
from marketplace.orders.buying.schemas.inquiry import AwardIn, InquiryIn
from marketplace.orders.buying.service import cart_view, inquiries, inquiry_lists
from marketplace.orders.schemas import CancellationIn
from marketplace.web.buyers.states import INQUIRIES, titled
from marketplace.web.kit import Form, Listing, Pages, done, hats, needs, render
from marketplace.web.kit import say as _
from marketplace.web.kit.rows import meant, put_in_place
from marketplace.web.kit.shown import area_name, yuan

pages: Final = Pages("buyers_inquiries", __name__)
_PARTS: Final = ("name", "unit", "quantity")
_ROWS: Final = 20
_OPEN_DAYS: Final = 7
_DELIVERY_DAYS: Final = 14


class InquiryForm(InquiryIn):
    """The API's inquiry; rows left blank are not asked for."""

    @pre_load
    def only_meant(self, data: dict[str, Any], **_more: Any) -> dict[str, Any]:
        """Leave out blank rows."""
        return meant(data, "items", _PARTS)


@pages.show("/price-inquiries", needs("orders.read"))
def list_inquiries(session: Session, actor: Actor) -> Response:
    """The unit's inquiries, newest first."""
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
        "buyers/inquiries.html",
        fragment="results",
        listing=listing,
        page=page,
        states=titled(INQUIRIES),
        now=utcnow(),
        may_ask=actor.may("orders.place"),
    )


@pages.form("/price-inquiries/new", needs("orders.place"), InquiryForm)
def asking(session: Session, actor: Actor, form: Form) -> Response:
    """Whom to ask (found by name or goods, kept in the address), for what, until when."""
    put_in_place(form, "items", _PARTS, _ROWS)
    words = request.args.get("q", "").strip()[:60]
    chosen = _ids(form.values("supplier_ids") if form.typed is not None else request.args.getlist("with"))
    items: list[dict[str, Any]] = []
    if form.typed is None:
        items, makers = _begun(session, actor)
        chosen |= makers
    form.fill(
        buyer_id=hats.organisation(actor),
        supplier_ids=sorted(map(str, chosen)),
        items=items,
        deadline=f"{today() + timedelta(days=_OPEN_DAYS)}T17:00",
        deliver_by=today() + timedelta(days=_DELIVERY_DAYS),
    )
    found = inquiry_lists.suppliers_found(session, words) if words else []
    return render(
        "buyers/inquiry_form.html",
        form=form,
        words=words,
        found=[one for one in found if one[0] not in chosen],
        has_searched=bool(words),
        chosen=[
            (str(key), name, area_name(area))
            for key, name, area in inquiry_lists.suppliers_named(session, chosen)
        ],
        fewest=FEWEST_SUPPLIERS,
        rows=_ROWS,
    )


@asking.submit
def ask(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Ask; the suppliers are told."""
    new = inquiries.NewInquiry(suppliers=body.pop("supplier_ids"), **body)
    inquiry = inquiries.ask(session, actor, new)
    return done(f"/price-inquiries/{inquiry.number}", _("询价已发出,供应商已收到消息"))


@pages.show("/price-inquiries/<number>", needs("orders.read"))
def one_inquiry(session: Session, actor: Actor, number: str) -> Response:
    """One inquiry; what was quoted only after the opening."""
    return _show(session, actor, number)


@pages.action("/price-inquiries/<number>/opening", needs("orders.place"))
def open_quotes(session: Session, actor: Actor, number: str) -> Response:
    """Open the quotes once the deadline is over."""
    inquiries.open_quotes(session, actor, number)
    return done(f"/price-inquiries/{number}", _("报价已开启"))


@pages.form("/price-inquiries/<number>/award", needs("orders.place"), AwardIn)
def awarding(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The inquiry, after an award that was refused."""
    return _show(session, actor, number, award=form)


@awarding.submit
def award(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Award it; not to the lowest needs a reason."""
    inquiries.award(session, actor, number, body["supplier_id"], body["reason"])
    return done(f"/price-inquiries/{number}", _("已定标,报过价的供应商已收到消息"))


@pages.form("/price-inquiries/<number>/cancellation", needs("orders.place"), CancellationIn)
def cancelling(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The inquiry, after a calling-off that was refused."""
    return _show(session, actor, number, cancel=form)


@cancelling.submit
def cancel(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Call it off; sealed quotes stay sealed."""
    inquiries.cancel(session, actor, number, body["reason"])
    return done(f"/price-inquiries/{number}", _("询价已取消"))


def _ids(texts: list[str]) -> set[uuid.UUID]:
    """The ids among what an address says; what is none is passed over."""
    found = set()
    for text in texts:
        try:
            found.add(uuid.UUID(text))
        except ValueError:
            continue
    return found


def _begun(session: Session, actor: Actor) -> tuple[list[dict[str, Any]], set[uuid.UUID]]:
    """What a product's page or the cart begins an inquiry with: items, and who makes them."""
    listing = _ids(request.args.getlist("listing"))
    if listing:
        wanted = [(one, 1) for one in quote(session, listing, utcnow()).values()]
    elif request.args.get("cart"):
        whole = cart_view.read_cart(session, actor, hats.organisation(actor))
        wanted = [
            (one.quote, one.line.quantity)
            for block in whole.blocks
            for one in block.lines
            if one.line.is_ticked
        ]
    else:
        return [], set()
    items = [
        {"name": one.product_name, "spec": one.spec, "unit": one.unit, "quantity": count}
        for one, count in wanted[:_ROWS]
    ]
    return items, {one.producer_organisation_id for one, _count in wanted}


def _show(session: Session, actor: Actor, number: str, **refused: Form) -> Response:
    inquiry = inquiry_lists.read_inquiry(session, actor, number)
    if not inquiry_lists.is_buyer_side(actor, inquiry):
        raise NotFound
    forms = {
        "award": refused.get("award") or Form(AwardIn),
        "cancel": refused.get("cancel") or Form(CancellationIn),
    }
    for name, form in forms.items():
        form.prefix = f"f-{name}"
    suppliers = inquiry_lists.suppliers_of(session, inquiry)
    compared = inquiries.comparison(session, actor, number)[1] if inquiry.opened_at is not None else None
    quoted = {key for row in compared.prices.values() for key in row} if compared else set()
    is_mine = actor.may_on("orders.place", area=inquiry.buyer_area, owners=(inquiry.buyer_id,))
    return render(
        "buyers/inquiry.html",
        inquiry=inquiry,
        state=titled(INQUIRIES)[inquiry.state],
        items=inquiry_lists.items_of(session, inquiry),
        suppliers=suppliers,
        compared=compared,
        quoted=[
            (
                one.organisation_id,
                one.name,
                yuan(compared.totals.get(one.organisation_id)) if compared else "",
            )
            for one in suppliers
            if one.organisation_id in quoted
        ],
        awarded=next((one.name for one in suppliers if one.organisation_id == inquiry.awarded_to), ""),
        forms_of=forms,
        may_open=is_mine and inquiry.state == "open" and utcnow() >= inquiry.deadline,
        may_award=is_mine and inquiry.state == "opened",
        may_cancel=is_mine and inquiry.state in ("open", "opened"),
    )
