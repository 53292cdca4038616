"""Names of persons: one normal form, every character that GB 18030-2022 knows."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from marketplace.core.identifiers.refusal import refuse

NAME_MAX: Final = 100  # code points; the 2016 rule asks for at least 50
_MIDDLE_DOT: Final = "\u00b7"
_OTHER_DOTS: Final = dict.fromkeys(
    map(ord, "\u2022\u2027\u2219\u22c5\u25cf\u26ab\u2e31\u2e33\u30fb\uff65\u0387\u16eb\u00b7"), _MIDDLE_DOT
)
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u3164\uffa0")
# Han blocks newer than the Unicode tables of Python 3.11 (Extensions H and I); GB 18030-2022 reaches the first.
_NEW_HAN: Final = ((0x31350, 0x323AF), (0x2EBF0, 0x2EE5F))


def parse_person_name(text: str, *, pointer: str = "") -> str:
    """Return a person's name in its one normal form.

    The inter-ministry rule of 2016 on names of minority peoples holds: the separator is U+00B7 (other dots
    are mapped to it), at least 50 characters fit (100 code points here) and every character of
    GB 18030-2022 is accepted, Extensions B to H included. Spaces inside a Han name go, between Latin
    words one stays. Controls, bidi marks, zero-width and variation selectors, private-use characters,
    digits and punctuation are refused: Invalid `name_shape` or `name_character`.
    """
    if len(text) > 4 * NAME_MAX:
        refuse("name_shape", f"姓名最多{NAME_MAX}个字符", pointer)
    # The dots first: NFKC would turn U+FF65 into U+30FB and U+0387 into U+00B7 anyway, full stops stay.
    name = unicodedata.normalize("NFKC", text.translate(_OTHER_DOTS))
    name = re.sub(r"[ \u3000]+", " ", name.strip(" \u3000"))
    for char in name:
        if not _is_name_character(char):
            refuse("name_character", f"姓名含有不允许的字符 U+{ord(char):04X}({_why_not(char)})", pointer)
    name = _join_han(name)
    if not name or not any(unicodedata.category(char)[0] != "P" for char in name.replace(_MIDDLE_DOT, "")):
        refuse("name_shape", "姓名不能为空", pointer)
    if len(name) > NAME_MAX:
        refuse("name_shape", f"姓名最多{NAME_MAX}个字符", pointer)
    if name[0] == _MIDDLE_DOT or name[-1] == _MIDDLE_DOT or _MIDDLE_DOT * 2 in name:
        refuse("name_shape", "间隔号只能在姓名中间且不能连用", pointer)
    return name


def _join_han(name: str) -> str:
    """Drop spaces that touch a Han character, and read a full stop between two of them as the separator."""
    kept: list[str] = []
    for index, char in enumerate(name):
        before = name[index - 1] if index else ""
        after = name[index + 1] if index + 1 < len(name) else ""
        if char == " " and any(c and (_is_han(c) or c == _MIDDLE_DOT) for c in (before, after)):
            continue
        stop = char == "." and bool(before) and bool(after) and _is_han(before) and _is_han(after)
        kept.append(_MIDDLE_DOT if stop else char)
    return "".join(kept)


def _is_name_character(char: str) -> bool:
    if char in " .'-\u2019\u00b7\u0f0b":  # the last is the Tibetan syllable mark
        return True
    if char in _BLANK_LETTERS or 0xFE00 <= ord(char) <= 0xFE0F or 0xE0100 <= ord(char) <= 0xE01EF:
        return False
    return unicodedata.category(char)[0] in "LM" or _is_han(char)


def _is_han(char: str) -> bool:
    code = ord(char)
    if char == "\u3007" or any(low <= code <= high for low, high in _NEW_HAN):
        return True
    return unicodedata.name(char, "").startswith("CJK ")


def _why_not(char: str) -> str:
    kind = unicodedata.category(char)
    reasons = {
        "Cc": "控制字符",
        "Cf": "不可见字符",
        "Co": "自定义字符,请改用GB 18030-2022标准字",
        "Cs": "残缺字符",
    }
    if char in _BLANK_LETTERS or kind == "Mn":
        return "不可见字符"
    return reasons.get(kind, "数字或符号")
