"""What can be seen of a signature in a file's bytes, without judging whose it is: that is for the person who checks it.

A PDF that was signed has a ``/ByteRange`` (ISO 32000-1, 12.8.1), written in clear because the signature is put in afterwards;
an OFD that was signed has a list of its signatures (GB/T 33190-2016, chapter 18). A scanned stamped copy is a picture or a PDF.
"""

from __future__ import annotations

import io
import zipfile
from typing import Final

from marketplace.core.errors import Invalid
from marketplace.core.formats import OFD, PDF

_SCANS: Final = (PDF, "image/png", "image/jpeg")
_POINTER: Final = "/file_id"


def require_form(form: str, media_type: str, content: bytes) -> None:
    """Refuse a file that cannot be a signature of that form.

    Invalid: `file_not_signable` for a kind of file that the form does not have, `no_signature_in_file` for a PDF or OFD that
    nobody signed.
    """
    if media_type not in ((PDF, OFD) if form == "ca_signature" else _SCANS):
        raise Invalid("file_not_signable", "文件类型与签署方式不符", pointer=_POINTER)
    if form == "ca_signature" and not _is_signed(media_type, content):
        raise Invalid("no_signature_in_file", "文件中没有电子签名", pointer=_POINTER)


def is_our_paper(paper: bytes, form: str, media_type: str, content: bytes) -> bool | None:
    """Whether a signed PDF begins with the very bytes of our paper; None for what says nothing about it (OFD, scans).

    Signing a PDF appends to it, so the paper that was sent is still there, whole.
    """
    if form != "ca_signature" or media_type != PDF:
        return None
    return content.startswith(paper.rstrip(b"\r\n"))


def _is_signed(media_type: str, content: bytes) -> bool:
    if media_type == PDF:
        return b"/ByteRange" in content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return any(name.rsplit("/", 1)[-1] == "Signatures.xml" for name in archive.namelist())
