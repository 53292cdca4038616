"""CSV and TSV: encoding and delimiter by content, refused when in doubt."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Final

from marketplace.core.sheets.limits import Limits
from marketplace.core.sheets.problems import refusal

DELIMITERS: Final = (",", "\t", ";")
# A GB18030 decoder turns almost any bytes into something; private-use characters, controls and the replacement
# character are the mark of another encoding.
NOT_TEXT: Final = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]")


def read_delimited(data: bytes, limits: Limits, *, titled: int = 0) -> Iterator[tuple[int, list[str | None]]]:
    """Rows that are not blank, with their 1-based number; a blank cell is None. So many lines of titles may stand above.

    A row that contains line breaks counts as one, as in a spreadsheet.

    :raises Invalid: ``sheet_encoding…``, ``sheet_nul_byte``, ``sheet_csv_…``, ``sheet_too_many_…``.
    """
    text = decode(data)
    csv.field_size_limit(limits.field_characters)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, titled + 1), strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, start=1):
            if number > limits.rows + 1:
                raise refusal("too_many_rows")
            if len(row) > limits.columns:
                raise refusal("too_many_columns")
            cells = [cell if cell.strip() else None for cell in row]
            while cells and cells[-1] is None:
                cells.pop()
            if cells:
                yield number, cells
    except csv.Error as error:
        code = "csv_field" if "field limit" in str(error) else "csv_quote"
        raise refusal(code, f"第{number + 1}行") from None


def decode(data: bytes) -> str:
    """UTF-8 (with or without mark), else GB18030, else a refusal.

    What is valid UTF-8 is UTF-8, and a stray control character in it is for its column to name.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refusal("encoding_utf16")
    if b"\0" in data:
        raise refusal("nul_byte")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        raise refusal("encoding") from None
    if NOT_TEXT.search(text):
        raise refusal("encoding")
    return text


def _delimiter(text: str, lines: int) -> str:
    """The one that the first lines have most of, outside quotes."""
    head = "\n".join(re.sub(r'"[^"]*"', "", text[:10_000]).split("\n", lines)[:lines])
    return max(DELIMITERS, key=head.count)
