"""Cut the font that documents are set in from the whole Noto Serif CJK: a development tool, never run by the service.

    scripts/uv run --with fonttools~=4.68 python scripts/document_font.py NotoSerifCJK-Regular.ttc level-*.txt OUT.otf

The first file is the one of Debian's package fonts-noto-cjk. The text files hold the characters of 通用规范汉字表
(国发〔2013〕23号: 8,105 in three levels, the third has those of names); GB 2312, full-width forms and what papers need
besides are added. The shapes stay as they are; hints and layout for other languages are left out. Write the new SHA-256 into
MANIFEST.sha256.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

FAMILY: Final = "Noto Serif CJK SC"
RANGES: Final = (
    (0x20, 0x7F),
    (0xA0, 0x180),  # Latin letters of trade names
    (0x2000, 0x2070),  # dashes, quotation marks
    (0x2460, 0x2500),  # ①②③
    (0x3000, 0x3040),  # 〔〕《》、。
    (0xFF00, 0xFFF0),
)


def gb2312() -> set[int]:
    """Code points of GB 2312: 6,763 characters and the signs before them."""
    found = set()
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            text = bytes([row, cell]).decode("gb2312", errors="ignore")
            found |= {ord(character) for character in text}
    return found


def main(font_path: str, *list_paths: str) -> None:
    """Read the collection, keep the simplified-Chinese face and the wanted characters, write the last path."""
    from fontTools import subset
    from fontTools.ttLib import TTCollection

    *lists, out = list_paths
    wanted = {ord(character) for path in lists for character in Path(path).read_text(encoding="utf-8")}
    wanted |= gb2312() | {point for first, after in RANGES for point in range(first, after)}
    faces = TTCollection(font_path).fonts
    face = next(one for one in faces if one["name"].getDebugName(1) == FAMILY)
    options = subset.Options()
    options.hinting = False
    options.layout_features = ["kern", "ccmp"]
    options.notdef_outline = True
    options.drop_tables += ["VORG", "vhea", "vmtx", "BASE", "DSIG"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted - set(range(0x20)))
    cutter.subset(face)
    subset.save_font(face, out, options)


if __name__ == "__main__":
    main(*sys.argv[1:])
