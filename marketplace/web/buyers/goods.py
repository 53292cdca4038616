"""商品: one listing with its certificate, its producer, every price it had, and what a purchase does for households."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.beneficiaries.linkage import LINKAGE_MODES
from marketplace.beneficiaries.service.active import households_behind
from marketplace.catalogue.channels import channel_kind
from marketplace.catalogue.models import PriceChange
from marketplace.catalogue.rules.eligibility import REASONS
from marketplace.catalogue.service import browse, channels, prices, queries
from marketplace.certification.service import public as certificates
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.orders.buying.schemas.cart import CartLineIn
from marketplace.orders.buying.service import cart, favourites
from marketplace.producers import categories
from marketplace.producers.codes import ENTITY_KINDS, QUALITY_MARKS
from marketplace.producers.service.public import product_and_maker
from marketplace.web.kit import Form, Pages, done, needs, public, render
from marketplace.web.kit import say as _
from marketplace.web.public.tones import STANDING_TONES

pages = Pages("buyers_goods", __name__)
_MODES: Final = {mode.code: mode.title_zh for mode in LINKAGE_MODES}
_BESIDE: Final = 5
_WIDTH, _HEIGHT, _EDGE = 320, 72, 6


@pages.show("/goods/<uuid:listing_id>", public())
def goods(session: Session, actor: Actor | None, listing_id: uuid.UUID) -> Response:
    """The page of a listing, whatever its state; NotFound when there is none."""
    listing = queries.listing_detail(session, listing_id)
    product, producer = product_and_maker(session, listing["product_id"])
    is_aid = listing["goods_class"] == "certified_aid" and listing["certificate_id"] is not None
    certificate = notice_no = None
    if is_aid:
        row, maker = certificates.certificate_row(session, listing["certificate_id"])
        certificate = certificates.public_certificate(row, maker, utcnow())
        notice_no = certificates.notices_showing(session, [row]).get(row.id)
    history = prices.history(session, listing_id)
    helped = households_behind(session, [product.id], today()).get(product.id)
    return render(
        "buyers/goods.html",
        listing=listing,
        product=product,
        producer=producer,
        kind=ENTITY_KINDS.get(producer.entity_kind, ""),
        channel=channels.get_channel(session, listing["channel_id"]),
        channel_title=channel_kind(listing["channel_kind"]).title_zh,
        category=categories.path_zh(product.category_code),
        marks=[QUALITY_MARKS[code] for code in product.quality_marks if code in QUALITY_MARKS],
        reason=REASONS.get(listing["goods_class_reason"] or "", ""),
        certificate=certificate,
        notice_no=notice_no,
        tones=STANDING_TONES,
        history=history,
        line=_line(history, utcnow()),
        size=(_WIDTH, _HEIGHT),
        helped=helped,
        modes=[_MODES[code] for code in helped.modes if code in _MODES] if helped else [],
        beside=_beside(session, listing),
        may_buy=actor is not None and actor.may("orders.place"),
        is_known=actor is not None,
        form=Form(CartLineIn).fill(listing_id=listing_id, quantity=1),
    )


@pages.action("/cart/lines", needs("orders.place"), CartLineIn)
def put(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Put units into the cart; one stays on the page."""
    cart.put(session, actor, body["listing_id"], body["quantity"])
    return done(f"/goods/{body['listing_id']}", _("已放入购物车"))


@pages.action("/favourites/<uuid:listing_id>", needs("orders.place"))
def keep(session: Session, actor: Actor, listing_id: uuid.UUID) -> Response:
    """Keep it in sight."""
    favourites.keep(session, actor, listing_id)
    return done(f"/goods/{listing_id}", _("已收藏"))


def _beside(session: Session, listing: dict[str, Any]) -> list[dict[str, Any]]:
    """Other goods of the same county."""
    found = browse.browse(session.connection(), browse.Question(origin=listing["origin_area"], size=_BESIDE))
    rows: list[dict[str, Any]] = json.loads(f"[{found.items_json}]")
    return [row for row in rows if row["id"] != str(listing["id"])][: _BESIDE - 1]


def _line(history: Sequence[PriceChange], now: datetime) -> str:
    """The prices over time as the points of a stepped line, from the first day to now; "" for one that never changed."""
    if len(history) < 2:
        return ""
    first, most = history[0].from_at, max(one.price_fen for one in history)
    span = max((now - first).total_seconds(), 1.0)
    points, level = [], None
    for one in history:
        across = _EDGE + round((one.from_at - first).total_seconds() / span * (_WIDTH - 2 * _EDGE))
        if level is not None:
            points.append(f"{across},{level}")
        level = _HEIGHT - _EDGE - one.price_fen * (_HEIGHT - 2 * _EDGE) // most
        points.append(f"{across},{level}")
    points.append(f"{_WIDTH - _EDGE},{level}")
    return " ".join(points)
