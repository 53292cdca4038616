"""Forms with a line for each thing, of which a line left blank is none: what is sent on, and where complaints belong."""

from __future__ import annotations

from typing import Any, Final

from marketplace.web.kit import Form

_NOTHING: Final = (None, "", "0", 0)


def named(data: dict[str, Any], lines: str, field: str) -> dict[str, Any]:
    """`data` without the lines whose `field` was left blank or 0, before the schema reads them."""
    sent = data.get(lines)
    if not isinstance(sent, list):
        return data
    return data | {lines: [line for line in sent if line.get(field) not in _NOTHING]}


def put_complaints_to_their_lines(form: Form, lines: str, field: str, count: int) -> None:
    """Complaints count the lines that were sent on; here they count the `count` lines on the page."""
    if form.typed is None:
        return
    sent = [place for place in range(count) if form.value(f"{lines}.{place}.{field}").strip() not in _NOTHING]
    told = dict(form.errors)
    form.errors.clear()
    for name, texts in told.items():
        first, *rest = name.split(".")
        if first == lines and rest and rest[0].isdigit() and int(rest[0]) < len(sent):
            name = f"{lines}.{sent[int(rest[0])]}.{field}"
        form.errors.setdefault(name, []).extend(texts)
