"""Signatures of what the service publishes: Ed25519 (RFC 8032), by a versioned key of the settings; anybody can check them.

Signing needs the newest private key; checking needs the public key alone, which every signed thing keeps beside its signature and
which is readable. A key that is replaced stays checkable, as the public key of what it signed.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from marketplace.core.settings import Settings, SettingsError

ALGORITHM: Final = "Ed25519"
KEY_BYTES: Final = 32


@dataclass(frozen=True)
class Signature:
    """A signature with the version of its key and the raw public key (32 bytes) that checks it."""

    key_version: int
    public_key: bytes
    signature: bytes


@dataclass(frozen=True)
class Signer:
    """Private keys by version; the newest signs."""

    keys: Mapping[int, Ed25519PrivateKey] = field(repr=False)

    def sign(self, message: bytes) -> Signature:
        """Sign bytes with the newest key. The same bytes and key give the same signature."""
        version = max(self.keys)
        key = self.keys[version]
        return Signature(version, key.public_key().public_bytes_raw(), key.sign(message))

    def public_keys(self) -> dict[int, bytes]:
        """The raw public keys by version."""
        return {version: key.public_key().public_bytes_raw() for version, key in sorted(self.keys.items())}


def is_signed(message: bytes, signature: bytes, public_key: bytes) -> bool:
    """Whether the signature is of these bytes by the owner of the public key."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def signer_from_settings(settings: Settings) -> Signer | None:
    """The keys of ``signing_keys`` (``1:hex,2:hex``); without any, a key file beside an embedded database, else None.

    Raises SettingsError without repeating a key.
    """
    text = keys_text(settings)
    return None if text is None else Signer(_parsed(text))


def keys_text(settings: Settings) -> str | None:
    """The keys as `signing_keys` writes them, for a server that is started over this process's embedded database; a secret."""
    if settings.signing_keys:
        return settings.signing_keys
    return None if settings.database_url else _key_file(settings.data_dir / "signing.txt")


def _parsed(text: str) -> dict[int, Ed25519PrivateKey]:
    keys: dict[int, Ed25519PrivateKey] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        version, _, secret = part.partition(":")
        try:
            raw = bytes.fromhex(secret)
        except ValueError:
            raw = b""
        if not (version.isascii() and version.isdigit()) or len(raw) != KEY_BYTES or int(version) in keys:
            raise SettingsError("SANZHUAN_SIGNING_KEYS: write VERSION:HEX (32 bytes), separated by commas")
        keys[int(version)] = Ed25519PrivateKey.from_private_bytes(raw)
    if not keys:
        raise SettingsError("SANZHUAN_SIGNING_KEYS holds no key")
    return keys


def _key_file(path: Path) -> str:
    """The text of the key file (mode 0600), made when there is none; of two processes that start together one wins."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            handle.write(f"1:{secrets.token_hex(KEY_BYTES)}")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()


_installed: list[Signer | None] = [None]


def install(signer: Signer | None) -> None:
    """Make `signer` the one this process signs with; None where an installation has no key."""
    _installed[:] = [signer]


def signer() -> Signer | None:
    """The process's signer, None where an installation has no key."""
    return _installed[0]
