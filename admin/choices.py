"""Codes with their titles as the options of a field."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.web.kit import label


def choices(titles: Mapping[str, str]) -> list[tuple[str, str]]:
    """(code, title in the language of the request) of each, in their order."""
    return [(code, label(title)) for code, title in titles.items()]
