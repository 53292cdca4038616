"""Rows of a form that may be left blank: they are not meant, and what is said of the others is said at their places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from marketplace.web.kit import Form

_BLANK: Final = (None, "")


def meant(data: dict[str, Any], name: str, parts: Sequence[str]) -> dict[str, Any]:
    """The body without the rows of `name` in which none of `parts` was filled in."""
    rows = data.get(name)
    if not isinstance(rows, list):
        return data
    return data | {
        name: [
            row
            for row in rows
            if not isinstance(row, dict) or any(row.get(part) not in _BLANK for part in parts)
        ]
    }


def put_in_place(form: Form, name: str, parts: Sequence[str], most: int) -> None:
    """Complaints count the rows that were sent on; let them stand at the rows of the page."""
    if form.typed is None:
        return
    sent = [
        place
        for place in range(most)
        if any(form.typed.get(f"{name}.{place}.{part}", "").strip() for part in parts)
    ]
    told = dict(form.errors)
    form.errors.clear()
    for where, texts in told.items():
        first, *rest = where.split(".")
        if first == name and rest and rest[0].isdigit() and int(rest[0]) < len(sent):
            where = ".".join([name, str(sent[int(rest[0])]), *rest[1:]])
        form.errors[where] = texts
