"""What the bytes of an upload are, whatever their name says."""

from __future__ import annotations

from io import BytesIO
from typing import Final

from marketplace.core.errors import Invalid
from marketplace.core.sheets.archive import Archive
from marketplace.core.sheets.delimited import decode
from marketplace.core.sheets.limits import Limits

TEXT: Final = "text/plain"
OFD: Final = "application/ofd"
PDF: Final = "application/pdf"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ZIP: Final = b"PK\x03\x04"
_SIGNATURES: Final = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
# Of the directory alone: what the entries unpack to is the business of whoever unpacks them.
_DIRECTORY: Final = Limits(unpacked_bytes=2**40, ratio=2**30)
_OFD_ROOT: Final = "OFD.xml"  # GB/T 33190-2016: the entry point of every OFD package


def media_type_of(content: bytes) -> str:
    """Return the media type of the bytes; Invalid (``file_type``) for anything but PDF, OFD, PNG, JPEG, XLSX and text.

    A zip is an OFD when its directory has OFD.xml at the root, else it is taken for a workbook, which whoever reads it checks.
    """
    for signature, media_type in _SIGNATURES:
        if content.startswith(signature):
            return media_type
    if content.startswith(_ZIP):
        return OFD if _has_ofd_root(content) else XLSX
    try:
        text = decode(content)
    except Invalid as error:
        raise _not_accepted() from error
    if any(ord(character) < 32 and character not in "\t\r\n" for character in text):
        raise _not_accepted()
    return TEXT


def _has_ofd_root(content: bytes) -> bool:
    try:
        entries = Archive(BytesIO(content), _DIRECTORY).entries
    except Invalid:
        return False  # nothing an honest writer makes
    return any(entry.filename.lstrip("/") == _OFD_ROOT for entry in entries)


def _not_accepted() -> Invalid:
    return Invalid("file_type", "只接受 PDF、OFD、PNG、JPEG、XLSX 和 UTF-8 或 GB18030 文本", pointer="/file")
