"""Answers that are files."""

from __future__ import annotations

from flask import Response

from marketplace.core.sheets.export import MEDIA_TYPES

MEDIA = MEDIA_TYPES | {"pdf": "application/pdf"}


def file_answer(body: bytes, name: str, file_format: str) -> Response:
    """A file of somebody's money: kept by nobody on the way."""
    response = Response(body, mimetype=MEDIA[file_format])
    response.headers["Content-Disposition"] = f"attachment; filename={name}.{file_format}"
    response.headers["Cache-Control"] = "private, no-store"
    return response
