"""Offers of a product: make one, change it, put it up for sale, book units in."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.catalogue.schemas import ListingIn, MovementIn, OfferChangeIn, OfferIn
from marketplace.catalogue.service import listings, offers, places, queries, shelves
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import require_version
from marketplace.core.money import TAX_TREATMENTS
from marketplace.producers.service import products
from marketplace.web.kit import Form, Pages, done, label, needs, note, render
from marketplace.web.kit import say as _

pages: Final = Pages("producers_offers", __name__, url_prefix="/producer")

KINDS: Final = {"intake": note("入库"), "adjust": note("盘点调整")}


@pages.form("/goods/<uuid:product_id>/offers/new", needs("catalogue.offer"), OfferIn)
def new(session: Session, actor: Actor, form: Form, product_id: uuid.UUID) -> Response:
    """Offer a product for sale; what is left open is taken from the product."""
    product, _producer = products.get(session, actor, product_id)
    return render(
        "producers/offer_form.html", form=form.fill(product_id=product.id), product=product, taxes=_taxes()
    )


@new.submit
def make(session: Session, actor: Actor, body: dict[str, Any], product_id: uuid.UUID) -> Response:
    """The offer itself; it is listed next."""
    body["product_id"] = product_id
    offer = offers.make_offer(session, actor, offers.NewOffer(**body))
    return done(f"/producer/offers/{offer.id}", _("报价已建立,可以上架了"))


@pages.form("/offers/<uuid:offer_id>", needs("catalogue.offer"), OfferChangeIn)
def edit(session: Session, actor: Actor, form: Form, offer_id: uuid.UUID) -> Response:
    """An offer with its stock, and the form to change it."""
    offer = offers.visible_offer(session, actor, offer_id)
    form.fill(offer, version=offer.row_version)
    return render(
        "producers/offer.html",
        form=form,
        offer=offer,
        stock=queries.stock_of(session, actor, offer_id),
        places={one.id: one.name for one in shelves.open_places(session, today())},
        taxes=_taxes(),
    )


@edit.submit
def amend(session: Session, actor: Actor, body: dict[str, Any], offer_id: uuid.UUID) -> Response:
    """Title, asking price, tax; open listings keep their prices."""
    offer = offers.visible_offer(session, actor, offer_id, lock=True)
    require_version(offer.row_version)
    offers.amend_offer(session, actor, offer, body)
    return done(f"/producer/offers/{offer_id}", _("报价已更新"))


@pages.form("/offers/<uuid:offer_id>/listings/new", needs("catalogue.list"), ListingIn)
def listing(session: Session, actor: Actor, form: Form, offer_id: uuid.UUID) -> Response:
    """Put it up for sale at a point of sale."""
    offer = offers.visible_offer(session, actor, offer_id)
    form.fill(offer_id=offer.id)
    open_places = [(one.id, one.name) for one in shelves.open_places(session, today())]
    return render("producers/listing_form.html", form=form, offer=offer, open_places=open_places)


@listing.submit
def list_it(session: Session, actor: Actor, body: dict[str, Any], offer_id: uuid.UUID) -> Response:
    """What does not qualify as aid is listed without the name, and the page says why."""
    row = listings.list_offer_in(session, actor, body["channel_id"], offer_id, body["price_fen"])
    return done(f"/producer/shelves/{row.id}", _("已上架"))


@pages.form("/offers/<uuid:offer_id>/stock", needs("catalogue.list"), MovementIn)
def stock(session: Session, actor: Actor, form: Form, offer_id: uuid.UUID) -> Response:
    """Units that arrive, or that stock-taking found more or fewer."""
    offer = offers.visible_offer(session, actor, offer_id)
    form.fill(offer_id=offer.id, kind="intake")
    return render(
        "producers/stock_form.html",
        form=form,
        offer=offer,
        kinds=[(code, _(title)) for code, title in KINDS.items()],
        open_places=[(one.id, one.name) for one in shelves.open_places(session, today())],
    )


@stock.submit
def move(session: Session, actor: Actor, body: dict[str, Any], offer_id: uuid.UUID) -> Response:
    """Book it."""
    body["offer_id"] = offer_id
    item = places.move_by_hand(session, actor, **body)
    return done(f"/producer/offers/{offer_id}", _("已入账,现有 {count}", count=item.on_hand))


def _taxes() -> list[tuple[str, str]]:
    return [(one.code, label(one.title_zh)) for one in TAX_TREATMENTS]
