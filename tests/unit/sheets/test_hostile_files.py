"""Files made to hurt: each is refused as a whole, with a code that says why, in the calling process's memory."""

import io
import resource
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.core.errors import Invalid
from marketplace.core.sheets.limits import DEFAULT_LIMITS, Limits
from marketplace.core.sheets.problems import REFUSALS
from marketplace.core.sheets.reader import SheetRow, read_rows

Workbook = Callable[..., bytes]
SMALL = replace(DEFAULT_LIMITS, rows=100, columns=20)


def refused(data: bytes, limits: Limits = DEFAULT_LIMITS) -> str:
    """The code of the refusal without its prefix."""
    with pytest.raises(Invalid) as caught:
        read_rows(data, limits=limits)
    code = caught.value.code.removeprefix("sheet_")
    assert code in REFUSALS
    return code


def outcome(data: bytes) -> str:
    """``read``, or the code of the refusal; anything else that is raised fails the test."""
    try:
        read_rows(data, limits=SMALL)
    except Invalid as error:
        return error.code.removeprefix("sheet_")
    return "read"


def cell(reference: str, text: str = "x") -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def zip_of(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_an_honest_workbook_is_read(workbook: Workbook) -> None:
    assert read_rows(workbook()) == [SheetRow(1, ("品名",))]


def test_one_cell_in_the_last_corner_is_refused(workbook: Workbook) -> None:
    rows = f'<row r="1">{cell("A1")}</row><row r="1048576">{cell("XFD1048576")}</row>'
    assert refused(workbook(rows)) == "too_many_rows"
    assert refused(workbook(f'<row r="1">{cell("A1")}{cell("XFD1")}</row>')) == "too_many_columns"


def test_a_declared_dimension_in_the_last_corner_is_refused(workbook: Workbook) -> None:
    assert refused(workbook(dimension='<dimension ref="A1:XFD1048576"/>')) == "too_many_rows"


def test_a_dimension_smaller_than_the_cells_is_a_lie(workbook: Workbook) -> None:
    rows = f'<row r="1">{cell("A1")}</row><row r="2">{cell("A2")}{cell("B2")}</row>'
    assert refused(workbook(rows, dimension='<dimension ref="A1:A2"/>')) == "dimension_lie"
    assert len(read_rows(workbook(rows, dimension='<dimension ref="A1"/>'))) == 2


def test_a_thin_rectangle_that_is_too_large_in_total_is_refused(workbook: Workbook) -> None:
    rows = f'<row r="1">{cell("GR1")}</row><row r="200000">{cell("A200000")}</row>'
    assert refused(workbook(rows)) == "too_many_cells"


def test_a_million_rows_are_refused_before_they_are_all_read(workbook: Workbook) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 1_000_001))
    data = workbook(rows)
    tracemalloc.start()
    assert refused(data) == "too_many_rows"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 * 2**20


def test_a_million_empty_row_elements_are_refused(workbook: Workbook) -> None:
    assert refused(workbook("<row/>" * 1_000_000), replace(DEFAULT_LIMITS, ratio=10_000)) == "too_many_rows"


def test_every_formula_is_named_by_its_cell(workbook: Workbook) -> None:
    rows = '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><v>2</v></c><c r="C1"><f>HYPERLINK("x")</f></c></row>'
    with pytest.raises(Invalid) as caught:
        read_rows(workbook(rows))
    assert caught.value.code == "sheet_formulas"
    assert caught.value.extra["places"] == ["A1", "C1"]


def test_a_formula_behind_a_namespace_prefix_is_found(workbook: Workbook) -> None:
    sheet = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
        '<x:row r="1"><x:c r="A1"><x:f>1+1</x:f><x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    assert refused(workbook(sheet=sheet)) == "formulas"


def test_error_values_are_named_by_their_cell(workbook: Workbook) -> None:
    assert refused(workbook('<row r="1"><c r="A1" t="e"><v>#N/A</v></c></row>')) == "error_cells"


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="2"><c r="A2"/></row><row r="1"><c r="A1"/></row>',
        '<row r="1"><c r="B1"/><c r="A1"/></row>',
        '<row r="1"><c r="A2"/></row>',
        '<row r="1"><c r="a1"/></row>',
        '<row r="１"><c r="A1"/></row>',
        '<row r="-1"/>',
        '<row r="1"><c r="ZZZZ1"/></row>',
        '<row r="99999999"/>',
    ],
)
def test_cells_out_of_place_are_refused(workbook: Workbook, rows: str) -> None:
    assert refused(workbook(rows)) == "cell_reference"


def test_macros_are_refused_by_part_and_by_type(workbook: Workbook) -> None:
    types = workbook(
        replace={"[Content_Types].xml": '<Types><Override ContentType="x.macroEnabled.main+xml"/></Types>'}
    )
    assert refused(workbook(replace={"xl/vbaProject.bin": b"x"})) == "macros"
    assert refused(workbook(replace={"xl/macrosheets/sheet1.xml": "<a/>"})) == "macros"
    assert refused(types) == "macros"


def test_links_to_elsewhere_are_refused_but_plain_hyperlinks_are_not(workbook: Workbook) -> None:
    link = '<Relationships><Relationship TargetMode="External" Type="http://x/{}" Target="http://x/"/></Relationships>'
    part = "xl/worksheets/_rels/sheet1.xml.rels"
    assert refused(workbook(replace={"xl/externalLinks/externalLink1.xml": "<a/>"})) == "external_links"
    assert refused(workbook(replace={"xl/connections.xml": "<a/>"})) == "external_links"
    assert refused(workbook(replace={part: link.format("oleObject")})) == "external_links"
    assert len(read_rows(workbook(replace={part: link.format("hyperlink")}))) == 1


def test_entities_and_document_types_are_refused(workbook: Workbook) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><worksheet>&c;</worksheet>'
    assert refused(workbook(sheet=bomb)) == "xml_forbidden"
    assert (
        refused(workbook(replace={"docProps/core.xml": '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'}))
        == "xml_forbidden"
    )


def test_xml_that_is_broken_or_not_utf8_is_refused(workbook: Workbook) -> None:
    assert refused(workbook(sheet="<worksheet><sheetData></worksheet>")) == "xml_broken"
    assert refused(workbook(sheet="no xml")) == "xml_broken"
    assert refused(workbook(replace={"xl/worksheets/sheet1.xml": "<a/>".encode("utf-16")})) == "xml_broken"
    assert refused(workbook(sheet='<?xml version="1.0" encoding="gb2312"?><a/>')) == "xml_broken"
    assert (
        refused(workbook(replace={"xl/styles.xml": "<styleSheet><sheetData/></styleSheet>"})) == "xml_broken"
    )


def test_a_single_giant_element_is_refused(workbook: Workbook) -> None:
    limits = replace(DEFAULT_LIMITS, ratio=10_000)
    assert refused(workbook(sheet=f'<worksheet a="{"x" * 10_000_000}"/>'), limits) == "xml_broken"


def test_fifty_megabytes_of_one_byte_are_refused_by_their_ratio(workbook: Workbook) -> None:
    data = workbook(replace={"xl/media/image1.png": b"0" * 50_000_000})
    assert len(data) < 100_000
    assert refused(data) == "archive_ratio"


def test_more_than_the_unpacked_limit_is_refused(workbook: Workbook) -> None:
    limits = replace(DEFAULT_LIMITS, unpacked_bytes=10_000)
    assert refused(workbook(replace={"xl/media/a.bin": b"0" * 10_000}), limits) == "archive_unpacked"


def test_an_entry_that_unpacks_to_more_than_declared_is_refused(workbook: Workbook) -> None:
    data = bytearray(workbook(replace={"xl/media/a.png": b"0" * 500_000}))
    declared = struct.pack("<L", 500_000)
    at = data.rfind(declared)
    data[at : at + 4] = struct.pack("<L", 100)
    assert refused(bytes(data)) == "archive_size_lie"


def test_an_entry_whose_checksum_is_wrong_is_refused() -> None:
    data = bytearray(zip_of({"[Content_Types].xml": b"<a/>", "xl/workbook.xml": b"<b/>"}, zipfile.ZIP_STORED))
    at = data.find(b"<b/>")
    data[at : at + 4] = b"<c/>"
    assert refused(bytes(data)) == "archive_broken"


def test_too_many_entries_are_refused_without_listing_them() -> None:
    assert refused(zip_of({f"{n}.xml": b"" for n in range(1_001)})) == "archive_entries"


def test_names_that_lead_out_or_repeat_are_refused() -> None:
    parts = {"[Content_Types].xml": b"<a/>", "xl/workbook.xml": b"<a/>"}
    for name in ("../x.xml", "/etc/x.xml", "xl\\x.xml", "XL/WORKBOOK.XML"):
        assert refused(zip_of({**parts, name: b"<a/>"})) == "archive_name"


def test_overlapping_entries_are_refused(workbook: Workbook) -> None:
    data = bytearray(zip_of({"[Content_Types].xml": b"<a/>", "xl/workbook.xml": b"<a/>"}))
    directory = data.rfind(b"PK\x01\x02")
    data[directory + 42 : directory + 46] = struct.pack("<L", 1)
    assert refused(bytes(data)) == "archive_overlap"


def test_an_encrypted_entry_is_refused(workbook: Workbook) -> None:
    data = bytearray(workbook())
    directory = data.find(b"PK\x01\x02")
    data[directory + 8] |= 1
    assert refused(bytes(data)) == "archive_encrypted"


def test_old_excel_encrypted_excel_and_other_zips_are_told_apart() -> None:
    assert refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600) == "file_old_excel"
    assert refused(zip_of({"word/document.xml": b"<a/>"})) == "file_kind"
    assert refused(b"") == "file_empty"
    assert refused(b"a" * 101, replace(DEFAULT_LIMITS, file_bytes=100)) == "file_too_large"


def test_a_workbook_cut_anywhere_is_refused(workbook: Workbook) -> None:
    data = workbook()
    for size in range(4, len(data), 97):
        assert refused(data[:size]) == "archive_broken"


def test_two_sheets_with_data_need_a_name(workbook: Workbook) -> None:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet("甲").write_string(0, 0, "a")
        book.add_worksheet("乙").write_string(0, 0, "b")
        book.add_worksheet("空")
    assert refused(out.getvalue()) == "several_sheets"
    assert read_rows(out.getvalue(), "乙") == [SheetRow(1, ("b",))]
    with pytest.raises(Invalid, match="sheet_sheet_missing"):
        read_rows(out.getvalue(), "丙")
    with pytest.raises(Invalid, match="sheet_sheet_missing"):
        read_rows(out.getvalue(), "a\0b")


def test_the_reader_dies_alone_when_it_needs_too_much_memory(workbook: Workbook) -> None:
    limits = replace(DEFAULT_LIMITS, reader_memory_bytes=96 * 2**20)
    rows = f'<row r="1">{cell("A1")}</row><row r="25000">{cell("GR25000")}</row>'
    before = resource.getrlimit(resource.RLIMIT_AS)
    assert refused(workbook(rows), limits) == "reader_limits"
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_the_reader_is_stopped_when_it_takes_too_long(workbook: Workbook) -> None:
    assert refused(workbook(), replace(DEFAULT_LIMITS, reader_seconds=0)) == "reader_limits"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("名称\n甲".encode("utf-16"), "encoding_utf16"),
        ("名称\n甲".encode("utf-16-le"), "nul_byte"),
        (b"a,b\n1,\x00", "nul_byte"),
        (b"name\n\xff\xff\xff", "encoding"),
        (b"name\n\x81", "encoding"),
        (b"name\n\x85\x01", "encoding"),
        (b'a\n"open', "csv_quote"),
        (b'a\n"x"y\n', "csv_quote"),
        (b"a\n" + b"x" * 40_000, "csv_field"),
        (b"a," * 201, "too_many_columns"),
    ],
)
def test_text_files_that_cannot_be_trusted_are_refused(data: bytes, code: str) -> None:
    assert refused(data) == code


def test_a_text_file_with_too_many_rows_is_refused() -> None:
    assert refused(b"a\n" * 102, SMALL) == "too_many_rows"
    assert len(read_rows(b"a\n" * 101, limits=SMALL)) == 101


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_files_are_read_in_the_encodings_and_delimiters_of_offices(
    encoding: str, delimiter: str
) -> None:
    text = (
        delimiter.join(["名称", "规格"]) + "\r\n" + delimiter.join(["金柚", '"5斤\n装"']) + "\r\n\r\n𠮷\r\n"
    )
    rows = read_rows(text.encode(encoding))
    assert rows == [SheetRow(1, ("名称", "规格")), SheetRow(2, ("金柚", "5斤\n装")), SheetRow(4, ("𠮷",))]


@given(st.binary(max_size=400))
def test_no_bytes_make_the_reader_crash(data: bytes) -> None:
    assert outcome(data) in {"read", *REFUSALS}


@settings(max_examples=60, deadline=None)
@given(at=st.integers(min_value=0), byte=st.integers(min_value=0, max_value=255))
def test_no_changed_byte_of_a_workbook_makes_the_reader_crash(at: int, byte: int) -> None:
    data = bytearray(HONEST)
    data[at % len(data)] = byte
    assert outcome(bytes(data)) in {"read", *REFUSALS}


def _honest() -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet("产品").write_row(0, 0, ["名称", 12.5])
    return out.getvalue()


HONEST = _honest()
