"""Files as answers: one way to name them and to say what they are."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from flask import Response

from marketplace.core.formats import MEDIA_TYPES


def file_response(
    file_format: str,
    body: bytes | Iterable[bytes],
    name: str,
    *,
    inline: bool = False,
    sha256: bytes | None = None,
) -> Response:
    """A file with its media type and name (without ending), to be kept, or `inline` to be looked at.

    `sha256` becomes its ETag. A name beyond plain ASCII goes as RFC 6266 says: for old programs as its format alone.
    """
    response = Response(body, content_type=MEDIA_TYPES[file_format])
    disposition = "inline" if inline else "attachment"
    full = f"{name}.{file_format}"
    if full.isascii() and full.isprintable():
        response.headers.set("Content-Disposition", disposition, filename=full)
    else:
        response.headers["Content-Disposition"] = (
            f"{disposition}; filename=export.{file_format}; filename*=UTF-8''{quote(full, safe='')}"
        )
    if sha256 is not None:
        response.set_etag(sha256.hex())
    return response
