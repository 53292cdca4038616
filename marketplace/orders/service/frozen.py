"""The rows of an order and its lines, with everything frozen that a later report, permission or dispute asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson

from marketplace.catalogue.service.quotes import Quote
from marketplace.core.actor import Actor
from marketplace.core.clock import day_of
from marketplace.core.errors import Invalid
from marketplace.core.ids import readable_number, uuid7
from marketplace.core.privacy import Cell, vault
from marketplace.orders.amounts import line_amounts
from marketplace.orders.counting import policy_for
from marketplace.orders.service.basket import Basket, Wanted
from marketplace.orders.service.buyer import Buyer, Participation, participate
from marketplace.orders.terms import PaymentMethod, prepayment_deadline

#: Sizes protected by the 60-day cap; an organisation without a recorded size is taken for a small one.
_SMALL = frozenset({None, "micro", "small", "medium"})


def _participation(basket: Basket, buyer: Buyer, quotes: Sequence[Quote], day: date) -> Participation:
    """One mode for the order: Invalid (`mixed_channels`) when its channels would give its lines different ones."""
    found = {
        participate(buyer, q.channel_kind, q.origin_area, basket.participation_mode, day) for q in quotes
    }
    if len(found) > 1:
        raise Invalid("mixed_channels", "同一供应商的商品请按渠道分开下单", pointer="/lines")
    return found.pop()


def order_row(
    basket: Basket,
    buyer: Buyer,
    method: PaymentMethod,
    quotes: Sequence[Quote],
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """The row of one producer's order, all but its totals and checkout: everything that later reports ask is frozen here."""
    order_id, first, today = uuid7(), quotes[0], day_of(now)
    participation = _participation(basket, buyer, quotes, today)
    operators = {q.operator_id for q in quotes}
    on_832 = any(q.channel_kind == "platform_832" for q in quotes)
    seller_size = buyer.seller_sizes[first.producer_organisation_id]
    return {
        "id": order_id,
        "number": readable_number("D"),
        "producer_id": first.producer_id,
        "producer_name": first.producer_name,
        "producer_kind": first.producer_kind,
        "producer_organisation_id": first.producer_organisation_id,
        "producer_area": first.origin_area,
        "operator_id": operators.pop() if len(operators) == 1 else None,
        "buyer_id": buyer.id,
        "buyer_name": buyer.name,
        "buyer_kind": buyer.kind,
        "buyer_area": buyer.area,
        "buyer_sector": buyer.sector,
        "buyer_path": buyer.path,
        "budget_unit_id": buyer.budget_unit_id,
        # Only purchases on the 832 platform count against the reserved share, in the year in which they were bound.
        "reserve_year": today.year if on_832 and buyer.budget_unit_id is not None else None,
        "participation_mode": participation.mode,
        "fund_source": basket.fund_source,
        "purchase_kind": participation.purchase_kind,
        "broker_id": buyer.broker_id,
        "helper_area": participation.helper_area,
        "payment_method": method.code,
        "payment_terms": {
            "contract_days": basket.contract_days,
            **({"waits_for": sorted(set(basket.waits_for))} if basket.waits_for else {}),
            # 60 days at most binds public buyers towards small and medium producers; the size is that of today.
            "capped": buyer.budget_unit_id is not None and seller_size in _SMALL,
        },
        "delivery_area": basket.delivery_area,
        "deliver_to_enc": vault().encrypt(
            Cell("orders.sales_order", "deliver_to_enc", order_id),
            orjson.dumps(dict(basket.deliver_to), option=orjson.OPT_SORT_KEYS).decode(),
        ),
        "due_on": prepayment_deadline(method, today),
        "placed_by": actor.audit_id,
        "placed_at": now,
        "sold_at": now if method.sold_at == "placement" else None,
        "is_demo": buyer.is_demo or first.is_demo,
    }


def line_row(order: Mapping[str, Any], position: int, line: Wanted, q: Quote) -> dict[str, Any]:
    """The row of one line. Goods class and certificate are filled in when the order is sold at its placement."""
    amounts = line_amounts(line.unit_price_fen, line.quantity, q.tax_treatment)
    sold = q.verdict if order["sold_at"] is not None else None
    return {
        "id": uuid7(),
        "order_id": order["id"],
        "line_no": position,
        "listing_id": q.listing_id,
        "offer_id": q.offer_id,
        "product_id": q.product_id,
        "channel_id": q.channel_id,
        "channel_kind": q.channel_kind,
        "channel_area": q.channel_area,
        "counting_policy": policy_for(q.channel_kind, q.channel_area, day_of(order["placed_at"])).code,
        "stock_item_id": q.stock_item_id,
        "product_name": q.product_name,
        "spec": q.spec,
        "unit": q.unit,
        "category_code": q.category_code,
        "origin_area": q.origin_area,
        "net_weight_g": q.net_weight_g,
        "quantity": line.quantity,
        "unit_price_fen": line.unit_price_fen,
        "amount_fen": amounts.gross_fen,
        "tax_treatment": q.tax_treatment,
        "tax_fen": amounts.tax_fen,
        "levy_bp": q.levy_bp,
        "shown_goods_class": q.verdict.goods_class,
        "shown_certificate_id": q.verdict.certificate_id,
        "goods_class": sold.goods_class if sold else None,
        "goods_class_reason": sold.reason if sold else None,
        "certificate_id": sold.certificate_id if sold else None,
        "scheme": sold.scheme if sold else None,
        "schemes": list(sold.schemes) if sold else [],
    }
