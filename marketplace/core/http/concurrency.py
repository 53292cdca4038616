"""Edits say which version they edit: `ETag` from the row's version, `If-Match` on the way back; a form has it in a field."""

from __future__ import annotations

import re

from flask import g, request

from marketplace.core.errors import PreconditionFailed, PreconditionRequired


def set_version(row_version: int) -> None:
    """Send `ETag: "<row_version>"` with the present answer."""
    g.etag_version = row_version


def name_version(row_version: str) -> None:
    """Say for the present request, a form's, which version it edits: as `If-Match` does for programs."""
    g.if_match = f'"{row_version}"'


def require_version(row_version: int) -> None:
    """PreconditionRequired (428) without If-Match, PreconditionFailed (412) unless it names `row_version`."""
    header: str | None = request.headers.get("If-Match") or g.get("if_match")
    if header is None:
        raise PreconditionRequired()
    if re.fullmatch(rf'"{row_version}"', header.strip(), re.ASCII) is None:
        raise PreconditionFailed()
