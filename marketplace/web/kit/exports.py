"""A list as a file: the same address with ``format=csv`` or ``format=xlsx``, the same filters, the same masks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, request, stream_with_context
from sqlalchemy import Select
from sqlalchemy.orm import Session

from marketplace.core.errors import TooLarge
from marketplace.core.http.attachments import file_response
from marketplace.core.sheets.export import Value, csv_parts, write_csv, write_xlsx
from marketplace.core.sheets.stream import stream_xlsx

FORMATS: Final = ("csv", "xlsx")
PARAMETER: Final = "format"
MOST: Final = 10_000
"""Rows of one file; more are exported with a second person's approval (`accounts.service.exports`)."""

_PART: Final = 256 * 1_024
"""Bytes of a file that are sent at once."""


def wanted_format() -> str | None:
    """The format in which this request wants its list as a file; None for a page."""
    asked = request.args.get(PARAMETER)
    return asked if asked in FORMATS else None


def file_links(path: str, **asked: Any) -> list[tuple[str, str]]:
    """The files of a list for `parts.tools`: name and address of each, with what was `asked` of the list."""
    named = {name: value for name, value in asked.items() if value is not None}
    return [(one.upper(), f"{path}?{urlencode(named | {PARAMETER: one})}") for one in FORMATS]


def all_rows(session: Session, statement: Select[*tuple[Any, ...]]) -> Sequence[Any]:
    """Every row of a list, for a file. TooLarge (``list_too_long``) beyond MOST."""
    rows = session.execute(statement.limit(MOST + 1)).all()
    if len(rows) > MOST:
        raise TooLarge("list_too_long", f"超过{MOST:,}条,请先缩小范围再导出", most=MOST)
    return rows


def streamed_csv(name: str, headings: Sequence[str], pages: Iterable[Sequence[Sequence[Value]]]) -> Response:
    """Any number of rows as CSV, sent page by page as they are read; what fails on the way breaks the answer off."""
    return file_response("csv", stream_with_context(csv_parts(headings, pages)), name)


def streamed_xlsx(
    name: str,
    headings: Sequence[str],
    pages: Iterable[Iterable[Sequence[Value]]],
    *,
    widths: Sequence[int] = (),
) -> Response:
    """Rows of one sheet, at most `SHEET_ROWS`, as XLSX: written into a file as they are read, then sent; memory does not grow.

    Nothing is sent before the last row is written, which takes a minute or two for a million; the caller has counted them. No
    transaction is open meanwhile but those of `pages`.
    """
    rows = chain.from_iterable(pages)
    return file_response("xlsx", stream_with_context(_workbook(headings, rows, widths)), name)


def _workbook(
    headings: Sequence[str], rows: Iterable[Sequence[Value]], widths: Sequence[int]
) -> Iterator[bytes]:
    with TemporaryDirectory(prefix="sanzhuan-list-") as folder:
        file = Path(folder) / "list.xlsx"
        stream_xlsx(file, headings, rows, widths=widths)
        with file.open("rb") as written:
            while part := written.read(_PART):
                yield part


def list_file(name: str, headings: Sequence[str], rows: Sequence[Sequence[Value]]) -> Response:
    """The rows as the file that this request wants, called `name`."""
    wanted = wanted_format() or FORMATS[0]
    body = write_csv(headings, rows) if wanted == "csv" else write_xlsx(headings, rows)
    return file_response(wanted, body, name)
