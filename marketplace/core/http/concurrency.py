"""Edits say which version they edit: `ETag` from the row's version, `If-Match` on the way back."""

from __future__ import annotations

import re

from flask import g, request

from marketplace.core.errors import PreconditionFailed, PreconditionRequired


def set_version(row_version: int) -> None:
    """Send `ETag: "<row_version>"` with the present answer."""
    g.etag_version = row_version


def require_version(row_version: int) -> None:
    """PreconditionRequired (428) without If-Match, PreconditionFailed (412) unless it names `row_version`."""
    header = request.headers.get("If-Match")
    if header is None:
        raise PreconditionRequired()
    if re.fullmatch(rf'"{row_version}"', header.strip(), re.ASCII) is None:
        raise PreconditionFailed()
