"""Names of cells as spreadsheets write them: B7, AB12."""

from __future__ import annotations

import re
from typing import Final

from marketplace.core.sheets.problems import refusal

CELL_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


def position(reference: str) -> tuple[int, int]:
    """(row, column), both from 1, of a reference such as B7."""
    match = CELL_REFERENCE.fullmatch(reference)
    if match is None:
        raise refusal("cell_reference", reference[:40])
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]), column


def column_letters(column: int) -> str:
    """Letters of a column from 1: 28 → AB."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
