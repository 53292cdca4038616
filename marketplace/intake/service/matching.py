"""What a reported sale is in our books, as of the sale: product, producer, goods class, channel, buyer.

A product is found by its catalogue number, our number or its bar code, and must be the named supplier's. Goods that we do not
know are ordinary goods of the channel; goods that claim to be aid and are not are ordinary or area produce, with the reason.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from marketplace.accounts.rules import buyer_place
from marketplace.catalogue.channels import channel_kind
from marketplace.catalogue.rules.eligibility import GoodsFacts, Verdict, classify, decided_by
from marketplace.core.clock import day_of
from marketplace.intake.rules.rows import SaleRow
from marketplace.intake.service.registers import KnownProducer, KnownProduct, Places, Registers
from marketplace.orders.counting import policy_for
from marketplace.orders.facts import Frozen
from marketplace.orders.service.buyer import Buyer, participate

#: Of goods and suppliers that are in no register of ours: one for all of them, so that they are not counted as many.
UNREGISTERED: Final = uuid.UUID(int=0)
UNREGISTERED_CATEGORY: Final = "00"
_UNKNOWN: Final = Verdict("ordinary", "goods_unknown", "ordinary")
_DISCLAIMED: Final = "not_claimed"


@dataclass(slots=True)  # not frozen: as orders.facts.CountedLine
class Matched:
    """A sale with every dimension of the ledger; most sales of a batch share what is frozen of them."""

    product_id: uuid.UUID
    weight_g: int | None
    counting_policy: str
    frozen: Frozen


def match(registers: Registers, row: SaleRow) -> Matched:
    """The row in our books, as of its `sold_at`."""
    product, day = _product(registers, row), day_of(row.sold_at)
    verdict = _verdict(registers, row, product)
    place, buyer = _place(registers, day), _buyer(registers, row, product, day)
    # Each of these is one object for all rows of the batch for which it is the same, and the registers keep it.
    decides = (id(product), id(verdict), id(place), id(buyer), row.goods_name if product is None else None)
    frozen = registers.frozen.get(decides)
    if frozen is None:
        frozen = Frozen(**_goods(registers, row, product, verdict), **place, **buyer)
        registers.frozen[decides] = frozen
    weight = row.weight_g
    if weight is None and product is not None and product.net_weight_g is not None:
        weight = product.net_weight_g * row.quantity_milli // 1000
    return Matched(UNREGISTERED if product is None else product.id, weight, registers.policies[day], frozen)


def _goods(
    registers: Registers, row: SaleRow, product: KnownProduct | None, verdict: Verdict
) -> dict[str, Any]:
    producer = None if product is None else registers.producers[product.producer_id]
    return {
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
        "origin_area": _origin(registers, product),
    }


def _origin(registers: Registers, product: KnownProduct | None) -> str:
    """Goods that we do not know are from where they are sold."""
    return registers.channel.area_code if product is None else product.origin_area


def _place(registers: Registers, day: date) -> Mapping[str, Any]:
    place = registers.places.get(day)
    if place is None:
        channel = registers.channel
        place = registers.places[day] = registers.kept_once(
            {
                "channel_id": channel.id,
                "channel_kind": channel.kind,
                "channel_area": channel.area_code,
                "levy_bp": channel_kind(channel.kind).levy_bp(channel.terms, day),
                "is_demo": channel.is_demo,
            }
        )
        registers.policies[day] = policy_for(channel.kind, channel.area_code, day).code
    return place


def _product(registers: Registers, row: SaleRow) -> KnownProduct | None:
    """The one product that the row can mean. Of several with one number, the supplier's; None when that leaves not one."""
    found = registers.candidates(row)
    if len(found) > 1:
        sellers = {one.id for one in registers.by_uscc.get(row.supplier_uscc or "", ())}
        found = [one for one in found if one.producer_id in sellers]
    return found[0] if len(found) == 1 else None


def _verdict(registers: Registers, row: SaleRow, product: KnownProduct | None) -> Verdict:
    """Certified aid only when certificate, supplier and spec all say so, and the reporter does not say otherwise.

    One object for all rows for which it is the same.
    """
    if product is None:
        return _UNKNOWN
    seller = _seller(registers, row, product)
    certificates = registers.certificates.as_of(product.id, row.sold_at)
    decides = (
        id(product),
        id(seller),
        row.spec,
        row.claims_aid is False,
        *decided_by(product.origin_area, certificates, row.sold_at),
    )
    verdict = registers.verdicts.get(decides)
    if verdict is None:
        facts = GoodsFacts(
            product.origin_area,
            row.spec or product.spec,
            UNREGISTERED if seller is None else seller.id,
            None if seller is None else seller.agent_of_id,
        )
        verdict = classify(facts, certificates, channel_kind(registers.channel.kind), row.sold_at)
        if row.claims_aid is False and verdict.goods_class == "certified_aid":
            verdict = Verdict(verdict.uncertified_class, _DISCLAIMED, verdict.uncertified_class)
        registers.verdicts[decides] = verdict
    return verdict


def _seller(registers: Registers, row: SaleRow, product: KnownProduct) -> KnownProducer | None:
    """Who is said to supply it; the product's own producer where nobody is named."""
    if row.supplier_uscc is None:
        return registers.producers[product.producer_id]
    named = registers.by_uscc.get(row.supplier_uscc, ())
    return named[0] if named else None


def _buyer(registers: Registers, row: SaleRow, product: KnownProduct | None, day: date) -> Mapping[str, Any]:
    """Worked out once for what decides it: most rows of a batch are of nobody in particular."""
    origin = _origin(registers, product)
    decides = (
        row.buyer_uscc, row.broker_uscc, row.buyer_area, row.buyer_kind, row.fund_source, origin, day
    )  # fmt: skip
    known = registers.buyers.get(decides)
    if known is None:
        known = registers.buyers[decides] = registers.kept_once(_buyer_of(registers, row, origin))
    return known


def _buyer_of(registers: Registers, row: SaleRow, origin: str) -> dict[str, Any]:
    known = registers.organisations.get(row.buyer_uscc or "")
    broker = registers.organisations.get(row.broker_uscc or "")
    channel, day = registers.channel, day_of(row.sold_at)
    buyer = _known_buyer(known, broker, row) if known else _anonymous(registers, broker, row)
    took_part = participate(buyer, channel.kind, origin, None, day)
    in_reserve = channel.kind == "platform_832" and buyer.budget_unit_id is not None
    return {
        "buyer_id": None if known is None else known.organisation.id,
        "buyer_path": buyer.path,
        "buyer_kind": buyer.kind,
        "buyer_area": buyer.area,
        "buyer_sector": buyer.sector,
        "budget_unit_id": buyer.budget_unit_id,
        "reserve_year": day.year if in_reserve else None,
        "fund_source": row.fund_source,
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
