"""Cells encrypted and hashed under the keys of one provider; the package's docstring has the layout."""

from __future__ import annotations

import hmac as stdlib_hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from marketplace.core.privacy.keys import DIGESTS, VERSION_BYTES, Key, KeyProvider, PrivacyError

NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16


@dataclass(frozen=True)
class Cell:
    """Where a value lives; becomes the additional data of its token."""

    table: str
    column: str
    row_id: UUID | int | str

    @property
    def associated_data(self) -> bytes:
        """``table|column|row id`` in UTF-8."""
        return f"{self.table}|{self.column}|{self.row_id}".encode()


class Vault:
    """Encrypts, decrypts and hashes with the keys of one provider. Safe to share among threads."""

    def __init__(self, provider: KeyProvider) -> None:
        self._data = _by_version(provider.data_keys(), "data")
        self._hash = _by_version(provider.hash_keys(), "hash")
        self._current = self._data[max(self._data)]
        self._current_hash = self._hash[max(self._hash)]

    @property
    def current_version(self) -> int:
        """Version of the key that writes new cells."""
        return self._current.version

    def encrypt(self, cell: Cell, text: str) -> bytes:
        """Return the token of `text` in `cell`, under the newest key and a fresh nonce."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        encryptor = Cipher(_algorithm(self._current), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(self._current.prefix + cell.associated_data)
        sealed = encryptor.update(text.encode()) + encryptor.finalize()
        return self._current.prefix + nonce + sealed + encryptor.tag

    def decrypt(self, cell: Cell, token: bytes) -> str:
        """Return the text of a token.

        Raises PrivacyError when its key version is unknown, or the key is wrong, or the token was altered or
        belongs to another cell.
        """
        if len(token) < VERSION_BYTES + NONCE_BYTES + TAG_BYTES:
            raise PrivacyError(f"{cell.table}.{cell.column}: not a token")
        version = token_version(token)
        key = self._data.get(version)
        if key is None:
            raise PrivacyError(f"{cell.table}.{cell.column}: no data key of version {version}")
        nonce, sealed = token[VERSION_BYTES:][:NONCE_BYTES], token[VERSION_BYTES + NONCE_BYTES :]
        decryptor = Cipher(_algorithm(key), modes.GCM(nonce, sealed[-TAG_BYTES:])).decryptor()
        decryptor.authenticate_additional_data(key.prefix + cell.associated_data)
        try:
            return (decryptor.update(sealed[:-TAG_BYTES]) + decryptor.finalize()).decode()
        except InvalidTag as error:
            raise PrivacyError(
                f"{cell.table}.{cell.column}: wrong key, altered, or moved from another cell"
            ) from error

    def rotate(self, cell: Cell, token: bytes) -> bytes | None:
        """Return the token under the newest key, or None when it already is. Raises PrivacyError as decrypt."""
        if token_version(token) == self._current.version:
            return None
        return self.encrypt(cell, self.decrypt(cell, token))

    def keyed_hash(self, column: str, value: str) -> bytes:
        """Return what is stored beside the cell: version ‖ HMAC of ``column|value``; give the normal form.

        `column` is ``table.column``: equal values of two columns have unequal hashes.
        """
        return _keyed_hash(self._current_hash, column, value)

    def lookup_hashes(self, column: str, value: str) -> list[bytes]:
        """Return the hash under every live key, newest first: ``WHERE hash IN (…)`` holds while keys rotate."""
        newest_first = sorted(self._hash.values(), key=lambda key: -key.version)
        return [_keyed_hash(key, column, value) for key in newest_first]


_installed: Vault | None = None


def install(vault: Vault) -> None:
    """Make `vault` the one of this process; the composition root calls it once with the configured keys."""
    global _installed  # noqa: PLW0603 - one process, one set of keys; web, worker and CLI share the wiring
    _installed = vault


def vault() -> Vault:
    """Return the installed vault. Raises PrivacyError when no keys were configured: nothing is written plain."""
    if _installed is None:
        raise PrivacyError("no keys are configured")
    return _installed


def token_version(token: bytes) -> int:
    """Return the key version of a token or keyed hash."""
    return int.from_bytes(token[:VERSION_BYTES], "big")


def same_hash(one: bytes, other: bytes) -> bool:
    """Compare two hashes in constant time."""
    return stdlib_hmac.compare_digest(one, other)


def _by_version(keys: Sequence[Key], kind: str) -> dict[int, Key]:
    if not keys:
        raise PrivacyError(f"no {kind} key is configured")
    found: dict[int, Key] = {}
    for key in keys:
        if key.version in found:
            raise PrivacyError(f"two {kind} keys have version {key.version}")
        found[key.version] = key
    return found


def _algorithm(key: Key) -> algorithms.AES | algorithms.SM4:
    return algorithms.AES(key.secret) if key.algorithm == "aes-256-gcm" else algorithms.SM4(key.secret)


def _keyed_hash(key: Key, column: str, value: str) -> bytes:
    mac = hmac.HMAC(key.secret, DIGESTS[key.algorithm]())
    mac.update(f"{column}|{value}".encode())
    return key.prefix + mac.finalize()
