"""Rows of a form that may be left blank: they are not meant, and what is said of the others is said at their places.

And rows of a file: what is said of them is listed by row and column, as no field of the page is theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from marketplace.web.kit.forms import Form

BLANK: Final = (None, "")
#: Of what is wrong in a file so much is listed on a page.
MOST_LISTED: Final = 200
Wrong = TypeVar("Wrong")
#: Where a number of nothing is nothing too: a quantity, a price.
NOTHING: Final = (None, "", "0", 0)


def meant(
    data: dict[str, Any], name: str, parts: Sequence[str], blank: Sequence[object] = BLANK
) -> dict[str, Any]:
    """The body without the rows of `name` in which each of `parts` is `blank`, before the schema reads them."""
    rows = data.get(name)
    if not isinstance(rows, list):
        return data
    return data | {
        name: [
            row
            for row in rows
            if not isinstance(row, dict) or any(row.get(part) not in blank for part in parts)
        ]
    }


def put_in_place(
    form: Form, name: str, parts: Sequence[str], most: int, blank: Sequence[object] = BLANK, at: str = ""
) -> None:
    """Complaints count the rows that were sent on; let them stand at the rows of the page, of which there are `most`.

    `at`: the one field of a row at which everything said of it stands; without it each complaint keeps its field.
    """
    if form.typed is None:
        return
    sent = [
        place
        for place in range(most)
        if any(form.typed.get(f"{name}.{place}.{part}", "").strip() not in blank for part in parts)
    ]
    told = dict(form.errors)
    form.errors.clear()
    for where, texts in told.items():
        first, *rest = where.split(".")
        if first == name and rest and rest[0].isdigit() and int(rest[0]) < len(sent):
            where = ".".join([name, str(sent[int(rest[0])]), *([at] if at else rest[1:])])
        form.errors.setdefault(where, []).extend(texts)


def said_of_rows(form: Form, name: str) -> list[tuple[list[str], str]]:
    """Take what is said of the rows of a file out of the form: (row and, where it is one, column; what is to be mended)."""
    found = [
        (where.split(".")[1:], text)
        for where, texts in form.errors.items()
        if where.startswith(f"{name}.")
        for text in texts
    ]
    if found:
        for where in [where for where in form.errors if where.startswith(name)]:
            del form.errors[where]
    return found


def listed(wrong: Sequence[Wrong]) -> tuple[Sequence[Wrong], int]:
    """What of it a page lists, and how much more there is."""
    return wrong[:MOST_LISTED], max(0, len(wrong) - MOST_LISTED)
