"""收货地址, masked, and 收藏: what the unit and its clerk come back to."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.catalogue.channels import CHANNEL_KINDS
from marketplace.core.actor import Actor
from marketplace.core.http import page_of, require_version
from marketplace.core.http.paging import PageArgs
from marketplace.orders.buying.models import DeliveryAddress, Favourite
from marketplace.orders.buying.schemas.places import (
    DeliveryAddressArgs,
    DeliveryAddressIn,
    NewDeliveryAddressIn,
)
from marketplace.orders.buying.service import addresses, favourites
from marketplace.web.buyers.unit import tabs_of
from marketplace.web.kit import Form, Listing, Pages, done, hats, needs, render
from marketplace.web.kit import say as _

pages: Final = Pages("buyers_addresses", __name__)
_CHANNELS: Final = {kind.code: kind.title_zh for kind in CHANNEL_KINDS}


@pages.show("/delivery-addresses", needs("orders.place"))
def list_addresses(session: Session, actor: Actor) -> Response:
    """The addresses, newest first, persons masked."""
    listing = Listing(DeliveryAddressArgs)
    page = page_of(
        session,
        addresses.listing(actor, listing.args["organisation_id"]),
        keys=[DeliveryAddress.created_at, DeliveryAddress.id],
        key_of=lambda row: [row.created_at, row.id],
        args=listing.args,
        descending=True,
    )
    return render(
        "buyers/addresses.html",
        fragment="results",
        listing=listing,
        page=page,
        rows=[addresses.masked(row) for row in page.items],
        tabs=tabs_of(actor),
    )


@pages.form("/delivery-addresses/new", needs("orders.place"), NewDeliveryAddressIn)
def adding(session: Session, actor: Actor, form: Form) -> Response:
    """An address to keep."""
    return render(
        "buyers/address.html", form=form.fill(organisation_id=hats.organisation(actor)), is_new=True
    )


@adding.submit
def add(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Keep it; the first one is the default."""
    addresses.add(session, actor, **body)
    return done("/delivery-addresses", _("地址已保存"))


@pages.form("/delivery-addresses/<uuid:address_id>", needs("orders.place"), DeliveryAddressIn)
def editing(session: Session, actor: Actor, form: Form, address_id: uuid.UUID) -> Response:
    """The address, to be written anew; what is personal is not shown again."""
    row = addresses.locked(session, actor, address_id)
    form.fill(label=row.label, deliver_to={"area": row.area_code}, version=row.row_version)
    return render("buyers/address.html", form=form, is_new=False)


@editing.submit
def edit(session: Session, actor: Actor, body: dict[str, Any], address_id: uuid.UUID) -> Response:
    """Write it anew; orders keep theirs."""
    row = addresses.locked(session, actor, address_id)
    require_version(row.row_version)
    addresses.edit(session, actor, row, **body)
    return done("/delivery-addresses", _("地址已更新,以前的订单不变"))


@pages.action("/delivery-addresses/<uuid:address_id>/default", needs("orders.place"))
def make_default(session: Session, actor: Actor, address_id: uuid.UUID) -> Response:
    """Offer this one first."""
    addresses.make_default(session, actor, address_id)
    return done("/delivery-addresses", _("已设为默认地址"))


@pages.action("/delivery-addresses/<uuid:address_id>/removal", needs("orders.place"))
def remove(session: Session, actor: Actor, address_id: uuid.UUID) -> Response:
    """Remove it with its personal values."""
    addresses.remove(session, actor, address_id)
    return done("/delivery-addresses", _("地址已删除"))


@pages.show("/favourites", needs("orders.place"))
def list_favourites(session: Session, actor: Actor) -> Response:
    """Listings kept in sight, the last kept first."""
    listing = Listing(PageArgs)
    page = page_of(
        session,
        favourites.kept(actor),
        keys=[Favourite.added_at, Favourite.listing_id],
        key_of=lambda row: [row.added_at, row.listing_id],
        args=listing.args,
        descending=True,
        scalars=False,
    )
    return render(
        "buyers/favourites.html",
        fragment="results",
        listing=listing,
        page=page,
        channels=_CHANNELS,
        tabs=tabs_of(actor),
    )


@pages.action("/favourites/<uuid:listing_id>/removal", needs("orders.place"))
def drop(session: Session, actor: Actor, listing_id: uuid.UUID) -> Response:
    """Keep it no longer."""
    favourites.drop(session, actor, listing_id)
    return done("/favourites", _("已取消收藏"))
