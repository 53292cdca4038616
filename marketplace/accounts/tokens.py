"""Random secrets that are shown once and kept as their SHA-256: session cookies and API tokens.

They carry 256 bits of chance, so a plain hash is enough: there is nothing to guess and nothing to slow down.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import operator
import secrets
from typing import Final

TOKEN_PREFIX: Final = "sz_"  # noqa: S105 - lets scanners find a leaked token; it is no secret
_BYTES: Final = 32
_MASKED_LENGTH: Final = 115  # of twice 43 characters in Base64


def new_session_secret() -> str:
    """Return the value of a new session cookie."""
    return secrets.token_urlsafe(_BYTES)


def new_token() -> str:
    """Return a new API token, to be shown once."""
    return TOKEN_PREFIX + secrets.token_urlsafe(_BYTES)


def digest(secret: str) -> bytes:
    """Return what the database keeps of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def masked(token: str) -> str:
    """Return `token` in other characters each time: a page's compressed length then tells nothing of it (BREACH)."""
    plain = token.encode()
    pad = secrets.token_bytes(len(plain))
    return base64.urlsafe_b64encode(pad + bytes(map(operator.xor, pad, plain))).decode().rstrip("=")


def unmasked(sent: str) -> bytes:
    """Return the token of a form, masked or not; what is no token comes back as it is."""
    raw = sent.encode("utf-8", "replace")
    if len(raw) != _MASKED_LENGTH:
        return raw
    try:
        both = base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))
    except ValueError:
        return raw
    half = len(both) // 2
    return bytes(map(operator.xor, both[:half], both[half:]))


def csrf_token(session_secret: str) -> str:
    """Return the form token of a session: derived from the cookie, which scripts of other sites cannot read."""
    mac = hmac.new(session_secret.encode("utf-8", "replace"), b"csrf", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")
