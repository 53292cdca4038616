"""What goes before the rows of a batch: who sends it, which one it is, and what it must come to."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from marketplace.core.errors import Invalid, TooLarge
from marketplace.core.sheets.delimited import decode, read_delimited
from marketplace.core.sheets.limits import DEFAULT_LIMITS
from marketplace.intake.rules.shapes import Adapter
from marketplace.intake.rules.tables import MOST_ABOVE, table_records

FORMATS: Final = ("jsonl", "csv")
TABLE: Final = "table"  # rows of a sheet that a person uploaded, by their numbers in it
MOST_ROWS: Final = 20_000
MOST_BYTES: Final = 32 * 1024 * 1024  # of the rows, unpacked
MOST_LINE_BYTES: Final = 64 * 1024  # no till says more of one sale
MOST_COLUMNS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The sender's own figures: of the rows as they are before packing, and Σ of the amounts of its sale rows in fen."""

    channel: str  # the channel's code
    device: str
    sequence: int
    format: str
    rows: int
    sha256: str
    total_fen: int


def unpacked(body: bytes) -> bytes:
    """The rows, out of gzip if they are packed. TooLarge (``batch_too_large``) beyond MOST_BYTES; Invalid (``gzip``)."""
    if not _is_packed(body):
        if len(body) > MOST_BYTES:
            raise _too_large()
        return body
    reader = zlib.decompressobj(wbits=31)
    try:
        content = reader.decompress(body, MOST_BYTES)
    except zlib.error as error:
        raise Invalid("gzip", "压缩内容已损坏", pointer="/body") from error
    if reader.unconsumed_tail:
        raise _too_large()
    if not reader.eof or reader.unused_data:
        raise Invalid("gzip", "压缩内容不完整", pointer="/body")
    return content


def packed(body: bytes, content: bytes) -> bytes:
    """What is kept of a body whose rows `unpacked` gave as `content`: as it was packed when it came, or packed by us.

    A gzip that says more than the rows (the name of a file, a remark: the flags of RFC 1952, 2.3.1) is packed anew: nobody has
    read what stands there, and it may be a person's.
    """
    says_only_rows = _is_packed(body) and body[3] == 0
    return body if says_only_rows else zlib.compress(content, 6)


def kept_content(kept: bytes) -> bytes:
    """The rows out of what `packed` gave: by a sender's gzip or by our zlib."""
    return zlib.decompress(kept, wbits=47)


def _is_packed(body: bytes) -> bool:
    return body.startswith(b"\x1f\x8b")


def _too_large() -> TooLarge:
    return TooLarge("batch_too_large", f"一批至多 {MOST_BYTES // 1024 // 1024} MB、{MOST_ROWS} 行")


def records(
    content: bytes, form: str, adapter: Adapter | None = None
) -> Iterator[tuple[int, Mapping[str, str | None]]]:
    """(number, column → text) of each row; numbers count from 1, those of an uploaded table are the table's own.

    Invalid (``row_shape``) where a row is no record at all: then the batch is none, and nothing of it is taken.
    """
    if form == TABLE:
        yield from ((number, record) for number, record in map(orjson.loads, content.split(b"\n")))
    elif form == "jsonl":
        yield from _json_lines(content)
    elif adapter is None or adapter.layout.is_strict:
        yield from _csv_lines(content)
    else:
        rows = table_records(read_delimited(content, DEFAULT_LIMITS, titled=MOST_ABOVE), adapter)
        yield from ((number, record) for number, (_, record) in enumerate(rows, 1))


def table_lines(rows: Iterable[tuple[int, Mapping[str, str | None]]]) -> bytes:
    """Rows of an uploaded table as they are kept: a line each, in the form TABLE."""
    return b"\n".join(orjson.dumps([number, record]) for number, record in rows)


def _json_lines(content: bytes) -> Iterator[tuple[int, Mapping[str, str | None]]]:
    lines = (
        line for line in io.BytesIO(content) if line.strip()
    )  # one by one: ten million of them are not kept
    for number, line in enumerate(lines, 1):
        if len(line) > MOST_LINE_BYTES:
            raise _no_record(number)
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise _no_record(number) from error
        if not isinstance(found, dict):
            raise _no_record(number)
        yield (
            number,
            {
                name: value if value is None or isinstance(value, str) else _text(value, number)
                for name, value in found.items()
            },
        )


def _text(value: Any, number: int) -> str:
    """Numbers come as text or as whole numbers; a float has lost what it said."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise _no_record(number)
    return str(value)


def _csv_lines(content: bytes) -> Iterator[tuple[int, Mapping[str, str | None]]]:
    _check_one_encoding(content)
    csv.field_size_limit(MOST_LINE_BYTES)
    reader = csv.reader(io.StringIO(decode(content), newline=""), strict=True)
    try:
        header = next(reader, [])
        if len(set(header)) != len(header) or len(header) > MOST_COLUMNS:
            raise _no_record(0)
        for number, row in enumerate(reader, 1):
            if len(row) != len(header):
                raise _no_record(number)
            yield number, {name: cell or None for name, cell in zip(header, row, strict=True)}
    except csv.Error as error:
        raise _no_record(reader.line_num) from error


def _check_one_encoding(content: bytes) -> None:
    """Invalid (``batch_encoding``) when some lines are UTF-8 and others are not: read as GB18030 they would be other words."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        for number, line in enumerate(io.BytesIO(content), 1):
            if not line.isascii() and _is_utf8(line):
                raise Invalid(
                    "batch_encoding", f"第 {number} 行与其他行编码不同", pointer=f"/rows/{number}"
                ) from None


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _no_record(number: int) -> Invalid:
    return Invalid("row_shape", f"第 {number} 行不是一条记录", pointer=f"/rows/{number}")
