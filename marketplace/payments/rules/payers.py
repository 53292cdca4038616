"""Names of who paid, and remittance codes in what they wrote, as they can be compared. Pure.

A bank prints a name with full-width brackets or spaces; a person copies a code with an O for a 0. Neither changes whose it is.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from marketplace.core.ids import READABLE

# Crockford: what the alphabet leaves out is read as what it looks like.
_LOOKS_LIKE: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_NOT_OF_A_CODE: Final = re.compile(r"[\s\-_.·]")
# Overlapping on purpose: in DD7K2M… either D may begin it, and only one of them exists.
_CODE: Final = re.compile(rf"(?=([DC][{READABLE}]{{12}}))")
_BRACKETS: Final = str.maketrans({"(": "（", ")": "）"})
MOST_CODES: Final = 20


def payer_key(name: str) -> str:
    """The form in which names are compared: NFKC, no spaces, Latin letters upper case."""
    return "".join(unicodedata.normalize("NFKC", name).split()).upper()


def payer_variants(name: str) -> frozenset[str]:
    """How an organisation of this name may be written in a register: as given, in NFKC, with Chinese brackets."""
    plain = " ".join(unicodedata.normalize("NFKC", name).split())
    tight = plain.replace(" ", "")
    return frozenset({name, plain, tight, plain.translate(_BRACKETS), tight.translate(_BRACKETS)} - {""})


def codes_in(memo: str) -> tuple[str, ...]:
    """Whatever could be the number of an order (D…) or checkout (C…), in order of appearance, each once."""
    text = _NOT_OF_A_CODE.sub("", unicodedata.normalize("NFKC", memo)).upper().translate(_LOOKS_LIKE)
    return tuple(dict.fromkeys(_CODE.findall(text)))[:MOST_CODES]


def nearly_in(memo: str, number: str, wrong: int = 2) -> bool:
    """Whether the memo has the number with at most so many characters miswritten."""
    text = _NOT_OF_A_CODE.sub("", unicodedata.normalize("NFKC", memo)).upper().translate(_LOOKS_LIKE)
    size = len(number)
    return any(
        sum(a != b for a, b in zip(text[start : start + size], number, strict=True)) <= wrong
        for start in range(len(text) - size + 1)
    )
