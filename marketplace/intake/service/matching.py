"""What a reported sale is in our books, as of the sale: product, producer, goods class, channel, buyer.

A product is found by its catalogue number, our number or its bar code, and must be the named supplier's. Goods that we do not
know are ordinary goods of the channel; goods that claim to be aid and are not are ordinary or area produce, with the reason.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from marketplace.accounts.rules import buyer_place
from marketplace.catalogue.channels import channel_kind
from marketplace.catalogue.rules.eligibility import GoodsFacts, Verdict, classify
from marketplace.core.clock import day_of
from marketplace.intake.rules.rows import SaleRow
from marketplace.intake.service.registers import KnownProducer, KnownProduct, Places, Registers
from marketplace.orders.counting import policy_for
from marketplace.orders.service.buyer import Buyer, participate

#: Of goods and suppliers that are in no register of ours: one for all of them, so that they are not counted as many.
UNREGISTERED: Final = uuid.UUID(int=0)
UNREGISTERED_CATEGORY: Final = "00"
_UNKNOWN: Final = Verdict("ordinary", "goods_unknown", "ordinary")
_DISCLAIMED: Final = "not_claimed"


@dataclass(frozen=True, slots=True)
class Matched:
    """A sale with every dimension of the ledger, as keyword values of `CountedLine` (all but amounts, ids and counted_at)."""

    product_id: uuid.UUID
    weight_g: int | None
    counting_policy: str
    frozen: dict[str, Any]


def match(registers: Registers, row: SaleRow) -> Matched:
    """The row in our books, as of its `sold_at`."""
    product = _product(registers, row)
    producer = None if product is None else registers.producers[product.producer_id]
    channel, day = registers.channel, day_of(row.sold_at)
    verdict = _verdict(registers, row, product, day)
    origin = channel.area_code if product is None else product.origin_area
    goods = {
        "goods_class": verdict.goods_class,
        "goods_class_reason": verdict.reason,
        "certificate_id": verdict.certificate_id,
        "scheme": verdict.scheme,
        "schemes": verdict.schemes,
        "product_name": row.goods_name if product is None else product.name,
        "category_code": UNREGISTERED_CATEGORY if product is None else product.category_code,
        "producer_id": UNREGISTERED if producer is None else producer.id,
        "producer_name": "未登记供应商" if producer is None else producer.name,
        "producer_kind": "unregistered" if producer is None else producer.entity_kind,
        "origin_area": origin,
    }
    place = registers.places.get(day)
    if place is None:
        place = registers.places[day] = _place(registers, day)
        registers.policies[day] = policy_for(channel.kind, channel.area_code, day).code
    weight = row.weight_g
    if weight is None and product is not None and product.net_weight_g is not None:
        weight = product.net_weight_g * row.quantity_milli // 1000
    return Matched(
        UNREGISTERED if product is None else product.id,
        weight,
        registers.policies[day],
        {**goods, **place, **_buyer(registers, row, origin, day)},
    )


def _place(registers: Registers, day: date) -> dict[str, Any]:
    channel = registers.channel
    return {
        "channel_id": channel.id,
        "channel_kind": channel.kind,
        "channel_area": channel.area_code,
        "levy_bp": channel_kind(channel.kind).levy_bp(channel.terms, day),
        "is_demo": channel.is_demo,
    }


def _product(registers: Registers, row: SaleRow) -> KnownProduct | None:
    """The one product that the row can mean. Of several with one number, the supplier's; None when that leaves not one."""
    found = [registers.products[one] for one in registers.candidates(row)]
    if len(found) > 1:
        sellers = {one.id for one in registers.by_uscc.get(row.supplier_uscc or "", ())}
        found = [one for one in found if one.producer_id in sellers]
    return found[0] if len(found) == 1 else None


def _verdict(registers: Registers, row: SaleRow, product: KnownProduct | None, day: date) -> Verdict:
    """Certified aid only when certificate, supplier and spec all say so, and the reporter does not say otherwise."""
    if product is None:
        return _UNKNOWN
    seller = _seller(registers, row, product)
    facts = GoodsFacts(
        product.origin_area,
        row.spec or product.spec,
        UNREGISTERED if seller is None else seller.id,
        None if seller is None else seller.agent_of_id,
    )
    certificates = registers.certificates[product.id, row.sold_at]
    # Within a day they stand alike, but for one that is void from an instant of it; a suspension is in the facts.
    decides = (product.id, facts.spec, facts.seller_id, day, *[one.suspended for one in certificates])
    verdict = registers.verdicts.get(decides)
    if verdict is None:
        verdict = classify(facts, certificates, channel_kind(registers.channel.kind), row.sold_at)
        if all(one.void_from is None for one in certificates):
            registers.verdicts[decides] = verdict
    if row.claims_aid is False and verdict.goods_class == "certified_aid":
        return Verdict(verdict.uncertified_class, _DISCLAIMED, verdict.uncertified_class)
    return verdict


def _seller(registers: Registers, row: SaleRow, product: KnownProduct) -> KnownProducer | None:
    """Who is said to supply it; the product's own producer where nobody is named."""
    if row.supplier_uscc is None:
        return registers.producers[product.producer_id]
    named = registers.by_uscc.get(row.supplier_uscc, ())
    return named[0] if named else None


def _buyer(registers: Registers, row: SaleRow, origin: str, day: date) -> dict[str, Any]:
    """Worked out once for what decides it: most rows of a batch are of nobody in particular."""
    order_id = registers.orders.get(row.order_ref)
    if order_id is None:
        # One number for all lines of a foreign order, so that orders are counted and not lines.
        order_id = registers.orders[row.order_ref] = uuid.uuid5(registers.channel.id, row.order_ref)
    decides = (row.buyer_uscc, row.broker_uscc, row.buyer_area, row.buyer_kind, origin, day)
    known = registers.buyers.get(decides)
    if known is None:
        known = registers.buyers[decides] = _buyer_of(registers, row, origin)
    return {
        **known,
        "order_id": order_id,
        "fund_source": row.fund_source,
    }


def _buyer_of(registers: Registers, row: SaleRow, origin: str) -> dict[str, Any]:
    known = registers.organisations.get(row.buyer_uscc or "")
    broker = registers.organisations.get(row.broker_uscc or "")
    channel, day = registers.channel, day_of(row.sold_at)
    buyer = _known_buyer(known, broker, row) if known else _anonymous(registers, broker, row)
    took_part = participate(buyer, channel.kind, origin, None, day)
    return {
        "buyer_id": None if known is None else known.organisation.id,
        "buyer_path": buyer.path,
        "buyer_kind": buyer.kind,
        "buyer_area": buyer.area,
        "buyer_sector": buyer.sector,
        "budget_unit_id": buyer.budget_unit_id,
        "reserve_year": day.year
        if channel.kind == "platform_832" and buyer.budget_unit_id is not None
        else None,
        "participation_mode": took_part.mode,
        "purchase_kind": took_part.purchase_kind,
        "broker_id": buyer.broker_id,
        "helper_area": took_part.helper_area,
    }


def _known_buyer(known: Places, broker: Places | None, row: SaleRow) -> Buyer:
    one = known.organisation
    place = buyer_place(
        one.kind,
        registered_area=one.area_code,
        fiscal_area=one.fiscal_area,
        fiscal_tier=one.fiscal_tier,
        delivery_area=row.buyer_area,
    )
    return Buyer(
        id=one.id,
        name=one.name,
        kind=one.kind,
        area=place.area_code,
        sector=one.sector,
        path=known.path_on(day_of(row.sold_at)),
        budget_unit_id=one.id if one.kind == "budget_unit" else None,
        **_broker(broker),
        seller_sizes={},
        is_demo=one.is_demo,
    )


def _anonymous(registers: Registers, broker: Places | None, row: SaleRow) -> Buyer:
    """Somebody at a point of sale counts where it stands, unless the reporter says where the goods go."""
    place = buyer_place(None, point_of_sale_area=row.buyer_area or registers.channel.area_code)
    return Buyer(
        id=UNREGISTERED,
        name="",
        kind=row.buyer_kind or "citizen",
        area=place.area_code,
        sector=None,
        path="",
        budget_unit_id=None,
        **_broker(broker),
        seller_sizes={},
        is_demo=registers.channel.is_demo,
    )


def _broker(broker: Places | None) -> dict[str, Any]:
    if broker is None:
        return {"broker_id": None, "broker_area": None}
    one = broker.organisation
    return {"broker_id": one.id, "broker_area": one.fiscal_area or one.area_code}
