"""What files are: the formats in which they leave the service, and the types that are told from their bytes when they come."""

from __future__ import annotations

import io
import zipfile
from typing import Final

from marketplace.core.errors import Invalid
from marketplace.core.sheets.delimited import decode

MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "jpg": "image/jpeg",
    "json": "application/json",
    "ofd": "application/ofd",
    "parquet": "application/vnd.apache.parquet",
    "pdf": "application/pdf",
    "png": "image/png",
    "webp": "image/webp",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""What files are called on the wire, by their format, which is also the ending of their name."""
PDF: Final = MEDIA_TYPES["pdf"]
OFD: Final = MEDIA_TYPES["ofd"]
_SIGNATURES: Final = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", MEDIA_TYPES["png"]),
    (b"\xff\xd8\xff", MEDIA_TYPES["jpg"]),
)
_RIFF: Final = b"RIFF"
_WEBP: Final = b"WEBP"  # after the eight bytes of the container
_ZIP: Final = b"PK\x03\x04"
_OFD_ROOT: Final = "OFD.xml"
_TEXT: Final = "text/plain"


def media_type_of(content: bytes) -> str:
    """The media type of the bytes; Invalid (``file_type``) for anything but PDF, OFD, PNG, JPEG, WebP, XLSX and text."""
    for signature, media_type in _SIGNATURES:
        if content.startswith(signature):
            return media_type
    if content.startswith(_RIFF) and content[8:12] == _WEBP:
        return MEDIA_TYPES["webp"]
    if content.startswith(_ZIP):
        return MEDIA_TYPES["ofd" if _OFD_ROOT in names_in_zip(content) else "xlsx"]
    try:
        text = decode(content)
    except Invalid as error:
        raise _not_accepted() from error
    if any(ord(character) < 32 and character not in "\t\r\n" for character in text):
        raise _not_accepted()
    return _TEXT


def names_in_zip(content: bytes) -> frozenset[str]:
    """The names that a ZIP archive lists, none of which is unpacked; none where its list cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return frozenset(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError):
        return frozenset()


def _not_accepted() -> Invalid:
    return Invalid(
        "file_type", "只接受 PDF、OFD、PNG、JPEG、WebP、XLSX 和 UTF-8 或 GB18030 文本", pointer="/file"
    )
