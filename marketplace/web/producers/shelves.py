"""Where goods stand for sale: the listings with price and stock, one with its price history, pause and resume."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from marshmallow import fields
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Listing as Shelf
from marketplace.catalogue.rules.shown_class import class_on
from marketplace.catalogue.schemas import PriceIn, StateIn
from marketplace.catalogue.service import listings, prices, shelves
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import page_of
from marketplace.core.http.fields import OneOf
from marketplace.core.http.paging import PageArgs
from marketplace.web.kit import (
    Form,
    Listing,
    Pages,
    all_rows,
    done,
    label,
    list_file,
    needs,
    render,
    wanted_format,
)
from marketplace.web.kit import say as _

pages: Final = Pages("producers_shelves", __name__, url_prefix="/producer/shelves")


class ShelfQuery(PageArgs):
    """State, and whether stock runs low."""

    state = OneOf(listings.STATES.states, load_default=None)
    few = fields.Boolean(load_default=False)


@pages.show("", needs("catalogue.list"))
def list_shelves(session: Session, actor: Actor) -> Response:
    """The listings, newest first; as a file the same."""
    listing = Listing(ShelfQuery)
    found = shelves.shelves_of(actor, state=listing.args["state"], few=listing.args["few"])
    if wanted_format():
        headings = [_("商品"), _("规格"), _("销售点"), _("单价(元)"), _("可售"), _("状态")]
        rows = [
            (row.title, row.spec, place, f"{row.price_fen / 100:.2f}", on_hand - reserved,
             label(shelves.LISTING_TITLES[row.state]))
            for row, place, on_hand, reserved in all_rows(session, found.order_by(Shelf.listing_no.desc()))
        ]  # fmt: skip
        return list_file(_("上架"), headings, rows)
    page = page_of(
        session,
        found,
        keys=[Shelf.listing_no],
        key_of=lambda row: [row[0].listing_no],
        args=listing.args,
        descending=True,
        scalars=False,
    )
    return render(
        "producers/shelves.html",
        fragment="results",
        listing=listing,
        page=page,
        titles=shelves.LISTING_TITLES,
        few=shelves.FEW_UNITS,
    )


@pages.show("/<uuid:listing_id>", needs("catalogue.list"))
def one(session: Session, actor: Actor, listing_id: uuid.UUID) -> Response:
    """One listing with what it is called today and every price it had."""
    return _show(session, actor, Form(PriceIn), listing_id)


@pages.form("/<uuid:listing_id>/price", needs("catalogue.list"), PriceIn)
def price(session: Session, actor: Actor, form: Form, listing_id: uuid.UUID) -> Response:
    """The same page, after a price that was refused."""
    return _show(session, actor, form, listing_id)


@price.submit
def set_price(session: Session, actor: Actor, body: dict[str, Any], listing_id: uuid.UUID) -> Response:
    """From now on, for the whole price group."""
    row = listings.get_listing(session, listing_id)
    listings.require_listing(session, actor, row)
    changed = prices.set_price(session, actor, row, body["price_fen"], body["reason"])
    said = _("价格已更新,{count} 处同步", count=len(changed)) if changed else _("价格没有变化")
    return done(f"/producer/shelves/{listing_id}", said)


@pages.action("/<uuid:listing_id>/state", needs("catalogue.list"), StateIn)
def change_state(session: Session, actor: Actor, body: dict[str, Any], listing_id: uuid.UUID) -> Response:
    """Pause, resume or take down."""
    row = listings.get_listing(session, listing_id)
    listings.require_listing(session, actor, row)
    listings.change_state(session, actor, row, body["state"], body["reason"])
    said = _("现在的状态:{state}", state=label(shelves.LISTING_TITLES[body["state"]]))
    return done(f"/producer/shelves/{listing_id}", said)


def _show(session: Session, actor: Actor, form: Form, listing_id: uuid.UUID) -> Response:
    row, place, on_hand, reserved = shelves.shelf_of(session, actor, listing_id)
    goods_class, reason = class_on(row, today())
    return render(
        "producers/shelf.html",
        form=form.fill(price_fen=row.price_fen),
        row=row,
        place=place,
        on_hand=on_hand,
        reserved=reserved,
        goods_class=shelves.GOODS_CLASS_TITLES[goods_class],
        is_aid=goods_class == "certified_aid",
        reason=reason,
        history=prices.history(session, listing_id),
        titles=shelves.LISTING_TITLES,
        may={target for target in listings.STATES.states if listings.STATES.may(row.state, target)},
    )
