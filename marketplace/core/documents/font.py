"""Which characters the vendored font has: read from its own table, so that nothing can vanish unseen.

The font (vendor/noto-serif-cjk-sc, cut by scripts/document_font.py) has the 8,105 characters of 通用规范汉字表, those of GB
2312, Latin letters and signs. What it does not have is printed as its code point, ``[U+2A7DD]``, and told of at the foot of
the paper.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

FAMILY: Final = "Noto Serif CJK SC"
FOLDER: Final = Path(__file__).parent / "vendor" / "noto-serif-cjk-sc"
FILE: Final = FOLDER / "NotoSerifCJKsc-Regular.subset.otf"
_WINDOWS_FULL_UNICODE: Final = (3, 10)
_GROUPED: Final = 12  # format of a character map with groups of consecutive code points


@cache
def covered() -> frozenset[str]:
    """All characters that the font draws. ValueError when the file has no full Unicode character map."""
    content = FILE.read_bytes()
    found: set[str] = set()
    start = _character_map(content)
    (groups,) = struct.unpack_from(">I", content, start + 12)
    for number in range(groups):
        first, last, _ = struct.unpack_from(">III", content, start + 16 + 12 * number)
        found.update(map(chr, range(first, last + 1)))
    return frozenset(found)


def _character_map(content: bytes) -> int:
    """Where the format-12 subtable of ``cmap`` begins (OpenType 1.9, "cmap": platform 3, encoding 10)."""
    (tables,) = struct.unpack_from(">H", content, 4)
    for number in range(tables):
        tag, _, offset, _ = struct.unpack_from(">4sIII", content, 12 + 16 * number)
        if tag != b"cmap":
            continue
        (subtables,) = struct.unpack_from(">H", content, offset + 2)
        for index in range(subtables):
            platform, encoding, inner = struct.unpack_from(">HHI", content, offset + 4 + 8 * index)
            (form,) = struct.unpack_from(">H", content, offset + inner)
            if (platform, encoding) == _WINDOWS_FULL_UNICODE and form == _GROUPED:
                return int(offset + inner)
    raise ValueError(f"{FILE.name} has no full Unicode character map")


def missing_from(texts: Iterable[str]) -> tuple[str, ...]:
    """The characters of the texts that the font does not have, in ascending order, each once."""
    return tuple(sorted(set().union(*map(set, texts)) - covered()))


def code_of(character: str) -> str:
    """How a character is printed that the font does not have: 𪟝 → ``[U+2A7DD]``."""
    return f"[U+{ord(character):04X}]"
