"""A streaming pass over the parts of an XLSX file, before any reader that builds tables sees it.

Finds what must not be there (formulas, error values, macros, links to elsewhere, entities) and how large the sheets
really are, and writes the few parts that a table needs into a fresh archive, so that the reader behind sees the very
bytes that were checked and nothing else.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import BinaryIO, Final
from xml.sax import SAXException

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from marketplace.core.sheets.archive import Archive
from marketplace.core.sheets.limits import Limits
from marketplace.core.sheets.problems import refusal
from marketplace.core.sheets.references import column_letters, position

BOOK_PART: Final = "xl/workbook.xml"
SHEET_PART: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
KEPT: Final = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|xl/workbook\.xml|xl/_rels/workbook\.xml\.rels"
    r"|xl/sharedStrings\.xml|xl/styles\.xml|xl/worksheets/[^/]+\.xml"
)
"""The parts that a table needs; the rest (themes, drawings, properties) is checked and left behind."""
MACRO_PART: Final = re.compile(r"(?i).*(?:vbaproject|macrosheets/|activex/|ctrlprops/)")
LINK_PART: Final = re.compile(r"(?i)xl/(?:externallinks/|connections\.xml|querytables/|embeddings/)")
RANGE_REFERENCE: Final = re.compile(r"([A-Z]{1,3}[1-9][0-9]{0,6})(?::([A-Z]{1,3}[1-9][0-9]{0,6}))?")
MAX_FINDINGS: Final = 20
MAX_TOKEN: Final = 4 * 2**20
PLACEHOLDER: Final = "A1"
"""Some writers declare this dimension whatever follows; it says nothing, so it is no lie."""


def copy_checked(file: BinaryIO, target: BinaryIO, limits: Limits) -> None:
    """Check the workbook in ``file`` and write its table parts, unpacked, into ``target`` as a zip file.

    :raises Invalid: with code ``sheet_…`` when the workbook is not one that can be imported.
    """
    archive = Archive(file, limits)
    names = {entry.filename for entry in archive.entries}
    if BOOK_PART not in names or "[Content_Types].xml" not in names:
        raise refusal("file_kind")
    if any(MACRO_PART.match(name) for name in names):
        raise refusal("macros")
    if any(LINK_PART.match(name) for name in names):
        raise refusal("external_links")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as clean:
        for entry in archive.entries:
            chunks = archive.unpack(entry)
            if entry.filename.endswith((".xml", ".rels")):
                chunks = _checked(entry.filename, chunks, limits)
            if KEPT.fullmatch(entry.filename):
                with clean.open(entry.filename, "w") as part:
                    for chunk in chunks:
                        part.write(chunk)
            else:
                for _ in chunks:
                    pass


def _checked(name: str, chunks: Iterator[bytes], limits: Limits) -> Iterator[bytes]:
    """Feed a part through its parser on the way."""
    parser = _parser_of(name, limits)
    is_first = True
    try:
        for chunk in chunks:
            if is_first and not chunk.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
                raise refusal("xml_broken")
            is_first = False
            parser.take(chunk)
            yield chunk
        parser.close()
    except DefusedXmlException:
        raise refusal("xml_forbidden") from None
    except SAXException:
        raise refusal("xml_broken") from None
    parser.verdict()


def _parser_of(name: str, limits: Limits) -> PartParser:
    if SHEET_PART.fullmatch(name):
        return SheetParser(limits)
    return BookParser(limits) if name == BOOK_PART else PartParser()


class PartParser(DefusedExpatParser):  # type: ignore[misc]  # defusedxml is untyped
    """Any XML part: no document type, no entities, UTF-8 only, no link to elsewhere, no macro type."""

    def __init__(self) -> None:
        self._fed = 0
        super().__init__(forbid_dtd=True)

    def reset(self) -> None:
        """Put plain expat handlers in place of the SAX events: a sheet has millions of elements."""
        super().reset()
        self._parser.XmlDeclHandler = self._declaration
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = None
        self._parser.CharacterDataHandler = None

    def take(self, chunk: bytes) -> None:
        """Feed a chunk; a single element or text of megabytes would grow in expat's buffer and is refused."""
        self.feed(chunk)
        self._fed += len(chunk)
        if self._fed - self._parser.CurrentByteIndex > MAX_TOKEN:
            raise refusal("xml_broken")

    def verdict(self) -> None:
        """Raise what was found once the part is read."""

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in {"utf-8", "utf8", "us-ascii"}:
            raise refusal("xml_broken")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "Relationship" and attributes.get("TargetMode") == "External":
            if not attributes.get("Type", "").endswith("/hyperlink"):
                raise refusal("external_links")
        elif local in {"Override", "Default"} and "macro" in attributes.get("ContentType", "").lower():
            raise refusal("macros")
        elif local == "sheetData":
            raise refusal("xml_broken")  # a table hidden in another kind of part


class BookParser(PartParser):
    """The list of sheets: names those that people do not see, where that is forbidden."""

    def __init__(self, limits: Limits):
        self._limits = limits
        self._hidden: list[str] = []
        super().__init__()

    def verdict(self) -> None:
        """Raise for hidden sheets where they are forbidden."""
        if self._hidden and not self._limits.hidden:
            raise refusal("hidden_sheets", *self._hidden)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        super()._start(name, attributes)
        if name.rpartition(":")[2] == "sheet" and attributes.get("state", "visible") != "visible":
            self._hidden.append(attributes.get("name", "")[:40])


class SheetParser(PartParser):
    """A worksheet: counts its rows and cells where they really are, and names formulas and error values."""

    def __init__(self, limits: Limits):
        self._limits = limits
        self._row = 0
        self._column = 0
        self._row_elements = 0
        self._last_row = 0
        self._last_column = 0
        self._declared: tuple[int, int] | None = None
        self._cell = ""
        self._formulas: list[str] = []
        self._errors: list[str] = []
        self._merged: list[str] = []
        super().__init__()

    def verdict(self) -> None:
        """Raise for formulas, error values, forbidden merges, or a rectangle larger than accepted or other than declared."""
        if self._formulas:
            raise refusal("formulas", *self._formulas)
        if self._errors:
            raise refusal("error_cells", *self._errors)
        if self._merged and not self._limits.merged:
            raise refusal("merged_cells", *self._merged)
        if self._declared and (self._last_row > self._declared[0] or self._last_column > self._declared[1]):
            raise refusal("dimension_lie")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name if ":" not in name else name.rpartition(":")[2]
        if local == "c":
            self._start_cell(attributes)
        elif local == "row":
            self._start_row(attributes)
        elif local == "f":
            if len(self._formulas) < MAX_FINDINGS:
                self._formulas.append(self._cell)
        elif local == "mergeCell":
            if len(self._merged) < MAX_FINDINGS:
                self._merged.append(attributes.get("ref", "")[:20])
        elif local == "dimension":
            self._dimension(attributes.get("ref", PLACEHOLDER))

    def _dimension(self, reference: str) -> None:
        match = RANGE_REFERENCE.fullmatch(reference)
        if match is None:
            raise refusal("cell_reference", reference[:40])
        if reference != PLACEHOLDER:
            self._declared = position(match[2] or match[1])
            self._within(*self._declared)

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        self._row_elements += 1
        if number is None:
            self._row += 1
        elif number.isascii() and number.isdigit() and len(number) <= 7 and int(number) > self._row:
            self._row = int(number)
        else:
            raise refusal("cell_reference", f"第{number[:20]}行")
        self._column = 0
        if self._row_elements > self._limits.rows + 1:
            raise refusal("too_many_rows")

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            row, column = self._row, self._column + 1
            self._cell = f"{column_letters(column)}{row}"
        else:
            row, column = position(reference)
            self._cell = reference
        if row != self._row or column <= self._column:
            raise refusal("cell_reference", self._cell)
        self._column = column
        if row > self._last_row or column > self._last_column:
            self._last_row = max(self._last_row, row)
            self._last_column = max(self._last_column, column)
            self._within(self._last_row, self._last_column)
        if attributes.get("t") == "e" and len(self._errors) < MAX_FINDINGS:
            self._errors.append(self._cell)

    def _within(self, rows: int, columns: int) -> None:
        """One row more than the limit, for the header."""
        if rows > self._limits.rows + 1:
            raise refusal("too_many_rows")
        if columns > self._limits.columns:
            raise refusal("too_many_columns")
        if rows * columns > self._limits.cells:
            raise refusal("too_many_cells")
