"""方块图: areas as tiles of one size, darker for more: a picture that needs no map of borders, which only an approval allows.

The prefectures of Guangdong lie about where they lie on a map; any other set of areas is laid out in rows, in the order of codes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from marketplace.core import divisions

# Column and row of each prefecture, west to east and north to south.
GUANGDONG: Final[Mapping[str, tuple[int, int]]] = {
    "440200": (4, 0), "441800": (3, 1), "441600": (5, 1), "441400": (6, 1), "445100": (7, 1),
    "441200": (2, 2), "440600": (3, 2), "440100": (4, 2), "441300": (5, 2), "445200": (6, 2), "440500": (7, 2),
    "445300": (1, 3), "440700": (2, 3), "442000": (3, 3), "441900": (4, 3), "440300": (5, 3), "441500": (6, 3),
    "440900": (0, 4), "441700": (1, 4), "440400": (3, 4), "440800": (0, 5),
}  # fmt: skip
_LEVELS: Final = 5
_ROW: Final = 6


@dataclass(frozen=True)
class Area:
    """One tile: `value` decides its shade (None: no figure), `shown` is written on it, `href` leads on."""

    code: str
    value: int | None
    shown: str
    href: str | None = None


@dataclass(frozen=True)
class Tile:
    """Where a tile stands and how dark it is (0: nothing, 1 … 5)."""

    area: Area
    name: str
    column: int
    row: int
    level: int


@dataclass(frozen=True)
class Tiles:
    """All tiles with the size of the whole in tiles."""

    tiles: Sequence[Tile]
    columns: int
    rows: int


def lay_out(areas: Sequence[Area]) -> Tiles:
    """Place the areas; shades are fifths of the ranks, so that one large area does not make all others pale."""
    places = GUANGDONG if areas and all(one.code[:6] in GUANGDONG for one in areas) else {}
    ordered = sorted(areas, key=lambda one: one.code)
    ranked = sorted({one.value for one in areas if one.value})
    tiles = []
    for index, one in enumerate(ordered):
        column, row = places.get(one.code[:6], (index % _ROW, index // _ROW))
        level = 0 if not one.value else 1 + ranked.index(one.value) * _LEVELS // len(ranked)
        tiles.append(Tile(one, _short(one.code), column, row, level))
    columns = max((tile.column for tile in tiles), default=0) + 1
    return Tiles(tiles, columns, max((tile.row for tile in tiles), default=0) + 1)


def _short(code: str) -> str:
    name = divisions.name(code)
    short = name.removesuffix("市").removesuffix("区").removesuffix("县")
    return short if len(short) > 1 else name
