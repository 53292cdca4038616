"""Personal data: encrypted per cell, found by keyed hash, shown masked.

A cell is stored as bytes: key version (2) ‖ nonce (12) ‖ ciphertext ‖ tag (16), AES-256-GCM or SM4-GCM by the
key. The additional data is ``table|column|row id``, so a token copied to another cell is refused. Several
versions of the key may be live; the newest writes. A keyed hash (HMAC-SHA256 or HMAC-SM3, its own key, the
column mixed in) answers "who has this number" without the number: version (2) ‖ digest (32). The space of
identity numbers is small, so the key is the whole defence: it never lives in the database.

Nothing here logs, and no error repeats a value. What is shown to people goes through the masks below.
Rotation of a stored column is in `core.rotation`. Source of the masks: docs/rules.md, "Personal data".
"""

from __future__ import annotations

import base64
import hmac as stdlib_hmac
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
VERSION_BYTES: Final = 2
PUBLIC_MIN: Final = 3  # households; a smaller count is not published
FEW_HOUSEHOLDS: Final = "少于3户"

CIPHERS: Final = {"aes-256-gcm": 32, "sm4-gcm": 16}  # key bytes
DIGESTS: Final = {"hmac-sha256": hashes.SHA256, "hmac-sm3": hashes.SM3}
HASH_KEY_BYTES: Final = 32


class PrivacyError(Exception):
    """A key is missing or wrong, or a cell was altered or moved. A fault of ours, never of a client."""


@dataclass(frozen=True)
class Key:
    """One version of a key: `version` 1…65535, `algorithm` of CIPHERS or DIGESTS."""

    version: int
    algorithm: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        size = CIPHERS.get(self.algorithm, HASH_KEY_BYTES if self.algorithm in DIGESTS else 0)
        if not 1 <= self.version <= 0xFFFF:
            raise PrivacyError(f"key version {self.version} is outside 1…65535")
        if not size:
            raise PrivacyError(f"key {self.version}: unknown algorithm {self.algorithm!r}")
        if len(self.secret) != size:
            raise PrivacyError(f"key {self.version}: {self.algorithm} needs {size} bytes")

    @property
    def prefix(self) -> bytes:
        """The version as it stands before every token."""
        return self.version.to_bytes(VERSION_BYTES, "big")


class KeyProvider(Protocol):
    """Where keys come from: a file or the environment here, a KMS or HSM where one is demanded."""

    def data_keys(self) -> Sequence[Key]:
        """All live cipher keys, in any order."""
        ...

    def hash_keys(self) -> Sequence[Key]:
        """All live keyed-hash keys, in any order."""
        ...


@dataclass(frozen=True)
class TextKeys:
    """Keys written as text, a line (or ``;``) each: ``VERSION ALGORITHM BASE64``; # begins a comment."""

    text: str = field(repr=False)

    def data_keys(self) -> Sequence[Key]:
        """Lines whose algorithm is a cipher."""
        return [key for key in self._keys() if key.algorithm in CIPHERS]

    def hash_keys(self) -> Sequence[Key]:
        """Lines whose algorithm is a keyed hash."""
        return [key for key in self._keys() if key.algorithm in DIGESTS]

    def _keys(self) -> list[Key]:
        lines = [line.split("#")[0].split() for line in self.text.replace(";", "\n").splitlines()]
        return [_parse_key(words) for words in lines if words]


def keys_from(path: Path | None, text: str) -> TextKeys:
    """Return the keys of a settings pair: the file when one is named, else the text of the environment."""
    return TextKeys(path.read_text(encoding="ascii") if path else text)


def new_keys(version: int = 1, *, cipher: str = "aes-256-gcm", digest: str = "hmac-sha256") -> str:
    """Return the text of a fresh pair of keys, for a key file."""
    lines = []
    for algorithm, size in ((cipher, CIPHERS.get(cipher, 0)), (digest, HASH_KEY_BYTES)):
        secret = secrets.token_bytes(size)
        lines.append(
            f"{version} {Key(version, algorithm, secret).algorithm} {base64.b64encode(secret).decode()}"
        )
    return "\n".join(lines) + "\n"


def ensure_key_file(path: Path) -> TextKeys:
    """Read the key file, writing a fresh one (mode 0600) when there is none: for the embedded database only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written aside and linked: of two processes that start together one wins, and nobody reads half a file.
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            handle.write(new_keys())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return keys_from(path, "")


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


def mask_name(name: str) -> str:
    """张三丰 → 张*: the first character (a code point) and one star, whatever the length."""
    return f"{name[:1]}*"


def mask_resident_id(number: str) -> str:
    """First 6, eight stars, last 4: for staff whose role shows it; never public."""
    return f"{number[:6]}{'*' * 8}{number[-4:]}" if len(number) == 18 else "*" * 8


def mask_phone(number: str) -> str:
    """13812341234 → 138****1234; of a shorter number only the last 2 stay."""
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 11 else f"****{number[-2:]}"


def mask_bank_account(account: str) -> str:
    """The last 4 digits after ``**** ``."""
    return f"**** {account[-4:]}" if len(account) >= 8 else "****"


def public_count(households: int) -> str:
    """A number of households as anything public prints it: 少于3户 under 3, else the digits."""
    return FEW_HOUSEHOLDS if households < PUBLIC_MIN else str(households)


def public_number(households: int) -> int | None:
    """The same for JSON: None under 3."""
    return None if households < PUBLIC_MIN else households


def public_sort_key(households: int) -> int:
    """What a public list sorts by: everything under 3 sorts as 0, so that order gives nothing away."""
    return 0 if households < PUBLIC_MIN else households


def _parse_key(words: Sequence[str]) -> Key:
    try:
        version, algorithm, secret = words
        return Key(int(version), algorithm.lower(), base64.b64decode(secret, validate=True))
    except ValueError:
        # Without its cause, which may quote the secret. (binascii.Error is a ValueError.)
        raise PrivacyError(f"a key line of {len(words)} words is not VERSION ALGORITHM BASE64") from None


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
