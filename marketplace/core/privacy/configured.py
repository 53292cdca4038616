"""The keys that the settings of an installation name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.core.privacy.keys import CIPHERS, Key, KeyProvider, PrivacyError, ensure_key_file
from marketplace.core.settings import Settings

_BY_SIZE = {size: cipher for cipher, size in CIPHERS.items()}


@dataclass(frozen=True)
class ConfiguredKeys:
    """Keys as given: live cipher keys and live hash keys."""

    data: tuple[Key, ...]
    hashes: tuple[Key, ...]

    def data_keys(self) -> Sequence[Key]:
        """All live cipher keys."""
        return self.data

    def hash_keys(self) -> Sequence[Key]:
        """All live keyed-hash keys."""
        return self.hashes


def keys_from_settings(settings: Settings) -> KeyProvider:
    """Return the keys of an installation; the key file of the data directory where none are set.

    ``encryption_keys`` is ``1:hex,2:hex``; 32 bytes are an AES-256-GCM key, 16 an SM4-GCM key, so that both may be
    live while one replaces the other; the newest must be of ``cell_cipher``. ``index_key`` is one hex key, or versions in
    the same notation; with SM4 it hashes by HMAC-SM3. Raises PrivacyError without repeating a key.
    """
    if not settings.encryption_keys:
        return ensure_key_file(settings.data_dir / "keys.txt")
    data = tuple(
        Key(version, _BY_SIZE.get(len(secret), settings.cell_cipher), secret)
        for version, secret in _versions(settings.encryption_keys)
    )
    newest = max(data, key=lambda key: key.version)
    if newest.algorithm != settings.cell_cipher:
        raise PrivacyError(f"key {newest.version} is no {settings.cell_cipher} key")
    digest = "hmac-sm3" if settings.cell_cipher == "sm4-gcm" else "hmac-sha256"
    return ConfiguredKeys(
        data, tuple(Key(version, digest, secret) for version, secret in _versions(settings.index_key))
    )


def _versions(text: str) -> list[tuple[int, bytes]]:
    parts = [part.strip().rpartition(":") for part in text.split(",") if part.strip()]
    try:
        return [(int(version or "1"), bytes.fromhex(secret)) for version, _, secret in parts]
    except ValueError:
        # Without its cause, which may quote the secret.
        raise PrivacyError("keys are written VERSION:HEX, separated by commas") from None
