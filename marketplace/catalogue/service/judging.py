"""Judging offers: whether a channel lets one in, what it may be called there, and the same again when certificates change."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.catalogue.channels import ListingFacts, channel_kind
from marketplace.catalogue.facts import ListingsChanged
from marketplace.catalogue.models import Channel, Listing, Offer
from marketplace.catalogue.rules.eligibility import (
    REFUSALS,
    GoodsFacts,
    Verdict,
    classify,
    next_turn,
    valid_schemes,
)
from marketplace.catalogue.service.quotes import sells_on
from marketplace.certification.facts import CertificateChanged
from marketplace.certification.rules.standing import CertificateFacts
from marketplace.certification.service.active import certificates_of
from marketplace.core import facts
from marketplace.core.clock import day_of, utcnow
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.pairing_ends import keep_ends
from marketplace.producers.models import Producer, Product


@dataclass(frozen=True)
class Goods:
    """An offer with what stands behind it, and all its product's certificates."""

    offer: Offer
    product: Product
    seller: Producer
    certificates: Sequence[CertificateFacts]

    def verdict(self, channel_kind_code: str, at: datetime) -> Verdict:
        """What it may be called in a channel of that kind at the instant."""
        told = GoodsFacts(self.product.origin_area, self.offer.spec, self.seller.id, self.seller.agent_of_id)
        return classify(told, self.certificates, channel_kind(channel_kind_code), at)


def goods_of(session: Session, offer_id: uuid.UUID, at: datetime) -> Goods:
    """Read an offer for judging.

    It, its seller and its certificates are held FOR SHARE: nothing is withdrawn, renamed or revoked meanwhile.
    """
    return goods_of_all(session, [offer_id], at)[offer_id]


def goods_of_all(session: Session, offer_ids: Collection[uuid.UUID], at: datetime) -> dict[uuid.UUID, Goods]:
    """Read many offers for judging, as `goods_of` reads one. `Invalid` ``offer_not_found`` when one is not there."""
    keep_ends(session)
    rows = session.execute(
        select(Offer, Product, Producer)
        .join(Product, Product.id == Offer.product_id)
        .join(Producer, Producer.id == Offer.producer_id)
        .where(Offer.id.in_(list(offer_ids)))
        .order_by(Offer.id)
        .with_for_update(of=(Offer, Producer), read=True)
        .execution_options(populate_existing=True)
    ).all()
    if len(rows) != len(set(offer_ids)):
        raise Invalid("offer_not_found", "没有这个报价", pointer="/offer_id")
    certificates = certificates_of(session, [row.Product.id for row in rows], at, lock=True)
    return {
        row.Offer.id: Goods(row.Offer, row.Product, row.Producer, certificates.get(row.Product.id, ()))
        for row in rows
    }


def require_listable(channel: Channel, goods: Goods, at: datetime) -> None:
    """`Conflict` with a code of `REFUSALS` when the offer cannot be listed there at all."""
    told = ListingFacts(valid_schemes(goods.certificates, at), goods.seller.is_832_supplier)
    checks = (
        ("channel_closed", not sells_on(channel.opened_on, channel.closed_on, day_of(at))),
        ("offer_withdrawn", goods.offer.state != "active"),
        ("product_inactive", goods.product.status != "active"),
    )
    refusal = next((code for code, failed in checks if failed), None)
    refusal = refusal or channel_kind(channel.kind).may_list(told)
    if refusal is not None:
        raise Conflict(refusal, REFUSALS[refusal])


def take_verdict(listing: Listing, goods: Goods, at: datetime) -> bool:
    """Write on the listing what the goods may be called in its channel, and when that turns; whether the class changed."""
    verdict = goods.verdict(listing.channel_kind, at)
    listing.turns_on = next_turn(goods.certificates, at)
    values = {
        "goods_class": verdict.goods_class,
        "goods_class_reason": verdict.reason,
        "uncertified_class": verdict.uncertified_class,
        "certificate_id": verdict.certificate_id,
        "aid_until": verdict.aid_until,
    }
    changed = any(getattr(listing, name, None) != value for name, value in values.items())
    for name, value in values.items():
        setattr(listing, name, value)
    return changed


def set_state(listing: Listing, state: str, reason: str | None, at: datetime) -> None:
    """The one place where a listing's state changes."""
    listing.state = state
    listing.state_reason = reason
    listing.delisted_at = at if state == "delisted" else None
    listing.row_version += 1


def judge_again(session: Session, product_ids: Collection[uuid.UUID]) -> int:
    """Judge all open listings of the products anew: something was decided about a certificate, or one begins or has ended.

    What was listed as certified aid is hidden while its certificate is suspended and taken down when it is revoked (open orders
    finish); what was hidden for that reason alone comes back. Returns how many listings changed; twice is the same as once.
    """
    session.flush()
    rows = session.execute(
        select(Listing, Offer, Product, Producer)
        .join(Offer, Offer.id == Listing.offer_id)
        .join(Product, Product.id == Offer.product_id)
        .join(Producer, Producer.id == Offer.producer_id)
        .where(Listing.product_id.in_(list(product_ids)), Listing.state != "delisted")
        .order_by(Listing.id)
        .with_for_update(of=Listing)
        .execution_options(populate_existing=True)
    ).all()
    # Only now: who held a listing before may have decided about a certificate, and whoever waits for it will judge again.
    at = utcnow()
    certificates = certificates_of(session, product_ids, at)
    changed = []
    for row in rows:
        goods = Goods(row.Offer, row.Product, row.Producer, certificates.get(row.Product.id, ()))
        if _judge_one(row.Listing, goods, at):
            changed.append(row.Product.id)
    session.flush()
    if changed:
        facts.publish(session, ListingsChanged(tuple(sorted(set(changed)))))
    return len(changed)


def _judge_one(listing: Listing, goods: Goods, at: datetime) -> bool:
    was_aid = listing.goods_class == "certified_aid"
    changed = take_verdict(listing, goods, at)
    reason = listing.goods_class_reason
    if was_aid and reason == "certificate_suspended" and listing.state == "listed":
        set_state(listing, "paused", reason, at)
        return True
    if reason == "certificate_revoked" and (was_aid or listing.state_reason == "certificate_suspended"):
        set_state(listing, "delisted", reason, at)
        return True
    if listing.state == "paused" and listing.state_reason == "certificate_suspended" and reason is None:
        set_state(listing, "listed", None, at)
        return True
    if changed:
        listing.row_version += 1
    return changed


def on_certificate_changed(session: Session, fact: CertificateChanged) -> None:
    """A certificate was issued, suspended, reinstated, revoked, renewed or amended: judge the product's listings anew."""
    judge_again(session, [fact.product_id])
