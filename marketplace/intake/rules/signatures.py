"""How a batch is signed: HMAC-SHA-256 of the channel's key over the manifest's bytes and the body's, as they are sent."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final

SECRET_BYTES: Final = 32
_HEADER: Final = re.compile(r"k=([1-9][0-9]{0,3}),s=([0-9a-f]{64})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Signature:
    """A version of the channel's key, and what was made with it."""

    key_version: int
    digest: bytes


def read_signature(header: str) -> Signature | None:
    """``k=<version of the key>,s=<hex>``; None when it is not of that shape."""
    found = _HEADER.match(header)
    return None if found is None else Signature(int(found[1]), bytes.fromhex(found[2]))


def sign(secret: bytes, manifest: bytes, body: bytes) -> bytes:
    """The signature of a batch. The manifest's length stands before both, so no byte can change sides."""
    made = hmac.new(secret, len(manifest).to_bytes(8, "big") + manifest, hashlib.sha256)
    made.update(body)
    return made.digest()


def is_signed(secret: bytes, signature: Signature, manifest: bytes, body: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(sign(secret, manifest, body), signature.digest)
