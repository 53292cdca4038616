"""What a contract states, as JSON that is frozen with its hash: parties, goods, freight, totals, terms. No address, no account.

Amounts are fen, days are Shanghai days. `papers.py` turns it into words and the paper.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import orjson

from marketplace.core.clock import day_of
from marketplace.orders.amounts import freight_amounts
from marketplace.orders.models import Contract, OrderLine, SalesOrder
from marketplace.orders.terms import (
    DEFAULT_DUE_DAYS,
    LATE_INTEREST_BP_PER_DAY,
    LONGEST_DUE_DAYS,
    METHOD_BY_CODE,
)

if TYPE_CHECKING:
    from marketplace.orders.service.contracts.drafting import Agreed


@dataclass(frozen=True, slots=True)
class Party:
    """A side as it is registered: name, 统一社会信用代码, area."""

    name: str
    uscc: str
    area: str


def digest(content: Mapping[str, Any]) -> bytes:
    """SHA-256 of the content's canonical JSON (UTF-8, keys ascending, no spaces)."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


def days_to_pay(contract_days: int | None, *, capped: bool) -> int:
    """The days in which the buyer pays: as agreed, 30 where nothing was agreed, 60 at most where the law caps it."""
    days = DEFAULT_DUE_DAYS if contract_days is None else contract_days
    return min(days, LONGEST_DUE_DAYS) if capped else days


def contract_content(
    number: str,
    day: date,
    order: SalesOrder,
    lines: Sequence[OrderLine],
    buyer: Party,
    seller: Party,
    agreed: Agreed,
    original: Contract | None,
    collection: str,
) -> dict[str, Any]:
    """The content of a contract, or of a supplement to `original`, drafted on a day; `collection` says where the money goes."""
    return {
        "number": number,
        "drafted_on": day.isoformat(),
        "order_number": order.number,
        "buyer": asdict(buyer),
        "seller": asdict(seller),
        "delivery_area": order.delivery_area,
        "lines": [
            {
                "line_no": line.line_no,
                "product_name": line.product_name,
                "spec": line.spec,
                "unit": line.unit,
                "quantity": line.quantity,
                "unit_price_fen": line.unit_price_fen,
                "amount_fen": line.amount_fen,
                "tax_treatment": line.tax_treatment,
                "tax_fen": line.tax_fen,
            }
            for line in lines
        ],
        "freight_fen": order.freight_fen,
        "freight_tax_fen": sum(
            part.tax_fen
            for part in freight_amounts(
                order.freight_fen, [(line.tax_treatment, line.amount_fen) for line in lines]
            ).values()
        ),
        "total_fen": order.total_fen,
        "tax_fen": order.tax_fen,
        "terms": _terms(order, agreed) | {"collection": collection},
        "clauses": list(agreed.clauses),
        "supplements": None if original is None else _supplements(original, agreed),
    }


def _terms(order: SalesOrder, agreed: Agreed) -> dict[str, Any]:
    method = METHOD_BY_CODE[order.payment_method]
    capped = bool(order.payment_terms.get("capped", True))
    return {
        "payment_method": method.code,
        "pay_within_days": method.pay_within_days,
        "extension_days": method.extension_days,
        "contract_days": agreed.contract_days,
        "days": None if method.pays_first else days_to_pay(agreed.contract_days, capped=capped),
        "capped": capped,
        "inspection_days": agreed.inspection_days,
        "late_interest_bp_per_day": LATE_INTEREST_BP_PER_DAY,
    }


def _supplements(original: Contract, agreed: Agreed) -> dict[str, Any]:
    return {
        "number": original.number,
        "signed_on": None if original.signed_at is None else day_of(original.signed_at).isoformat(),
        "reason": agreed.reason,
    }
