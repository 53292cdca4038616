"""A sealed month: what it says, how it is read, how it is held against the entries that were fed. Pure; both sides use it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson

from marketplace.core.errors import BadRequest, Invalid
from marketplace.core.http import strict_json
from marketplace.core.money import MAX_FEN

#: What a cell of a month is of. The month itself is the total's.
KEYS: Final = (
    "adjusts_period",
    "origin_area",
    "goods_class",
    "channel_kind",
    "participation_mode",
    "purchase_kind",
)
SUMS: Final = ("entries", "sale_fen", "benefit_fen")
#: Distinct households and persons by the county where they live: of the month, and of the year up to it.
HEADS: Final = (
    "households_covered",
    "persons_covered",
    "households_benefited",
    "persons_benefited",
    "households_rostered",
    "persons_rostered",
    "year_households_covered",
    "year_persons_covered",
    "year_households_benefited",
    "year_persons_benefited",
)
HEAD: Final = ("source", "period", "version", "last_position", "chain_head", "digest", "note")
NOTE: Final = "内部数据,不得公开;户数按农户所在县去重,其他口径为上限"
_HEX: Final = re.compile(r"[0-9a-f]{64}\Z", re.ASCII)
_COUNTY: Final = re.compile(r"[0-9]{6}\Z", re.ASCII)

Key = tuple[str | None, ...]
Cells = dict[Key, tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which two sides differ, with its words for people. Fen and counts; `key` names the cell."""

    what: str  # cell | missing | head | unsealed | version
    said: str
    key: dict[str, str | None] | None = None
    from_position: int | None = None
    to_position: int | None = None
    ours_fen: int | None = None
    theirs_fen: int | None = None
    ours_entries: int | None = None
    theirs_entries: int | None = None


@dataclass(frozen=True)
class Total:
    """A sealed month, read: its head, its cells, its households by county."""

    head: dict[str, Any]
    cells: Cells
    households: dict[str, dict[str, int]]

    @property
    def last_position(self) -> int:
        """The chain position at which the month was closed."""
        found: int = self.head["last_position"]
        return found


def total_bytes(head: Mapping[str, Any], cells: Cells, households: Mapping[str, Mapping[str, int]]) -> bytes:
    """The canonical bytes: keys in ascending order, cells and counties in order."""
    said = {
        **head,
        "cells": cells_as_rows(cells),
        "households": [{"area": area, **figures} for area, figures in sorted(households.items())],
    }
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)


def read_total(content: bytes) -> Total:
    """The total that the bytes hold. Invalid (``upward_total``) when they hold none."""
    try:
        said = strict_json.loads(content)
        head = {name: said[name] for name in HEAD}
        cells = cells_from_rows(said["cells"])
        households = {
            _county(row["area"]): {name: _count(row[name]) for name in HEADS} for row in said["households"]
        }
        hexes = [head["chain_head"], head["digest"]]
        counts = [_count(head["version"]), _count(head["last_position"])]
    except (BadRequest, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid("upward_total", "月度汇总的内容不符合约定") from error
    total = Total(head, cells, households)
    if (
        any(not isinstance(one, str) or _HEX.match(one) is None for one in hexes)
        or counts[0] < 1
        or total_bytes(head, cells, households) != content
    ):
        raise Invalid("upward_total", "月度汇总的内容不符合约定")
    return total


def digest_of(content: bytes) -> str:
    """SHA-256 of a total's bytes, in hex."""
    return hashlib.sha256(content).hexdigest()


def cells_as_rows(cells: Cells) -> list[dict[str, Any]]:
    """Cells as JSON rows, in order."""
    return [
        {**dict(zip(KEYS, key, strict=True)), **dict(zip(SUMS, sums, strict=True))}
        for key, sums in sorted(cells.items(), key=lambda one: [part or "" for part in one[0]])
    ]


def cells_from_rows(rows: Iterable[Mapping[str, Any]]) -> Cells:
    """Cells of JSON rows; KeyError, TypeError or ValueError for what are none."""
    found: Cells = {}
    for row in rows:
        key = tuple(_text(row[name]) for name in KEYS)
        entries, sale_fen, benefit_fen = (_fen(row[name]) for name in SUMS)
        if key in found or set(row) != {*KEYS, *SUMS}:
            raise ValueError("not a cell")
        found[key] = (entries, sale_fen, benefit_fen)
    return found


def compare_cells(ours: Cells, theirs: Cells) -> list[Difference]:
    """Every cell in which the two differ, in order; money or number of entries."""
    found = []
    for key in sorted({*ours, *theirs}, key=lambda one: [part or "" for part in one]):
        mine, other = ours.get(key, (0, 0, 0)), theirs.get(key, (0, 0, 0))
        if mine != other:
            found.append(
                Difference(
                    "cell",
                    f"相差 {mine[1] - other[1]} 分、{mine[0] - other[0]} 笔,计提相差 {mine[2] - other[2]} 分",
                    dict(zip(KEYS, key, strict=True)),
                    ours_fen=mine[1],
                    theirs_fen=other[1],
                    ours_entries=mine[0],
                    theirs_entries=other[0],
                )
            )
    return found


def missing(held: int, wanted: int) -> list[Difference]:
    """The entries after `held` up to `wanted`, where there are any."""
    if held >= wanted:
        return []
    said = f"缺第 {held + 1} 至 {wanted} 笔"
    return [Difference("missing", said, from_position=held + 1, to_position=wanted)]


def as_rows(differences: Sequence[Difference]) -> list[dict[str, Any]]:
    """Differences as JSON rows."""
    return [asdict(one) for one in differences]


def _text(value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or len(value) > 60):
        raise ValueError("not a key")
    return value


def _fen(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_FEN:
        raise ValueError("not an amount")
    return value


def _count(value: Any) -> int:
    if _fen(value) < 0:
        raise ValueError("not a count")
    return int(value)


def _county(value: Any) -> str:
    if not isinstance(value, str) or _COUNTY.match(value) is None:
        raise ValueError("not a county")
    return value
