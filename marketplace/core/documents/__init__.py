"""Papers as PDF: a typst template of a slice, data beside it, and the same bytes for the same data whenever they are made.

    paper = render(Path("…/notice.typ"), {"title": …}, dated=notice.published_at)

The data reach the template as values (``json(bytes(sys.inputs.data))``), never as markup: nobody's product name is a command.
Only the vendored font is used, so a paper looks alike on every machine; a character it lacks is printed as its code point and
named in `Paper.missing`, which the template prints too (``data.missing``). The date in the file is `dated`, never the time of
making. Decided in docs/adr/0012.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
import typst

from marketplace.core.documents.font import FAMILY, FOLDER, code_of, covered, missing_from

STANDARD: Final = (
    "a-2u"  # PDF/A-2 with Unicode text: fonts inside, text that can be searched, fit for archives
)


@dataclass(frozen=True, slots=True)
class Paper:
    """A finished PDF. sha256 of `content`; missing: codes of characters that the font lacks, as printed in it."""

    content: bytes
    sha256: bytes
    missing: tuple[str, ...]


def render(template: Path, data: Mapping[str, Any], *, dated: datetime) -> Paper:
    """Set the template with JSON-like data. `dated` is aware and becomes the paper's creation date.

    Equal template, data, date and typst version give equal bytes. ValueError for a naive `dated`; TypstError when the template
    does not fit the data. Takes some tens of milliseconds: call it from a job, not from a request.
    """
    if dated.tzinfo is None:
        raise ValueError("a paper's date is an aware instant")
    lacking = tuple(code_of(one) for one in missing_from(_texts(data)))
    values = _printable(dict(data)) | {"missing": list(lacking), "font": FAMILY}
    content = typst.compile(
        template.read_bytes(),
        font_paths=_fonts(),
        sys_inputs={"data": orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode()},
        format="pdf",
        pdf_standards=STANDARD,
        timestamp=dated.astimezone(UTC).replace(microsecond=0),  # a PDF knows seconds; typst refuses more
    )
    if not isinstance(content, bytes):
        raise TypeError("typst gave no PDF")
    return Paper(content, hashlib.sha256(content).digest(), lacking)


@cache
def _fonts() -> typst.Fonts:
    """The vendored font alone, read once: neither the system's nor the library's own may slip in."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FOLDER)])


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _printable(value: Any) -> Any:
    """The value with every character that the font lacks replaced by its code; keys and other values as they are."""
    if isinstance(value, str):
        known = covered()
        return "".join(one if one in known else code_of(one) for one in value)
    if isinstance(value, Mapping):
        return {key: _printable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(inner) for inner in value]
    return value
