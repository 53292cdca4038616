"""The upper instance as seen from here: three calls over HTTP, each with a deadline, never inside a transaction.

How a call ends is one of three: an answer, `UpperRefused` (it said no), `UpperSilent` (nobody knows: the same is asked or sent
again). Off until its URL is a setting.
"""

from __future__ import annotations

import base64
import hashlib
import re
import time
from dataclasses import dataclass
from typing import Any, Final

import orjson
import urllib3

from marketplace.core.clock import utcnow
from marketplace.core.settings import Settings
from marketplace.intake.rules.signatures import sign
from marketplace.intake.rules.upward import area_of_source

_PATH: Final = "/api/v1/intake"
_MOST_BYTES: Final = 32 * 1024 * 1024  # of an answer
_CHUNK: Final = 64 * 1024
_SERVER_FAILED: Final = 500
_TOO_MANY: Final = 429
_OK: Final = (200, 202)


class UpperSilent(Exception):
    """No answer, none in time, or none that can be read."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UpperRefused(Exception):
    """It answered, and refused: its own code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Sending:
    """A batch on its way: its number, what its manifest says, its body."""

    source: str
    sequence: int
    rows: int
    total_fen: int
    sha256: str
    body: bytes


class Upper:
    """The instance above, by the settings. `settings.upward_url` must not be empty."""

    def __init__(self, settings: Settings) -> None:
        self.source = settings.upward_source
        self.area = area_of_source(settings.upward_source)
        self.relays = settings.upward_relay
        self.every = settings.upward_every_seconds
        self._base = settings.upward_url.rstrip("/") + _PATH
        self._channel = settings.upward_channel
        self._key_version = settings.upward_key_version
        self._secret = bytes.fromhex(settings.upward_secret)
        self._seconds = settings.upward_timeout_ms / 1000
        self._pool = urllib3.PoolManager(
            retries=False,
            timeout=urllib3.Timeout(connect=self._seconds, read=self._seconds),
            ca_certs=settings.upward_ca_file or None,
            headers={"Accept": "application/json", "User-Agent": "sanzhuan-upward"},
        )

    def standing(self, source: str) -> dict[str, Any]:
        """How far the upper instance holds the source (`intake.schemas.upward.UpwardStandingOut`)."""
        found = self._ask("/upward/standing", source, {})
        if not _is_standing(found):
            raise UpperSilent("answer")
        return found

    def holdings(self, source: str, period: str) -> dict[str, Any]:
        """What it holds of a month of the source (`UpwardHoldingOut`)."""
        return self._ask("/upward/holdings", source, {"period": period})

    def send(self, batch: Sending) -> dict[str, Any]:
        """Send a batch; its receipt. The same batch twice is the same as once."""
        manifest = orjson.dumps(
            {
                "channel": self._channel,
                "device": batch.source,
                "sequence": batch.sequence,
                "format": "jsonl",
                "rows": batch.rows,
                "sha256": batch.sha256,
                "total_fen": batch.total_fen,
            }
        )
        headers = {
            "X-Batch-Manifest": base64.b64encode(manifest).decode(),
            "X-Batch-Signature": self._signature(manifest, batch.body),
            "Content-Type": "application/octet-stream",
        }
        return self._call("POST", "/batches", headers, batch.body)

    def _ask(self, path: str, source: str, more: dict[str, Any]) -> dict[str, Any]:
        question = orjson.dumps(
            {"channel": self._channel, "source": source, "at": utcnow().isoformat(), **more}
        )
        headers = {
            "X-Upward-Question": base64.b64encode(question).decode(),
            "X-Upward-Signature": self._signature(question, b""),
        }
        found = self._call("GET", path, headers, None)
        if found.get("source") != source:
            raise UpperSilent("answer")
        return found

    def _signature(self, words: bytes, body: bytes) -> str:
        return f"k={self._key_version},s={sign(self._secret, words, body).hex()}"

    def _call(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> dict[str, Any]:
        deadline = time.monotonic() + 2 * self._seconds
        try:
            answer = self._pool.request(
                method,
                self._base + path,
                body=body,
                headers={**self._pool.headers, **headers},
                redirect=False,
                preload_content=False,
            )
            try:
                content = self._read(answer, deadline)
            finally:
                answer.close()
        except urllib3.exceptions.HTTPError as error:
            raise UpperSilent(type(error).__name__) from error
        found = _json(content)
        if answer.status in _OK and found is not None:
            return found
        if answer.status >= _SERVER_FAILED or answer.status == _TOO_MANY or found is None:
            raise UpperSilent(f"http_{answer.status}")
        raise UpperRefused(str(found.get("code", f"http_{answer.status}"))[:100])

    def _read(self, answer: Any, deadline: float) -> bytes:
        parts, size = [], 0
        for part in answer.stream(_CHUNK):
            parts.append(part)
            size += len(part)
            if size > _MOST_BYTES or time.monotonic() > deadline:
                raise UpperSilent("answer")
        return b"".join(parts)


def _json(content: bytes) -> dict[str, Any] | None:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _is_standing(found: dict[str, Any]) -> bool:
    counts = [found.get(name) for name in ("position", "last_sequence", "waiting")]
    sealed = found.get("sealed")
    return (
        all(isinstance(one, int) and one >= 0 for one in counts)
        and isinstance(found.get("hash"), str)
        and re.fullmatch(r"[0-9a-f]{64}", found["hash"]) is not None
        and (found.get("last_refusal") is None or isinstance(found["last_refusal"], str))
        and isinstance(sealed, list)
        and all(
            isinstance(one, dict)
            and isinstance(one.get("period"), str)
            and isinstance(one.get("version"), int)
            for one in sealed
        )
    )


_installed: list[Upper | None] = [None]


def install(settings: Settings) -> None:
    """Make the settings' upper instance the one this process feeds; none without a URL."""
    _installed[:] = [Upper(settings) if settings.upward_url else None]


def upper() -> Upper | None:
    """The upper instance, None where nothing is fed upward."""
    return _installed[0]


def digest_of(lines: bytes) -> bytes:
    """SHA-256 of the lines of a batch, as its manifest says it."""
    return hashlib.sha256(lines).digest()
