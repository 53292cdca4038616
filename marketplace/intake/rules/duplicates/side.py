"""What a rule knows of one report of a sale, and what it finds when it holds two against each other. Pure."""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

Sureness = Literal["certain", "likely"]
_NOISE: Final = str.maketrans("", "", " -_/\u3000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A sale as one reporter tells it (or an order of this platform, `reporter` own_order). Amounts in fen, as sold."""

    node: uuid.UUID  # the same for all revisions of a sale
    sale_id: uuid.UUID  # the revision; the order itself for an own one
    reporter: str  # a code of `rules.sources`
    channel_id: uuid.UUID | None
    channel_area: str
    order_ref: str
    line_ref: str
    sold_on: date
    amount_fen: int
    net_fen: int  # what was not given back
    is_live: bool  # neither a duplicate nor superseded
    is_sale: bool = True  # no transfer, no raw material
    producer_id: uuid.UUID | None = None  # None: in no register
    product_id: uuid.UUID | None = None
    seller: str | None = None  # USCC
    buyer: str | None = None  # USCC
    broker: str | None = None  # USCC
    original_no: str | None = None
    invoice_no: str | None = None
    invoice_total_fen: int | None = None
    lot: str | None = None

    @property
    def number(self) -> str | None:
        """The number that the platform gave to the order, if the reporter knows it."""
        if self.original_no is not None:
            return normalised(self.original_no)
        return normalised(self.order_ref) if self.reporter == "platform_export" else None


@dataclass(frozen=True, slots=True)
class Finding:
    """Two reports may be one sale: how sure that is, which fields agree, and why, for people."""

    sureness: Sureness
    equal: tuple[str, ...]
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateRule:
    """One way in which a sale comes twice. `key` None: the rule has nothing to say of such a sale.

    Sales with equal keys, at most `days` apart, are held against each other by `judge`, which also sees everything else found
    under the key. `one_to_one`: a sale matches at most one of each other channel.
    """

    code: str
    zh: str
    en: str
    source: str  # where it is written
    days: int
    key: Callable[[Side], tuple[str, ...] | None]
    judge: Callable[[Side, Side, Sequence[Side]], Finding | None]
    same_channel: bool = False

    def digest(self, side: Side) -> bytes | None:
        """The key as 16 bytes."""
        parts = self.key(side)
        if parts is None:
            return None
        return hashlib.blake2b("\x1f".join((self.code, *parts)).encode(), digest_size=16).digest()


def normalised(number: str) -> str:
    """A number as two people write it alike: full width as half, no blanks or strokes, capitals."""
    return unicodedata.normalize("NFKC", number).translate(_NOISE).upper()


def differ(one: str | None, other: str | None) -> bool:
    """Whether both are said and say different things."""
    return one is not None and other is not None and normalised(one) != normalised(other)


def days_apart(one: Side, other: Side) -> int:
    """Days between the two dates."""
    return abs((one.sold_on - other.sold_on).days)
