"""Papers: nothing vanishes, nothing is a command, and the same data are the same bytes wherever they are set."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pypdf
import pytest
import typst

from marketplace.core.clock import shanghai
from marketplace.core.documents import render
from marketplace.core.documents.font import code_of, covered, missing_from

DATED = shanghai(2020, 9, 28, 9)
PLAIN = """#let data = json(bytes(sys.inputs.data))
#set text(font: data.font, fallback: false, cjk-latin-spacing: none)
#data.text
#data.missing.join(" ")
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "plain.typ"
    path.write_text(PLAIN, encoding="utf-8")
    return path


def text_of(content: bytes) -> str:
    """All text of a PDF without blanks and line ends."""
    return "".join(
        "".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(content)).pages
    )


def test_the_font_has_the_characters_of_names_and_those_outside_the_basic_plane() -> None:
    assert missing_from(["喆堃玥珺瑄昇赟翀祎玙", "𠙶", "〔2020〕①—…", "Crème"]) == ()
    assert len(covered()) == 9_414


def test_every_character_of_the_font_can_be_read_back_from_a_paper(template: Path) -> None:
    # U+00AD and joiners are instructions to the typesetter, not characters that anybody reads.
    unseen = {"\u00ad", *map(chr, range(0x2000, 0x2010)), *map(chr, range(0x2028, 0x2030)), "\u2060"}
    wanted = sorted(one for one in covered() - unseen if not one.isspace())
    paper = render(template, {"text": " ".join(wanted)}, dated=DATED)
    assert paper.missing == ()
    # Five have the very shape of another sign and are read as that one where both stand in a paper.
    twins = set(wanted) - set(text_of(paper.content))
    assert twins == set("‑–‧｀～")
    assert twins - set(text_of(render(template, {"text": " ".join(twins)}, dated=DATED).content)) == set()


def test_a_character_that_the_font_lacks_is_printed_as_its_code_and_reported(template: Path) -> None:
    assert code_of("\U00020000") == "[U+20000]"
    paper = render(template, {"text": "\U00020000记米业😀\U00020000"}, dated=DATED)
    assert paper.missing == ("[U+1F600]", "[U+20000]")
    assert text_of(paper.content) == "[U+20000]记米业[U+1F600][U+20000][U+1F600][U+20000]"


def test_what_somebody_typed_is_never_a_command(template: Path) -> None:
    typed = '#panic("x")$*_`=\\@<a>//[b]#read("/etc/passwd")'
    assert text_of(render(template, {"text": typed}, dated=DATED).content) == typed


def test_the_same_data_are_the_same_bytes_in_another_process(template: Path) -> None:
    program = (
        "import sys; from datetime import datetime; from pathlib import Path;"
        "from marketplace.core.documents import render;"
        "print(render(Path(sys.argv[1]), {'text': '百香果', 'b': 1, 'a': 2},"
        " dated=datetime.fromisoformat(sys.argv[2])).sha256.hex())"
    )
    paper = render(template, {"a": 2, "text": "百香果", "b": 1}, dated=DATED)
    command = [sys.executable, "-c", program, str(template), DATED.isoformat()]
    other = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert other.stdout.strip() == paper.sha256.hex()
    assert hashlib.sha256(paper.content).digest() == paper.sha256
    assert render(template, {"text": "百香果。"}, dated=DATED).sha256 != paper.sha256


def test_a_paper_bears_its_own_date_and_its_own_font(template: Path) -> None:
    content = render(template, {"text": "百香果"}, dated=datetime(2020, 9, 28, 1, tzinfo=UTC)).content
    read = pypdf.PdfReader(io.BytesIO(content))
    assert read.metadata is not None
    assert read.metadata.creation_date == DATED
    fonts = read.pages[0]["/Resources"]["/Font"]
    assert ["NotoSerifCJKsc" in str(font.get_object()["/BaseFont"]) for font in fonts.values()] == [True]


def test_a_date_without_zone_and_data_that_do_not_fit_are_refused(template: Path) -> None:
    with pytest.raises(ValueError, match="aware"):
        render(template, {"text": "百香果"}, dated=datetime(2020, 9, 28))  # noqa: DTZ001 - what is refused
    with pytest.raises(typst.TypstError):
        render(template, {"words": "百香果"}, dated=DATED)


def test_a_paper_of_an_instant_between_two_seconds_is_made(template: Path) -> None:
    with_fraction = render(template, {"text": "正文"}, dated=DATED.replace(microsecond=1))
    assert with_fraction.content == render(template, {"text": "正文"}, dated=DATED).content
