"""QR codes: a text as SVG, in pure Python, for papers and pages."""

from __future__ import annotations

import io

import segno


def qr_svg(text: str) -> str:
    """The text as a QR code: SVG without a size of its own, black on nothing."""
    out = io.BytesIO()
    segno.make(text, error="m", boost_error=False).save(
        out, kind="svg", border=2, xmldecl=False, svgns=True, omitsize=True
    )
    return out.getvalue().decode().strip()
