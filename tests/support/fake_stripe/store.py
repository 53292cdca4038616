"""The stand-in itself: accounts, keys with their stored answers, messages on their way, and every request that came in."""

from __future__ import annotations

import hashlib
import json
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from marketplace.core.clock import utcnow
from marketplace.payments.rules.signatures import sign
from tests.support.fake_stripe.faults import Dice
from tests.support.fake_stripe.forms import parse
from tests.support.fake_stripe.objects import Account, Object, Refusal, new_id, snapshot

SECRET = "whsec_of_the_stand_in"
KEY_LIVES = timedelta(hours=24)


@dataclass
class Stored:
    """What a key was first answered; status 0 while it is being worked on."""

    digest: str
    at: datetime
    status: int = 0
    body: bytes = b""


@dataclass
class Request:
    """A request as it came in, to be sent again to others."""

    method: str
    target: str
    headers: dict[str, str]
    body: str


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    is_dropped: bool = False


@dataclass
class FakeStripe:
    """`clock` is whose time it keeps; `dice` says which requests go wrong."""

    clock: Callable[[], datetime] = utcnow
    dice: Dice = field(default_factory=Dice)
    secret: str = SECRET
    keeps_requests: bool = False
    slow_seconds: float = 0.0
    accounts: dict[str, Account] = field(default_factory=dict)
    keys: dict[tuple[str, str], Stored] = field(default_factory=dict)
    outbox: list[Object] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    calls: int = 0
    lost: int = 0  # messages that were never sent
    lock: threading.RLock = field(default_factory=threading.RLock)
    after_answer: Callable[[str, str], None] = lambda _method, _path: None  # once the answer is on its way

    def account(self, account_id: str) -> Account:
        if account_id not in self.accounts:
            self.accounts[account_id] = Account(
                account_id,
                lambda: int(self.clock().timestamp()),
                lambda kind, about: self._say(account_id, kind, about),
            )
        return self.accounts[account_id]

    def _say(self, account_id: str, kind: str, about: Object) -> None:
        self.outbox.append(
            {
                "id": new_id("evt"),
                "object": "event",
                "type": kind,
                "account": account_id,
                "livemode": False,
                "created": int(self.clock().timestamp()),
                "data": {"object": snapshot(about)},
            }
        )

    # --- messages

    def signed(self, event: Object, at: datetime | None = None) -> tuple[bytes, str]:
        """The raw bytes of a message and the header that signs them."""
        raw = json.dumps(event, ensure_ascii=False).encode()
        stamp = int((at or self.clock()).timestamp())
        return raw, f"t={stamp},v1={sign(raw, self.secret, stamp)}"

    def take_outbox(self) -> list[Object]:
        with self.lock:
            taken, self.outbox = self.outbox, []
        return taken

    def deliver(
        self,
        send: Callable[[bytes, str], object],
        *,
        dice: random.Random | None = None,
        dropped: float = 0.0,
        repeated: float = 0.0,
    ) -> int:
        """Send what is in the outbox: shuffled where there are dice, some lost for good, some twice; how many were sent."""
        events = self.take_outbox()
        if dice is not None:
            heard = [one for one in events if dice.random() >= dropped]
            self.lost += len(events) - len(heard)
            events = heard
            events += [one for one in events if dice.random() < repeated]
            dice.shuffle(events)
        for event in events:
            send(*self.signed(event))
        return len(events)

    # --- requests

    def handle(self, request: Request) -> Answer:
        """Answer one request, with whatever goes wrong on the way."""
        with self.lock:
            self.calls += 1
            if self.keeps_requests:
                self.requests.append(request)
            fault = self.dice.roll()
        if fault == "dropped_before":
            return Answer(0, b"", is_dropped=True)
        if fault in ("limited", "locked"):
            status, kind = (429, "invalid_request_error") if fault == "limited" else (409, "api_error")
            return _error(Refusal(f"{fault}_timeout", status, kind))
        answer = self._once(request, fault)
        return Answer(0, b"", is_dropped=True) if fault == "dropped_after" else answer

    def _once(self, request: Request, fault: str | None) -> Answer:
        key = request.headers.get("idempotency-key")
        if request.method != "POST" or key is None:
            return (
                _error(Refusal("failed", 500, "api_error")) if fault in _FAILURES else self._execute(request)
            )
        digest = hashlib.sha256(f"{request.target}\n{request.body}".encode()).hexdigest()
        place = (request.headers.get("stripe-account", ""), key)
        with self.lock:
            stored = self.keys.get(place)
            if stored is not None and self.clock() - stored.at < KEY_LIVES:
                if stored.digest != digest:
                    return _error(Refusal("idempotency_error", 400, "idempotency_error"))
                if stored.status == 0:
                    return _error(Refusal("idempotency_key_in_use", 409, "idempotency_error"))
                return Answer(stored.status, stored.body, {"Idempotent-Replayed": "true"})
            stored = self.keys[place] = Stored(digest, self.clock())
        if fault == "failed_before":
            answer = _error(Refusal("failed", 500, "api_error"))
        else:
            answer = self._execute(request)
            if fault == "failed_after":
                answer = _error(Refusal("failed", 500, "api_error"))
        with self.lock:
            if answer.headers.pop("x-not-stored", None):
                del self.keys[place]
            else:
                stored.status, stored.body = answer.status, answer.body
        return answer

    def _execute(self, request: Request) -> Answer:
        with self.lock:
            try:
                account = self.account(request.headers.get("stripe-account", ""))
                body = self._route(account, request)
            except Refusal as refusal:
                return _error(refusal)
            except (KeyError, IndexError, TypeError):
                return _error(Refusal("parameter_missing", is_stored=False))
            return Answer(200, json.dumps(body).encode())

    def _route(self, account: Account, request: Request) -> Object:
        url = urlsplit(request.target)
        parts = url.path.removeprefix("/v1/").removeprefix("checkout/").split("/")
        asked = parse_qs(url.query)
        query = {name: values[0] for name, values in asked.items()}
        wanted = [value for name, values in asked.items() if name.startswith("expand[") for value in values]
        params = parse(request.body)
        held = {"payment_intents": account.intents, "sessions": account.pages, "refunds": account.refunds}
        if request.method == "GET":
            if len(parts) == 1:
                page = _page(list(held[parts[0]].values()), query)
                paths = [path.removeprefix("data.") for path in wanted]
                return page | {"data": [account.expanded(one, paths) for one in page["data"]]}
            if parts[1] not in held[parts[0]]:
                raise Refusal("resource_missing", 404)
            return account.expanded(held[parts[0]][parts[1]], wanted)
        made: dict[tuple[str, ...], Callable[[], Any]] = {
            ("payment_intents",): lambda: account.create_intent(params),
            ("sessions",): lambda: account.create_page(params),
            ("refunds",): lambda: account.refund(params),
            ("payment_intents", "capture"): lambda: account.capture(parts[1]),
            ("payment_intents", "cancel"): lambda: account.cancel(parts[1]),
            ("sessions", "expire"): lambda: account.expire(parts[1]),
        }
        done: Object = made[(parts[0], *parts[2:])]()
        return account.expanded(done, params.get("expand", []))

    # --- what tests ask

    def captured_of(self, attempt: str) -> list[Object]:
        """The successful payments that bear our mark of an attempt: one at most."""
        return [
            one
            for one in self._intents()
            if one["status"] == "succeeded" and attempt in one["metadata"].values()
        ]

    def net(self) -> int:
        """What was taken less what went back, over all accounts, in fen."""
        return sum(
            charge["amount_captured"] - charge["amount_refunded"]
            for account in self.accounts.values()
            for charge in account.charges.values()
        )

    def fees(self) -> int:
        """What was kept of all movements in our currency, in fen."""
        return sum(
            one["fee"]
            for account in self.accounts.values()
            for one in account.movements.values()
            if one["currency"] == "cny"
        )

    def _intents(self) -> Iterator[Object]:
        for account in self.accounts.values():
            yield from account.intents.values()


_FAILURES = ("failed_before", "failed_after")


def _error(refusal: Refusal) -> Answer:
    headers = {"stripe-should-retry": "false"} if refusal.status == 500 else {}
    if not refusal.is_stored:
        headers["x-not-stored"] = "1"
    return Answer(refusal.status, json.dumps(refusal.body).encode(), headers)


def _page(objects: list[Object], query: dict[str, str]) -> Object:
    """A list, newest first, of at most `limit` after `starting_after`."""
    found = objects[::-1]
    if "payment_intent" in query:
        found = [one for one in found if one["payment_intent"] == query["payment_intent"]]
    if "created[gte]" in query:
        found = [one for one in found if one["created"] >= int(query["created[gte]"])]
    ids = [one["id"] for one in found]
    first = ids.index(query["starting_after"]) + 1 if "starting_after" in query else 0
    limit = int(query.get("limit", "10"))
    return {
        "object": "list",
        "data": found[first : first + limit],
        "has_more": len(found) > first + limit,
        "url": "/v1/list",
    }
