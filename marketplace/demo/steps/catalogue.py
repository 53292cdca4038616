"""Points of sale, offers, listings and stock: counters, halls, zones and 832 shops of 21 cities, halls of the paired counties."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.catalogue.service.channels import NewChannel, get_channel, open_channel
from marketplace.catalogue.service.listings import list_offers
from marketplace.catalogue.service.offers import NewOffer, make_offers
from marketplace.catalogue.service.stock import Units, take_in
from marketplace.core.clock import shanghai, utcnow
from marketplace.demo.context import Demo, at, chunks
from marketplace.demo.invented.draw import MARK
from marketplace.demo.world.sites import PlannedSite

#: Everything is put up before the first order; what is certified later is judged again then, by the catalogue itself.
OPENED: Final = shanghai(2019, 12, 20, 9)
#: Units brought to every place where goods stand: more than a year sells.
_STOCK: Final = 20_000


def offer(demo: Demo) -> None:
    """Open every site and offer every product; fills `channels` and `offers`."""
    operator = demo.actors["platform|000000"]
    with at(OPENED) as session:
        for site in demo.world.sites:
            demo.channels[site.key] = open_channel(session, operator, _new(site)).id
    for some in chunks(list(demo.world.products().items())):
        with at(OPENED) as session:
            made = make_offers(session, operator, [
                NewOffer(product_id=demo.products[key], price_fen=product.price_fen, title=f"{product.brand}{product.name}")
                for key, product in some
            ])  # fmt: skip
        demo.offers.update((key, offer.id) for (key, _), offer in zip(some, made, strict=True))
        demo.tick(len(some))


def build(demo: Demo) -> None:
    """List each site's assortment and stock it; fills `listings`."""
    for some in chunks(demo.world.sites, 10):
        with at(OPENED) as session:
            stocked: set[int] = set()
            for site in some:
                stocked |= _list(demo, session, site, demo.offers)
            _stock(demo, session, stocked)
        demo.tick(sum(len(site.product_keys) for site in some))


def _new(site: PlannedSite) -> NewChannel:
    terms = {
        "counter": {"contract_no": f"{MARK}-{site.serial:04d}", "cabinet_no": f"YS{site.serial:04d}"},
        "zone": {"host_name": f"演示商超({MARK})"},
    }
    return NewChannel(
        code=f"YS-{site.serial:04d}",
        kind=site.kind,
        name=site.name,
        area_code=site.area,
        opened_on=site.opened_on,
        site_kind=site.site_kind,
        terms=terms.get(site.kind, {}),
        is_demo=True,
    )


def _list(demo: Demo, session: Session, site: PlannedSite, offers: dict[str, Any]) -> set[int]:
    """List a site's assortment; return the places of stock that its listings draw on."""
    operator = demo.actors["platform|000000"]
    channel = get_channel(session, demo.channels[site.key])
    places: set[int] = set()
    listed = list_offers(session, operator, channel, {offers[key]: None for key in site.product_keys})
    for key, listing in zip(site.product_keys, listed, strict=True):
        demo.listings[site.key, key] = (listing.id, listing.price_fen)
        places.add(listing.stock_item_id)
    return places


def _stock(demo: Demo, session: Session, places: set[int]) -> None:
    """Bring stock to places that have none yet, in one movement."""
    new = sorted(places - demo.stocked)
    demo.stocked |= places
    if new:
        operator = demo.actors["platform|000000"]
        take_in(session, [Units(place, _STOCK) for place in new], utcnow(), operator.audit_id, f"{MARK}:备货")
