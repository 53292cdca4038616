"""A file as an answer: to be kept, by its name, and by nobody between us and who asked."""

from __future__ import annotations

from flask import Response


def pdf(content: bytes, name: str, *, sha256: bytes | None = None) -> Response:
    """A PDF named `name`.pdf; its ETag is its SHA-256 where that is known."""
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer.headers["Cache-Control"] = "private, no-store"
    if sha256 is not None:
        answer.set_etag(sha256.hex())
    return answer
