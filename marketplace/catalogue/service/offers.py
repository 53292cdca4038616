"""Offers: a product as a sellable thing, with its spec, weight, tax treatment and asking price."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.catalogue.facts import ListingsChanged
from marketplace.catalogue.models import Listing, Offer
from marketplace.catalogue.service.copies import take_titles
from marketplace.core import audit, facts
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.money import MAX_FEN, TAX_TREATMENTS
from marketplace.producers.models import Producer, Product


@dataclass(frozen=True, kw_only=True)
class NewOffer:
    """What is None is taken from the product. `seller_id` is the producer that sells: the product's own, or its agent."""

    product_id: uuid.UUID
    price_fen: int
    seller_id: uuid.UUID | None = None
    title: str | None = None
    spec: str | None = None
    unit: str | None = None
    net_weight_g: int | None = None
    tax_treatment: str | None = None


@dataclass(frozen=True)
class OfferOwner:
    """Whose an offer is: the seller's organisation, and the area its product comes from."""

    organisation_id: uuid.UUID
    area_code: str


def get_offer(session: Session, offer_id: uuid.UUID) -> Offer:
    """The offer, or `NotFound`."""
    offer = session.get(Offer, offer_id)
    if offer is None:
        raise NotFound("offer_not_found", "没有这个报价")
    return offer


def visible_offer(session: Session, actor: Actor, offer_id: uuid.UUID, *, lock: bool = False) -> Offer:
    """An offer that `catalogue.offer` reaches, held for an edit if `lock`; `NotFound` for any other."""
    offer = session.get(Offer, offer_id, with_for_update=lock or None, populate_existing=lock)
    if offer is None:
        raise NotFound("offer_not_found", "没有这个报价")
    owner = owner_of(session, offer)
    actor.require_visible("catalogue.offer", area=owner.area_code, owners=(owner.organisation_id,))
    return offer


def owner_of(session: Session, offer: Offer) -> OfferOwner:
    """Whose the offer is, for authority."""
    organisation_id, area_code = session.execute(
        select(Producer.organisation_id, Product.origin_area)
        .select_from(Producer)
        .join(Product, Product.id == offer.product_id)
        .where(Producer.id == offer.producer_id)
    ).one()
    return OfferOwner(organisation_id, area_code)


def make_offer(session: Session, actor: Actor, new: NewOffer) -> Offer:
    """Offer a product for sale.

    Asks `catalogue.offer` over the product's origin, or for the seller. `Invalid` for an unknown product, seller, tax or
    price; `Conflict` ``product_inactive``, ``seller_not_agent`` (neither the product's producer nor its registered agent).
    """
    return make_offers(session, actor, [new])[0]


def make_offers(session: Session, actor: Actor, asked: Sequence[NewOffer]) -> list[Offer]:
    """`make_offer` of many, all or none, in the order given: as many statements as for one."""
    products = {
        row.id: row
        for row in session.scalars(select(Product).where(Product.id.in_({new.product_id for new in asked})))
    }
    ids = {new.seller_id for new in asked if new.seller_id} | {row.producer_id for row in products.values()}
    sellers = {row.id: row for row in session.scalars(select(Producer).where(Producer.id.in_(ids)))}
    offers, areas = [], []
    for new in asked:
        product = products.get(new.product_id)
        if product is None:
            raise Invalid("product_not_found", "没有这个产品", pointer="/product_id")
        seller = sellers.get(new.seller_id or product.producer_id)
        if seller is None:
            raise Invalid("seller_not_found", "没有这个供应商", pointer="/seller_id")
        offers.append(_offer(actor, new, product, seller))
        areas.append(product.origin_area)
    session.add_all(offers)
    session.flush()
    for offer, area in zip(offers, areas, strict=True):
        audit.record(session, actor, "catalogue.offer.made", "offer", offer.id, area_code=area)
    return offers


def _offer(actor: Actor, new: NewOffer, product: Product, seller: Producer) -> Offer:
    actor.require("catalogue.offer", area=product.origin_area, owners=(seller.organisation_id,))
    if product.status != "active":
        raise Conflict("product_inactive", "产品已停用")
    if product.producer_id not in (seller.id, seller.agent_of_id):
        raise Conflict("seller_not_agent", "供应商既不是该产品的生产主体，也不是其登记的代理商")
    return Offer(
        product_id=product.id,
        producer_id=seller.id,
        title=new.title or product.name,
        spec=new.spec or product.spec,
        unit=new.unit or product.unit,
        net_weight_g=new.net_weight_g or product.net_weight_g,
        price_fen=_price(new.price_fen),
        tax_treatment=_tax(new.tax_treatment or product.tax_treatment),
        created_at=utcnow(),
    )


def amend_offer(session: Session, actor: Actor, offer: Offer, changes: dict[str, Any]) -> Offer:
    """Change title, asking price or tax treatment. Spec, unit and weight stay: another package is another offer.

    Open listings show the new title. Their prices are not touched: each has its own, with its history.
    """
    owner = owner_of(session, offer)
    actor.require("catalogue.offer", area=owner.area_code, owners=(owner.organisation_id,))
    if offer.state != "active":
        raise Conflict("offer_withdrawn", "报价已停用")
    if "price_fen" in changes:
        _price(changes["price_fen"])
    if "tax_treatment" in changes:
        _tax(changes["tax_treatment"])
    before = {name: getattr(offer, name) for name in changes}
    for name, value in changes.items():
        setattr(offer, name, value)
    offer.row_version += 1
    session.flush()
    take_titles(session, [offer.id])
    audit.record(
        session,
        actor,
        "catalogue.offer.amended",
        "offer",
        offer.id,
        area_code=owner.area_code,
        detail={"before": before, "after": changes},
    )
    facts.publish(session, ListingsChanged((offer.product_id,)))
    return offer


def withdraw_offer(session: Session, actor: Actor, offer: Offer) -> Offer:
    """The offer ends. `Conflict` ``offer_listed`` while a listing of it is open."""
    owner = owner_of(session, offer)
    actor.require("catalogue.offer", area=owner.area_code, owners=(owner.organisation_id,))
    session.refresh(offer, with_for_update=True)
    if offer.state != "active":
        raise Conflict("offer_withdrawn", "报价已停用")
    listed = session.scalar(
        select(Listing.listing_no).where(Listing.offer_id == offer.id, Listing.state != "delisted").limit(1)
    )
    if listed is not None:
        raise Conflict("offer_listed", "该报价仍有上架商品，请先下架")
    offer.state = "withdrawn"
    offer.row_version += 1
    session.flush()
    audit.record(session, actor, "catalogue.offer.withdrawn", "offer", offer.id, area_code=owner.area_code)
    facts.publish(session, ListingsChanged((offer.product_id,)))
    return offer


def _price(price_fen: int) -> int:
    if not 0 < price_fen <= MAX_FEN:
        raise Invalid("price", "单价应大于零", pointer="/price_fen")
    return price_fen


def _tax(code: str) -> str:
    if code not in {treatment.code for treatment in TAX_TREATMENTS}:
        raise Invalid("tax_treatment", "没有这种税收处理", pointer="/tax_treatment")
    return code
