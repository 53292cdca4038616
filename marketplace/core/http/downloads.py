"""A file as an answer: to be kept, by its name, and by nobody between us and who asked."""

from __future__ import annotations

from flask import Response

from marketplace.core.http.attachments import file_response


def pdf(content: bytes, name: str, *, sha256: bytes | None = None) -> Response:
    """A PDF named `name`.pdf; its ETag is its SHA-256 where that is known."""
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer.headers["Cache-Control"] = "private, no-store"
    if sha256 is not None:
        answer.set_etag(sha256.hex())
    return answer


def photo(file_format: str, content: bytes, name: str) -> Response:
    """A photo to be looked at, in a format of `formats.MEDIA_TYPES`; each look is recorded, so none is kept on the way."""
    answer = file_response(file_format, content, name, inline=True)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
