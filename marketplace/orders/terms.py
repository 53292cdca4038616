"""How and when an order is paid: the payment methods with their terms, due days and late interest.

The tuple METHODS is the only list of methods; gateways (in payments) name the methods they serve. Days are Shanghai
calendar days. Rules and sources: docs/rules.md, "When payment is due".
"""

from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.core.money import round_half_up

#: Days from delivery when the contract says nothing, and the most a contract may agree (国务院令 728号, 802号).
DEFAULT_DUE_DAYS = 30
LONGEST_DUE_DAYS = 60

#: The most days from delivery that a contract may leave for inspection when payment depends on it: long enough for a laboratory
#: report, and no way around the term itself (第十条: an inspection term must be clear and reasonable; the number is ours).
LONGEST_INSPECTION_DAYS = 30

#: Interest on late payment that no contract agreed: 0.05 % a day (国务院令 728号 第十五条), in basis points.
LATE_INTEREST_BP_PER_DAY = 5


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """One way to pay and its terms.

    `pay_within_days` is counted from placement for goods that are shipped after payment; None means the day follows from
    delivery (`payment_due`). `sold_at` names the moment whose certificate and agreements hold (domain §0a.4).
    """

    code: str
    title: str
    pays_first: bool
    sold_at: str
    pay_within_days: int | None
    extension_days: int
    extensions: int
    opened_by_unit: bool


METHODS = (
    PaymentMethod(
        code="prepaid",
        title="先款后货",
        pays_first=True,
        sold_at="payment",
        pay_within_days=30,
        extension_days=15,
        extensions=1,
        opened_by_unit=False,
    ),
    PaymentMethod(
        code="after_delivery",
        title="先货后款",
        pays_first=False,
        sold_at="placement",
        pay_within_days=None,
        extension_days=0,
        extensions=0,
        opened_by_unit=True,
    ),
)

METHOD_BY_CODE = {method.code: method for method in METHODS}


def prepayment_deadline(method: PaymentMethod, placed_on: date, extensions: int = 0) -> date | None:
    """Return the last day on which a prepaid order may be paid; None for a method without such a day.

    `extensions` is how often the deadline was put off; ValueError above what the method allows.
    """
    if not 0 <= extensions <= method.extensions:
        raise ValueError(f"{method.code} allows {method.extensions} extension(s), not {extensions}")
    if method.pay_within_days is None:
        return None
    return placed_on + timedelta(days=method.pay_within_days + extensions * method.extension_days)


def payment_due(
    delivered_on: date,
    contract_days: int | None = None,
    *,
    capped: bool = True,
    accepted_on: date | None = None,
    inspection_until: date | None = None,
) -> date:
    """Return the day by which goods delivered on a Shanghai day must be paid.

    `contract_days` is the agreed term, 30 days where none was agreed. It runs from delivery; a contract that makes payment
    conditional on acceptance names `inspection_until`, and the term then runs from acceptance, at the latest from that
    day. `capped` holds public buyers towards small and medium producers: never over 60 days.
    Source: 保障中小企业款项支付条例 (国务院令 728号 from 2020-09-01, 802号 from 2025-06-01).
    """
    days = DEFAULT_DUE_DAYS if contract_days is None else contract_days
    if days < 0:
        raise ValueError("a payment term is not negative")
    if capped:
        days = min(days, LONGEST_DUE_DAYS)
    starts_on = delivered_on
    if inspection_until is not None:
        starts_on = min(accepted_on or inspection_until, inspection_until)
        starts_on = max(starts_on, delivered_on)
    return starts_on + timedelta(days=days)


def late_interest_fen(owed_fen: int, due_on: date, paid_on: date) -> int:
    """Return the interest on an amount paid late without an agreed rate: 0.05 % a day, half up to the fen, else 0."""
    days_late = max((paid_on - due_on).days, 0)
    return round_half_up(owed_fen * LATE_INTEREST_BP_PER_DAY * days_late, 10_000)
