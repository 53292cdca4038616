"""Signatures of webhooks: an HMAC over the raw bytes and the instant at which they were signed. Pure.

The gateway's own client refuses stamps that are too old, but takes one of ten years ahead: whoever once got such a message
could replay it for ten years. Here the skew is checked both ways. Header: ``t=1601524800,v1=hex[,v1=hex…]``; what is signed is
``t.body``, with SHA-256.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from marketplace.core.errors import BadRequest

#: How far the signer's clock and ours may be apart, either way.
SKEW_SECONDS: Final = 300
_STAMP: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_MOST_HEADER: Final = 2_000


def sign(raw: bytes, secret: str, stamp: int) -> str:
    """The hexadecimal signature of a body signed at `stamp` (seconds since 1970)."""
    return hmac.new(secret.encode(), b"%d." % stamp + raw, hashlib.sha256).hexdigest()


def check_signature(raw: bytes, header: str, secrets: Sequence[str], now: datetime) -> None:
    """Return when one of `secrets` signed these bytes within five minutes of `now`; several are for the days of a rotation.

    BadRequest: `signature_missing`, `signature_wrong`, `signature_stale` (too old), `signature_future` (too far ahead).
    """
    stamps, given = _parts(header)
    if len(stamps) != 1 or not given or _STAMP.fullmatch(stamps[0]) is None:
        raise BadRequest("signature_missing", "缺少有效的签名头")
    stamp = int(stamps[0])
    # Every secret is tried, found or not: how long it takes tells nothing.
    found = [
        hmac.compare_digest(sign(raw, secret, stamp), one.lower()) for secret in secrets for one in given
    ]
    if not any(found):
        raise BadRequest("signature_wrong", "签名不符")
    ahead = stamp - now.timestamp()
    if ahead < -SKEW_SECONDS:
        raise BadRequest("signature_stale", "签名时间过早")
    if ahead > SKEW_SECONDS:
        raise BadRequest("signature_future", "签名时间晚于当前时间")


def _parts(header: str) -> tuple[list[str], list[str]]:
    stamps: list[str] = []
    given: list[str] = []
    if len(header) <= _MOST_HEADER and header.isascii():
        for part in header.split(","):
            name, _, value = part.strip().partition("=")
            if name == "t":
                stamps.append(value)
            elif name == "v1":
                given.append(value)
    return stamps, given
