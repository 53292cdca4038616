"""Counted lines by the names of all their values, wherever a line holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final

from marketplace.orders.facts import CountedLine, Frozen

_OWN: Final = {one.name for one in fields(CountedLine)} - {"frozen"}


def line_of(values: Mapping[str, Any]) -> CountedLine:
    return CountedLine(**_own(values), frozen=Frozen(**_frozen(values)))


def changed(line: CountedLine, **changes: Any) -> CountedLine:
    return replace(line, **_own(changes), frozen=replace(line.frozen, **_frozen(changes)))


def _own(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in _OWN}


def _frozen(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in _OWN}
