"""What a checkout asks about its listings, in one statement for any number of lines: everything that an order line freezes."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, DateTime, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from marketplace.catalogue.channels import channel_kind
from marketplace.catalogue.models import Channel, Listing, Offer
from marketplace.catalogue.rules.eligibility import GoodsFacts, Verdict, classify
from marketplace.certification.models import Certificate
from marketplace.certification.rules.standing import CertificateFacts
from marketplace.certification.service.active import certificates_of, facts_at
from marketplace.core.clock import day_of
from marketplace.core.errors import Conflict, Invalid, PriceChanged
from marketplace.core.pairing_ends import keep_ends
from marketplace.producers.models import Producer, Product


@dataclass(frozen=True, slots=True)
class Quote:
    """One listing as it can be bought at an instant; `verdict` is its goods class then. Fen, grams of one unit."""

    listing_id: uuid.UUID
    state: str
    channel_id: uuid.UUID
    channel_kind: str
    channel_area: str
    operator_id: uuid.UUID | None
    levy_bp: int
    is_open: bool
    offer_id: uuid.UUID
    product_id: uuid.UUID
    producer_id: uuid.UUID
    producer_organisation_id: uuid.UUID
    producer_name: str
    producer_kind: str
    stock_item_id: int
    product_name: str
    spec: str
    unit: str
    category_code: str
    origin_area: str
    net_weight_g: int | None
    is_perishable: bool
    price_fen: int
    tax_treatment: str
    is_demo: bool
    verdict: Verdict


def quote(
    session: Session, listing_ids: Collection[uuid.UUID], at: datetime, *, lock: bool = False
) -> Mapping[uuid.UUID, Quote]:
    """The listings as of the aware instant, by id. `Invalid` (``unknown_listing``) names the first id that is none.

    `lock` holds their certificates FOR SHARE, by a statement of their own: for who sets `sold_at` in this transaction.
    """
    keep_ends(session)
    listings: dict[uuid.UUID, dict[str, Any]] = {}
    certificates: dict[uuid.UUID, list[CertificateFacts]] = {}
    for row in session.connection().execute(_CERTIFIED, {"listing_ids": list(listing_ids), "at": at}):
        listing = dict(zip(_NAMES, row, strict=False))
        listings[listing["listing_id"]] = listing
        held = certificates.setdefault(listing["listing_id"], [])
        if row[len(_NAMES)] is not None:
            held.append(CertificateFacts(*row[len(_NAMES) :]))
    missing = sorted(set(listing_ids) - listings.keys(), key=str)
    if missing:
        raise Invalid("unknown_listing", "没有这个上架商品", pointer="/lines", listing_id=str(missing[0]))
    if lock:
        locked = certificates_of(session, {row["product_id"] for row in listings.values()}, at, lock=True)
        certificates = {key: [*locked[row["product_id"]]] for key, row in listings.items()}
    return {key: _quote(row, certificates[key], at) for key, row in listings.items()}


# Names equal the fields of Quote; what is only needed to work one out begins with an underscore.
_LISTINGS: Final = (
    select(
        Listing.id.label("listing_id"),
        Listing.state,
        Listing.channel_id,
        Listing.channel_kind,
        Listing.stock_item_id,
        Listing.title.label("product_name"),
        Listing.price_fen,
        Channel.area_code.label("channel_area"),
        Channel.operator_id,
        Channel.terms.label("_terms"),
        Channel.opened_on.label("_opened_on"),
        Channel.closed_on.label("_closed_on"),
        Offer.id.label("offer_id"),
        Offer.spec,
        Offer.unit,
        Offer.net_weight_g,
        Offer.tax_treatment,
        Product.id.label("product_id"),
        Product.category_code,
        Product.origin_area,
        Product.is_perishable,
        Product.is_demo,
        Producer.id.label("producer_id"),
        Producer.organisation_id.label("producer_organisation_id"),
        Producer.name.label("producer_name"),
        Producer.entity_kind.label("producer_kind"),
        Producer.agent_of_id.label("_agent_of_id"),
    )
    .join(Channel, Channel.id == Listing.channel_id)
    .join(Offer, Offer.id == Listing.offer_id)
    .join(Product, Product.id == Listing.product_id)
    .join(Producer, Producer.id == Offer.producer_id)
    .where(Listing.id.in_(bindparam("listing_ids", expanding=True)))
)
_NAMES: Final = tuple(column.name for column in _LISTINGS.selected_columns)
# A row for each certificate that a listing's product ever had, or one without.
_CERTIFIED: Final = (
    _LISTINGS.add_columns(*facts_at(bindparam("at", type_=DateTime(timezone=True))))
    .outerjoin(Certificate, Certificate.product_id == Product.id)
    .order_by(Listing.id, Certificate.id)
)


def _quote(row: dict[str, Any], certificates: Sequence[CertificateFacts], at: datetime) -> Quote:
    day = day_of(at)
    kind = channel_kind(row["channel_kind"])
    goods = GoodsFacts(row["origin_area"], row["spec"], row["producer_id"], row.pop("_agent_of_id"))
    return Quote(
        levy_bp=kind.levy_bp(row.pop("_terms"), day),
        is_open=sells_on(row.pop("_opened_on"), row.pop("_closed_on"), day),
        verdict=classify(goods, certificates, kind, at),
        **row,
    )


def sells_on(opened_on: date, closed_on: date | None, day: date) -> bool:
    """Whether a point of sale sells on that Shanghai day: from `opened_on`, up to and with the day before `closed_on`."""
    return opened_on <= day and (closed_on is None or day < closed_on)


def open_on(day: date) -> ColumnElement[bool]:
    """`sells_on` as a condition on `Channel`."""
    return and_(Channel.opened_on <= day, or_(Channel.closed_on.is_(None), Channel.closed_on > day))


def require_sellable(
    quotes: Mapping[uuid.UUID, Quote],
    shown_price_fen: Mapping[uuid.UUID, int],
    buyer_kind: str,
    *,
    for_budget_unit: bool = False,
) -> None:
    """Refuse a checkout of these listings by an organisation of that kind at the prices it was shown.

    `for_budget_unit`: the buyer is bound to one (its staff, its canteen's contractor), so 832 sells to it too.

    `Conflict` ``listing_not_open`` (paused, delisted, or its point of sale closed), ``buyer_not_accepted`` (832 sells to
    public buyers only); `PriceChanged` with `listings` and their present `prices_fen` when any shown price differs.
    """
    shut = [str(q.listing_id) for q in quotes.values() if q.state != "listed" or not q.is_open]
    if shut:
        raise Conflict("listing_not_open", "商品已下架或销售点不营业", listings=shut)
    foreign = [
        str(q.listing_id)
        for q in quotes.values()
        if not channel_kind(q.channel_kind).accepts_buyer(buyer_kind, for_budget_unit=for_budget_unit)
    ]
    if foreign:
        raise Conflict("buyer_not_accepted", "该渠道只面向预算单位及其工会、食堂承包方", listings=foreign)
    changed = [q for q in quotes.values() if shown_price_fen[q.listing_id] != q.price_fen]
    if changed:
        raise PriceChanged(
            "price_changed",
            "价格已变动，请按现价重新下单",
            listings=[str(q.listing_id) for q in changed],
            prices_fen=[str(q.price_fen) for q in changed],
        )
