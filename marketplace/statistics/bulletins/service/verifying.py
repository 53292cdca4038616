"""Whether a bulletin is what was issued, and whether the books still give the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy.orm import Session

from marketplace.core import signing
from marketplace.statistics.bulletins.building import build, head_of, subject_of
from marketplace.statistics.bulletins.canonical import Difference, content_of, digest, first_difference, read
from marketplace.statistics.bulletins.models import Bulletin


@dataclass(frozen=True)
class Verification:
    """What was found. `is_signed` is None before it is issued; `difference` names the first row that came out otherwise."""

    has_digest: bool
    is_signed: bool | None
    is_same: bool
    difference: Difference | None

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.has_digest and self.is_signed is not False and self.is_same


def verify_bulletin(session: Session, bulletin: Bulletin) -> Verification:
    """Check digest and signatures, then build the report again from the ledger and compare byte for byte."""
    content = bytes(bulletin.content)
    sealed = read(content)
    subject = subject_of(bulletin)
    table = build(session, subject, bulletin.known_at)
    again = content_of(head_of(subject, bulletin.known_at, sealed.head["form"]), table)
    return Verification(
        digest(content) == bytes(bulletin.content_sha256),
        _is_signed(bulletin) if bulletin.state == "issued" else None,
        again == content,
        None if again == content else _difference(content, again),
    )


def _difference(content: bytes, again: bytes) -> Difference:
    published, built = read(content), read(again)
    found = first_difference(published.table, built.table)
    return found or Difference("", "head", str(published.head), str(built.head))


def _is_signed(bulletin: Bulletin) -> bool:
    """Whether both imprints are signed and name the digests of the bytes that are kept."""
    parts = [(bulletin.imprint, bulletin.signature, bulletin.content)]
    if bulletin.public_content is not None:
        parts.append((bulletin.public_imprint, bulletin.public_signature, bulletin.public_content))
    return all(
        signing.is_signed(bytes(imprint or b""), bytes(signature or b""), bytes(bulletin.public_key or b""))
        and _digest_in(bytes(imprint or b"{}")) == digest(bytes(content)).hex()
        for imprint, signature, content in parts
    )


def _digest_in(imprint: bytes) -> Any:
    return orjson.loads(imprint).get("content_sha256")
