"""The objects of one connected account and what may be done with them. Every change says what a message would say."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]
_numbers = itertools.count(1)


class Refusal(Exception):
    """An error as Stripe says it. `is_stored`: execution had begun, so the key keeps it."""

    def __init__(
        self, code: str, status: int = 400, kind: str = "invalid_request_error", *, is_stored: bool = True
    ) -> None:
        super().__init__(code)
        self.code, self.status, self.kind, self.is_stored = code, status, kind, is_stored

    @property
    def body(self) -> Object:
        return {"error": {"type": self.kind, "code": self.code, "message": self.code}}


def new_id(prefix: str) -> str:
    return f"{prefix}_{next(_numbers):012d}"


@dataclass
class Account:
    """One producer's account. `say` hears of every change: kind of event and the object as it is then."""

    id: str
    now: Callable[[], int]
    say: Callable[[str, Object], None]
    intents: dict[str, Object] = field(default_factory=dict)
    pages: dict[str, Object] = field(default_factory=dict)
    refunds: dict[str, Object] = field(default_factory=dict)
    charges: dict[str, Object] = field(default_factory=dict)
    movements: dict[str, Object] = field(default_factory=dict)  # balance transactions
    fee_bp: int = 290  # kept of a charge
    fee_back_bp: int = 0  # of what goes back, given back of the fee: nothing, as Stripe does today
    settles_in: str = "cny"

    # --- what the API does

    def create_intent(self, params: Object) -> Object:
        amount, method = _whole(params, "amount"), params["payment_method_types"][0]
        if params.get("currency") != "cny" or method not in ("card", "alipay", "wechat_pay"):
            raise Refusal("parameter_invalid", is_stored=False)
        if params.get("capture_method", "automatic") == "manual" and method != "card":
            raise Refusal("payment_method_unsupported_capture", is_stored=False)
        intent: Object = {
            "id": new_id("pi"),
            "object": "payment_intent",
            "amount": amount,
            "amount_received": 0,
            "currency": "cny",
            "status": "requires_payment_method",
            "capture_method": params.get("capture_method", "automatic"),
            "payment_method_types": [method],
            "metadata": params.get("metadata", {}),
            "client_secret": f"{new_id('secret')}",
            "latest_charge": None,
            "created": self.now(),
        }
        self.intents[intent["id"]] = intent
        self.say("payment_intent.created", intent)
        return intent

    def create_page(self, params: Object) -> Object:
        item = params["line_items"][0]
        if params.get("mode") != "payment" or not params.get("success_url"):
            raise Refusal("parameter_invalid", is_stored=False)
        page: Object = {
            "id": new_id("cs"),
            "object": "checkout.session",
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
            "amount_total": _whole(item["price_data"], "unit_amount") * int(item["quantity"]),
            "currency": item["price_data"]["currency"],
            "payment_method_types": params["payment_method_types"],
            "metadata": params.get("metadata", {}),
            "intent_data": params.get("payment_intent_data", {}),
            "url": f"https://checkout.example/{new_id('pay')}",
            "created": self.now(),
        }
        self.pages[page["id"]] = page
        return page

    def capture(self, intent_id: str) -> Object:
        intent = self._intent(intent_id)
        if intent["status"] != "requires_capture":
            raise Refusal("payment_intent_unexpected_state")
        return self._succeed(intent)

    def cancel(self, intent_id: str) -> Object:
        intent = self._intent(intent_id)
        if intent["status"] in ("succeeded", "canceled", "processing"):
            raise Refusal("payment_intent_unexpected_state")
        intent["status"] = "canceled"
        self.say("payment_intent.canceled", intent)
        return intent

    def expire(self, page_id: str) -> Object:
        page = self._page(page_id)
        if page["status"] != "open":
            raise Refusal("resource_not_open")
        page |= {"status": "expired", "url": None}
        self.say("checkout.session.expired", page)
        return page

    def refund(self, params: Object) -> Object:
        intent = self._intent(params["payment_intent"])
        charge = self.charges.get(intent["latest_charge"] or "")
        if charge is None or intent["status"] != "succeeded":
            raise Refusal("charge_not_captured")
        left = charge["amount_captured"] - charge["amount_refunded"]
        amount = _whole(params, "amount") if "amount" in params else left
        if amount > left or amount < 1:
            raise Refusal("charge_already_refunded" if left == 0 else "amount_too_large")
        is_slow = intent["payment_method_types"] != ["card"]
        refund: Object = {
            "id": new_id("re"),
            "object": "refund",
            "amount": amount,
            "currency": "cny",
            "charge": charge["id"],
            "payment_intent": intent["id"],
            "status": "pending" if is_slow else "succeeded",
            "metadata": params.get("metadata", {}),
            "created": self.now(),
            "balance_transaction": self._move(-amount, -(amount * self.fee_back_bp // 10_000)),
            "failure_balance_transaction": None,
        }
        self.refunds[refund["id"]] = refund
        charge["amount_refunded"] += amount
        self.say("refund.created", refund)
        self.say("charge.refunded", charge)
        return refund

    # --- what the buyer, the bank and the producer's own people do

    def pay(self, intent_id: str, *, declined: bool = False) -> Object:
        """The buyer confirms in the browser."""
        intent = self._intent(intent_id)
        if intent["status"] != "requires_payment_method":
            raise Refusal("payment_intent_unexpected_state")
        if declined:
            self.say("payment_intent.payment_failed", intent)
            return intent
        if intent["capture_method"] == "manual":
            intent["status"] = "requires_capture"
            self.say("payment_intent.amount_capturable_updated", intent)
            return intent
        return self._succeed(intent)

    def pay_page(self, page_id: str) -> Object:
        """The buyer pays on Stripe's page."""
        page = self._page(page_id)
        if page["status"] != "open":
            raise Refusal("resource_not_open")
        intent = self.create_intent(
            {
                "amount": str(page["amount_total"]),
                "currency": page["currency"],
                "payment_method_types": page["payment_method_types"],
                **page["intent_data"],
            }
        )
        page |= {"status": "complete", "payment_status": "paid", "payment_intent": intent["id"], "url": None}
        self.pay(intent["id"])
        self.say("checkout.session.completed", page)
        return page

    def settle_refund(self, refund_id: str, *, arrives: bool = True) -> Object:
        """A refund on its way arrives, or (also one that had arrived) comes back."""
        refund = self.refunds[refund_id]
        if arrives:
            refund["status"] = "succeeded"
            self.say("refund.updated", refund)
            return refund
        refund["status"] = "failed"
        fee = self.movements[refund["balance_transaction"]]["fee"]
        refund["failure_balance_transaction"] = self._move(refund["amount"], -fee)
        self.charges[refund["charge"]]["amount_refunded"] -= refund["amount"]
        self.say("refund.failed", refund)
        return refund

    def _succeed(self, intent: Object) -> Object:
        charge: Object = {
            "id": new_id("ch"),
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": intent["amount"],
            "amount_refunded": 0,
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "created": self.now(),
            "balance_transaction": self._move(intent["amount"], intent["amount"] * self.fee_bp // 10_000),
        }
        self.charges[charge["id"]] = charge
        intent |= {"status": "succeeded", "amount_received": intent["amount"], "latest_charge": charge["id"]}
        self.say("payment_intent.succeeded", intent)
        return intent

    def _move(self, amount: int, fee: int) -> str:
        """A movement of the account's balance; its id."""
        movement = new_id("txn")
        self.movements[movement] = {
            "id": movement,
            "object": "balance_transaction",
            "amount": amount,
            "fee": fee,
            "net": amount - fee,
            "currency": self.settles_in,
            "created": self.now(),
        }
        return movement

    def expanded(self, found: Object, paths: Sequence[str]) -> Object:
        """An object with what the paths name in it instead of its id."""
        whole = snapshot(found)
        held = {"latest_charge": self.charges, "balance_transaction": self.movements}
        for path in paths:
            node: Any = whole
            for step in path.split("."):
                if isinstance(node[step], str):
                    node[step] = snapshot(held[step.removeprefix("failure_")][node[step]])
                if node[step] is None:
                    break
                node = node[step]
        return whole

    def _intent(self, intent_id: str) -> Object:
        if intent_id not in self.intents:
            raise Refusal("resource_missing", 404, is_stored=False)
        return self.intents[intent_id]

    def _page(self, page_id: str) -> Object:
        if page_id not in self.pages:
            raise Refusal("resource_missing", 404, is_stored=False)
        return self.pages[page_id]


def _whole(params: Object, name: str) -> int:
    text = str(params.get(name, ""))
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise Refusal("parameter_invalid_integer", is_stored=False)
    return int(text)


def snapshot(value: Object) -> Object:
    """The object as it is now, for whoever reads it later."""
    return copy.deepcopy(value)
