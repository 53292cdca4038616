"""Files that people would bring: a stamped scan, a PDF that was signed, an invoice.  Each says that it is a demonstration."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from marketplace.core.clock import day_of
from marketplace.core.documents import render
from marketplace.demo.invented.draw import MARK

_TEMPLATE: Final = Path(__file__).parent / "templates" / "paper.typ"
_EOF: Final = b"%%EOF"


def paper(title: str, lines: Sequence[tuple[str, str]], dated: datetime, seal: str = "") -> bytes:
    """Return a page with lines of name and value, and the seal of whoever stamped it; the same data give the same bytes."""
    data = {"title": f"{title}({MARK})", "mark": MARK, "lines": [list(line) for line in lines], "seal": seal}
    return render(_TEMPLATE, data, dated=dated).content


def scan(contract: str, signer: str, dated: datetime) -> bytes:
    """Return what a stamped copy of a contract would be."""
    lines = [("合同编号", contract), ("盖章单位", signer), ("盖章日期", day_of(dated).isoformat())]
    return paper("合同盖章页扫描件", lines, dated, seal=f"{signer} 公章")


def signed(content: bytes, dated: datetime) -> bytes:
    """Return a PDF with a signature's entry behind its end, as signing programs append it: what was there stays, byte by byte.

    The entry is empty and a comment to readers: no authority certifies a demonstration.
    """
    start = content.rindex(b"startxref")
    before = content.rstrip(b"\r\n")
    signature = (
        b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached"
        b" /ByteRange [0 %d %d 0] /Contents <00> /M (D:%s) >>"
        % (len(before), len(before), dated.strftime("%Y%m%d%H%M%SZ").encode())
    )
    return before + b"\n% " + signature + b"\n" + content[start:].split(_EOF)[0] + _EOF + b"\n"
