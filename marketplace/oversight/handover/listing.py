"""The list of a handover: every section counted whole, its first items named, one digest over all. No person stands in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

import orjson
from sqlalchemy.orm import Session

from marketplace.oversight.handover.scope import Scope

#: Items of a section that are named; all are counted and summed.
MOST: Final = 500


@dataclass(frozen=True)
class Item:
    """One thing left behind: its kind in words, the number it is found by, what it is; fen; since when; the digest of a file."""

    kind: str
    reference: str
    title: str
    amount_fen: int | None = None
    since: date | None = None
    sha256: str | None = None


Source = Callable[[Session, Scope], Iterable[Item]]


@dataclass(frozen=True)
class Section:
    """A part of the list: its code, its title, and where its items come from."""

    code: str
    title_zh: str
    sources: Sequence[Source]


_composed: list[Section] = []


def compose(sections: Sequence[Section]) -> None:
    """Set what a list is made of; the composition root does, as slices above add their own tasks."""
    _composed[:] = sections


def sections() -> Sequence[Section]:
    """The sections in their order."""
    return tuple(_composed)


def list_of(session: Session, scope: Scope) -> dict[str, Any]:
    """The list as it is now, to be frozen: sections with `count`, `amount_fen` and `items`, `more` when not all are named."""
    return {"sections": [_listed(session, scope, one) for one in sections()]}


def is_empty(content: dict[str, Any]) -> bool:
    """Whether nothing is left behind."""
    return not any(section["count"] for section in content["sections"])


def digest(content: dict[str, Any]) -> bytes:
    """SHA-256 over the canonical JSON of a list."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


def _listed(session: Session, scope: Scope, section: Section) -> dict[str, Any]:
    items = [item for source in section.sources for item in source(session, scope)]
    items.sort(key=lambda one: (one.kind, one.reference))
    amounts = [one.amount_fen for one in items if one.amount_fen is not None]
    return {
        "code": section.code,
        "title": section.title_zh,
        "count": len(items),
        "amount_fen": sum(amounts) if amounts else None,
        "items": [_plain(one) for one in items[:MOST]],
        "more": len(items) > MOST,
    }


def _plain(item: Item) -> dict[str, Any]:
    return asdict(item) | {"since": None if item.since is None else item.since.isoformat()}
