"""What every way of paying has, and what an online one must be able to do.

An online gateway is another company's server: each call ends in one of three ways, and callers handle all three.

    the value            done: this is how the object stands now
    GatewayRefused       refused: nothing was done, and asking again would not help
    GatewayUnknown       nobody knows: ask again with the same key, or look (nothing is ever guessed)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Gateway(Protocol):
    """A way in which money arrives, and the payment methods of `orders.terms` that it can serve."""

    @property
    def code(self) -> str:
        """Its word in the database and on the wire."""

    @property
    def title(self) -> str:
        """What people call it."""

    @property
    def serves(self) -> tuple[str, ...]:
        """Codes of `orders.terms.METHODS`."""


class GatewayError(Exception):
    """A call that did not end with a value; `code` is the gateway's own word, never a text with personal data."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class GatewayRefused(GatewayError):
    """Nothing was done and nothing will be: the gateway said no."""


class GatewayUnknown(GatewayError):
    """No answer, or one that does not say: it may have been done. `is_replay`: this is the key's final answer, look instead."""

    def __init__(self, code: str, *, is_replay: bool = False) -> None:
        super().__init__(code)
        self.is_replay = is_replay


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One payment to be made: `amount_fen` for `order_number` to the producer's own `account`.

    `attempt` is our id of it, kept at the gateway beside its object. `is_held`: authorise only, capture later. `key` is the
    idempotency key. `return_url` is where the gateway's own page sends the buyer back to.
    """

    attempt: str
    account: str
    order_number: str
    method: str
    amount_fen: int
    is_held: bool
    key: str
    return_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """What the gateway kept for itself of one movement in the producer's account (negative: gave back), told once and for ever.

    `id` is the movement's; `amount` is in the smallest unit of `currency`, which is the account's and may not be the payment's.
    """

    id: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """How a payment stands at the gateway. `state`: open, authorised, captured or canceled; amounts in the smallest unit.

    `attempt` is our id where the object is one of ours. `client_secret` is for the buyer's browser, never stored. `fees` are
    those of its charge, as far as this answer tells them: messages never do.
    """

    id: str
    state: str
    amount: int
    captured: int
    currency: str
    attempt: str | None
    client_secret: str | None = None
    fees: tuple[Fee, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The gateway's own page for a payment. `state`: open, complete or expired; `intent_id` once the buyer began to pay."""

    id: str
    state: str
    intent_id: str | None
    url: str | None
    attempt: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """Money given back at the gateway. `state`: pending, confirmed or failed; `refund` is our id where we asked for it.

    `fees` are what the gateway kept or gave back for it (and for its failure), where a list tells it.
    """

    id: str
    intent_id: str | None
    amount: int
    currency: str
    state: str
    refund: str | None
    fees: tuple[Fee, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """A charge of which something was given back: `refunded` in all, in the smallest unit."""

    id: str
    intent_id: str | None
    refunded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that the gateway says has happened on `account` (None: on the platform's own)."""

    id: str
    kind: str
    account: str | None
    is_live: bool
    created: datetime
    about: Intent | Page | GivenBack | Charged | None


class OnlineGateway(Gateway, Protocol):
    """A gateway that takes money online, straight into the producer's own account with it.

    Every method but `read_event` and `is_live` raises GatewayRefused or GatewayUnknown. `account` is the producer's.
    """

    @property
    def is_live(self) -> bool:
        """Whether it moves real money."""

    def create_intent(self, ask: Ask) -> Intent:
        """Begin a payment that the buyer's browser confirms."""

    def create_page(self, ask: Ask) -> Page:
        """Begin a payment on the gateway's own page."""

    def read_intent(self, account: str, intent_id: str) -> Intent:
        """How a payment stands now."""

    def read_page(self, account: str, page_id: str) -> Page:
        """How a page stands now."""

    def capture(self, account: str, intent_id: str, key: str) -> Intent:
        """Take what was authorised."""

    def cancel(self, account: str, intent_id: str, key: str) -> Intent:
        """Give a payment up that was not captured."""

    def expire(self, account: str, page_id: str, key: str) -> Page:
        """Close a page on which nothing was paid."""

    def refund(self, account: str, intent_id: str, amount_fen: int, *, refund: str, key: str) -> GivenBack:
        """Give a part back. `refund` is our id of it."""

    def intents(self, account: str, since: datetime) -> Iterator[Intent]:
        """All payments begun at or after `since`, newest first."""

    def pages(self, account: str, since: datetime) -> Iterator[Page]:
        """All pages made at or after `since`, newest first."""

    def refunds(self, account: str, since: datetime) -> Iterator[GivenBack]:
        """Everything given back at or after `since`, newest first, whoever asked for it."""

    def refunds_of(self, account: str, intent_id: str) -> Iterator[GivenBack]:
        """Everything given back of a payment, whoever asked for it."""

    def read_event(self, raw: bytes, signature: str, now: datetime) -> Event:
        """What a signed message says; BadRequest for one that is not signed, not now, or not readable."""
