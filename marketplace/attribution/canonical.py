"""The bytes of an entry, made in exactly one place: what the hash chain is over, and what re-runs must reproduce.

UTF-8 JSON of all columns by name in ascending order; instants as UTC with microseconds; hashes of Chinese text are over its
UTF-8 bytes.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson

GENESIS: Final = hashlib.sha256(b"sanzhuan ledger 1").digest()


def entry_bytes(values: Mapping[str, Any]) -> bytes:
    """Canonical bytes of an entry given as column name → value."""
    return orjson.dumps({name: _plain(value) for name, value in values.items()}, option=orjson.OPT_SORT_KEYS)


def chain_hash(previous: bytes, values: Mapping[str, Any]) -> bytes:
    """SHA-256 over the previous hash and the entry's bytes."""
    return hashlib.sha256(previous + entry_bytes(values)).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, uuid.UUID):
        return str(value)
    return value
