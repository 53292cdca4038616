"""Identifiers: time-ordered UUIDs for rows, short numbers without look-alikes for people.

Nothing is ever parsed out of an identifier; both kinds are opaque.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Final

# Crockford's alphabet without I, L, O, U: nothing that a person on the telephone confuses.
READABLE: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


_ENTROPY_BYTES: Final = 10
_AT_ONCE: Final = 200
#: All bits but the four of the version and the two of the variant.
_UNSTAMPED: Final = (1 << 128) - 1 & ~(0xF << 76) & ~(0x3 << 62)


def uuid7() -> uuid.UUID:
    """A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, 74 random bits. Sorts roughly by creation."""
    return _of(time.time_ns() // 1_000_000, os.urandom(_ENTROPY_BYTES))


def many_uuid7() -> Iterator[uuid.UUID]:
    """`uuid7` without end, for who writes thousands of rows: the system is asked for randomness once in two hundred.

    Each caller makes one of its own and leaves it when its rows are written: what is drawn ahead must not be shared by processes.
    """
    while True:
        milliseconds, drawn = time.time_ns() // 1_000_000, os.urandom(_ENTROPY_BYTES * _AT_ONCE)
        for first in range(0, len(drawn), _ENTROPY_BYTES):
            yield _of(milliseconds, drawn[first : first + _ENTROPY_BYTES])


def _of(milliseconds: int, entropy: bytes) -> uuid.UUID:
    return _stamped((milliseconds & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(entropy), 7)


def _stamped(value: int, version: int) -> uuid.UUID:
    """128 bits with version and variant of RFC 9562 in their places."""
    return uuid.UUID(int=value & _UNSTAMPED | version << 76 | 0x2 << 62)


def uuids_of(namespace: uuid.UUID) -> Callable[[str], uuid.UUID]:
    """`uuid.uuid5` of names in one namespace, for who asks for thousands: the namespace is hashed once."""
    begun = hashlib.sha1(namespace.bytes, usedforsecurity=False)

    def of(name: str) -> uuid.UUID:
        digest = begun.copy()
        digest.update(name.encode())
        return _stamped(int.from_bytes(digest.digest()[:16]), 5)

    return of


def readable_number(prefix: str, length: int = 12) -> str:
    """A short random number such as ``D7K2M9QX4RTB`` after a prefix letter or two.

    12 characters of 32 are 60 bits: among 10^8 numbers the odds that one more collides are about 10^-10; the column is unique
    and the caller's statement fails if it does.
    """
    bits = secrets.randbits(5 * length)  # asked once: the system's randomness is dearer than the letters
    return prefix + "".join(READABLE[bits >> 5 * place & 31] for place in range(length))
