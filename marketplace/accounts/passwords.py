"""Passwords: Argon2id, one cost for everybody, and the same work for a name that does not exist.

Hashing takes 64 MiB and about 60 ms, so at most `WORKERS` run at once in a process; the others wait their turn. What a
password must be is a profile: ``asvs`` (length and a blocklist) or ``dengbao3`` (three classes of characters besides).
"""

from __future__ import annotations

import secrets
import threading
import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from marketplace.core.errors import Invalid
from marketplace.core.ids import READABLE

LENGTH_MIN: Final = 12
LENGTH_MAX: Final = 128
WORKERS: Final = 2
_COMMON: Final = (
    "password",
    "123456",
    "qwerty",
    "admin",
    "sanzhuan",
    "abcabc",
    "111111",
    "iloveyou",
    "woaini",
)

_hasher = PasswordHasher()
_turn = threading.BoundedSemaphore(WORKERS)


@cache
def _nobody() -> str:
    """The hash of a password nobody has: verified when there is no account, so that both answers take the same work."""
    return _hasher.hash(secrets.token_urlsafe(32))


def use_cost(*, time_cost: int, memory_kib: int) -> None:
    """Set the cost of new hashes for this process. Tests and the demo make hundreds of accounts cheaply."""
    global _hasher  # noqa: PLW0603 - one cost a process
    _hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)
    _nobody.cache_clear()


def hash_password(password: str) -> str:
    """Return the Argon2id hash (PHC string) of a password's normal form."""
    with _turn:
        return _hasher.hash(_normal(password))


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one. Without a stored hash the same work is done and the answer is False."""
    with _turn:
        # Asked for in either case: the first answer of a process says no more than the others.
        nobody = _nobody()
        try:
            _hasher.verify(stored or nobody, _normal(password))
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether a hash was made at another cost and should be made anew at the next sign-in."""
    return _hasher.check_needs_rehash(stored)


def check_password(password: str, *, login: str, profile: str = "asvs", pointer: str = "/password") -> None:
    """Raise Invalid `password_weak` unless the password may be chosen: 12 to 128 characters, not the login name,
    nothing common; in profile ``dengbao3`` also three of lower case, upper case, digits and signs.
    """
    normal = _normal(password)
    if not LENGTH_MIN <= len(normal) <= LENGTH_MAX:
        raise Invalid("password_weak", f"密码应为{LENGTH_MIN}至{LENGTH_MAX}个字符", pointer=pointer)
    folded = normal.casefold()
    if login in folded or any(word in folded for word in _COMMON) or len(set(folded)) < 5:
        raise Invalid("password_weak", "密码过于常见或包含登录名", pointer=pointer)
    classes = (str.islower, str.isupper, str.isdigit, lambda char: not char.isalnum())
    if profile == "dengbao3" and sum(any(map(kind, normal)) for kind in classes) < 3:
        raise Invalid("password_weak", "密码应包含大写、小写、数字、符号中的三类", pointer=pointer)


def new_password() -> str:
    """Return a random password to be shown once: five groups of four readable characters, 100 bits."""
    return "-".join("".join(secrets.choice(READABLE) for _ in range(4)) for _ in range(5))


def _normal(password: str) -> str:
    # A lone surrogate cannot be encoded; the password field of the schema refuses it, other callers get "?".
    return unicodedata.normalize("NFC", password).encode("utf-8", "replace").decode()
