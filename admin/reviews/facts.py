"""What an application declares, as a reviewer reads it: titles, values with their units, papers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marketplace.certification.rules.facts_of import DOCUMENTS, FACT_NAMES, FactName
from marketplace.core.money import format_yuan
from marketplace.web.kit import say as _
from marketplace.web.kit.shown import area, number
from marketplace.web.kit.words import label

# What stands elsewhere on the page already.
_SHOWN_ABOVE: Final = frozenset({"product_name", "production_area", "registered_area", "entity_kind"})


def declared(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Title and value of each fact that was declared, in the order of the form."""
    return [
        (label(name.title), written(name, values[name.code]))
        for name in FACT_NAMES
        if name.code not in _SHOWN_ABOVE and values.get(name.code) is not None
    ]


def written(name: FactName, value: Any) -> str:
    """A declared value as people read it, with its unit."""
    if name.kind == "flag":
        return _("是") if value else _("否")
    if name.kind == "fen":
        return f"¥{format_yuan(value)}"
    if name.kind == "area":
        return area(value)
    shown = "、".join(map(str, value)) if isinstance(value, list) else str(value)
    if name.kind == "count":
        shown = number(value)
    return f"{shown} {label(name.unit)}" if name.unit else shown


def papers(documents: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Title and file id of each paper that is attached."""
    return [(label(DOCUMENTS[one["code"]]), str(one["file_id"])) for one in documents]


def missing(documents: list[dict[str, Any]]) -> list[str]:
    """Titles of the papers that are not attached: not all are asked for by every rule."""
    there = {one["code"] for one in documents}
    return [label(title) for code, title in DOCUMENTS.items() if code not in there]
