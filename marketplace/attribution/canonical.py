"""The bytes of an entry, made in exactly one place: what the hash chain is over, and what re-runs must reproduce.

UTF-8 JSON of all columns by name in ascending order; instants as UTC with microseconds; hashes of Chinese text are over its
UTF-8 bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson

GENESIS: Final = hashlib.sha256(b"sanzhuan ledger 1").digest()

# Instants go through `_instant`, always with microseconds; UUIDs are text of their own.
_AS_WRITTEN: Final = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME


def entry_bytes(values: Mapping[str, Any]) -> bytes:
    """Canonical bytes of an entry given as column name → value."""
    return orjson.dumps(values, _instant, _AS_WRITTEN)


def chain_hash(previous: bytes, values: Mapping[str, Any]) -> bytes:
    """SHA-256 over the previous hash and the entry's bytes."""
    return hashlib.sha256(previous + entry_bytes(values)).digest()


def _instant(value: Any) -> str:
    """An instant as the bytes have it; `instant_of_text` says the same of one that was never parsed."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    raise TypeError(f"an entry has no {type(value).__name__}")


def instant_of_text(text: bytes) -> str:
    """The bytes' form of an instant that PostgreSQL sends as text on a connection set to UTC; ValueError in another zone."""
    if not text.endswith(b"+00"):
        raise ValueError(f"an instant in UTC expected: {text!r}")
    day, _, time = text[:-3].decode("ascii").partition(" ")
    seconds, _, fraction = time.partition(".")
    return f"{day}T{seconds}.{fraction:0<6}+00:00"
