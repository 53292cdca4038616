"""Stripe's objects, as plain dictionaries, read into what the protocol calls them. Nothing here asks Stripe.

Only what payments needs is kept: never names, addresses, e-mail or cards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from marketplace.payments.gateways.protocol import Charged, Event, Fee, GivenBack, Intent, Page

ATTEMPT_KEY: Final = "sanzhuan_attempt"
REFUND_KEY: Final = "sanzhuan_refund"
_INTENT_STATES: Final = {
    "requires_payment_method": "open",
    "requires_confirmation": "open",
    "requires_action": "open",
    "processing": "open",
    "requires_capture": "authorised",
    "succeeded": "captured",
    "canceled": "canceled",
}
_REFUND_STATES: Final = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "confirmed",
    "failed": "failed",
    "canceled": "failed",
}


def intent_of(body: Mapping[str, Any]) -> Intent:
    """A PaymentIntent. KeyError or TypeError for what is none."""
    return Intent(
        id=_text(body["id"]),
        state=_INTENT_STATES[body["status"]],
        amount=_amount(body["amount"]),
        captured=_amount(body.get("amount_received") or 0),
        currency=_text(body["currency"]).upper(),
        attempt=_mark(body, ATTEMPT_KEY),
        client_secret=body.get("client_secret"),
        fees=_fees(_of(body.get("latest_charge"), "balance_transaction")),
    )


def page_of(body: Mapping[str, Any]) -> Page:
    """A Checkout Session."""
    return Page(
        id=_text(body["id"]),
        state=_text(body["status"]),
        intent_id=_id(body.get("payment_intent")),
        url=body.get("url"),
        attempt=_mark(body, ATTEMPT_KEY),
    )


def refund_of(body: Mapping[str, Any]) -> GivenBack:
    """A Refund."""
    return GivenBack(
        id=_text(body["id"]),
        intent_id=_id(body.get("payment_intent")),
        amount=_amount(body["amount"]),
        currency=_text(body["currency"]).upper(),
        state=_REFUND_STATES[body["status"]],
        refund=_mark(body, REFUND_KEY),
        fees=_fees(body.get("balance_transaction"), body.get("failure_balance_transaction")),
    )


def charge_of(body: Mapping[str, Any]) -> Charged:
    """A Charge."""
    return Charged(
        id=_text(body["id"]),
        intent_id=_id(body.get("payment_intent")),
        refunded=_amount(body.get("amount_refunded") or 0),
    )


_READERS: Final[dict[str, Callable[[Mapping[str, Any]], Intent | Page | GivenBack | Charged]]] = {
    "payment_intent": intent_of,
    "checkout.session": page_of,
    "refund": refund_of,
    "charge": charge_of,
}


def event_of(body: Any) -> Event:
    """An Event. KeyError, TypeError, ValueError or AttributeError for what is none; an object of another kind is None."""
    about = body["data"]["object"]
    reader = _READERS.get(about.get("object"))
    return Event(
        id=_text(body["id"]),
        kind=_text(body["type"]),
        account=_id(body.get("account")),
        is_live=body["livemode"] is True,
        created=datetime.fromtimestamp(_amount(body["created"]), UTC),
        about=None if reader is None else reader(about),
    )


def _amount(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 53:
        raise TypeError("an amount is a whole number of at least 0")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > 255:
        raise TypeError("a text is missing")
    return value


def _id(value: object) -> str | None:
    """An id, or that of an expanded object."""
    if isinstance(value, Mapping):
        return _text(value["id"])
    return None if value is None else _text(value)


def _of(body: object, name: str) -> object:
    """A field of an object, where the answer has the object and not only its id."""
    return body.get(name) if isinstance(body, Mapping) else None


def _fees(*movements: object) -> tuple[Fee, ...]:
    """The fees of balance transactions, of those that the answer has and not only names."""
    return tuple(
        Fee(id=_text(one["id"]), amount=_signed(one["fee"]), currency=_text(one["currency"]).upper())
        for one in movements
        if isinstance(one, Mapping)
    )


def _signed(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value < 0:
        return -_amount(-value)
    return _amount(value)


def _mark(body: Mapping[str, Any], name: str) -> str | None:
    marks = body.get("metadata") or {}
    return _text(marks[name]) if name in marks else None
