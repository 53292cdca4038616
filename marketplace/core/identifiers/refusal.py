"""The one way in which an identifier is refused."""

from __future__ import annotations

from typing import NoReturn

from marketplace.core.errors import Invalid


def refuse(code: str, detail: str, pointer: str = "") -> NoReturn:
    """Raise Invalid; the value itself is never repeated."""
    raise Invalid(code, detail, pointer=pointer)
