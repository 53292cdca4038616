"""The keys of personal cells: versions of them, and where they come from."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from cryptography.hazmat.primitives import hashes

VERSION_BYTES: Final = 2
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


def _parse_key(words: Sequence[str]) -> Key:
    try:
        version, algorithm, secret = words
        return Key(int(version), algorithm.lower(), base64.b64decode(secret, validate=True))
    except ValueError:
        # Without its cause, which may quote the secret. (binascii.Error is a ValueError.)
        raise PrivacyError(f"a key line of {len(words)} words is not VERSION ALGORITHM BASE64") from None
