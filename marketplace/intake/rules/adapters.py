"""Adapters: the files of `marketplace/intake/adapters`, checked when they are read, and a record read by one of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from importlib import resources
from typing import Any, Final

from marketplace.catalogue.channels import CHANNEL_KINDS
from marketplace.core.errors import Invalid
from marketplace.intake.rules.cells import KINDS, CellRule
from marketplace.intake.rules.rows import ACTIONS, RowRefused, SaleRow
from marketplace.intake.rules.sources import DEVICE, SOURCES
from marketplace.orders.counting import FACTS

_TARGETS: Final = frozenset(one.name for one in fields(SaleRow))
_CHANNEL_KINDS: Final = frozenset(kind.code for kind in CHANNEL_KINDS)
_NEEDED: Final = frozenset(
    one.name for one in fields(SaleRow) if one.default is MISSING and one.default_factory is MISSING
) - {"action", "action_ref", "line_ref", "facts"}


@dataclass(frozen=True, slots=True)
class Adapter:
    """A shape of reporting: its columns, for which channels, and which counting facts a row stands for."""

    code: str
    title: str
    channel_kinds: tuple[str, ...]
    cells: Mapping[str, CellRule]
    facts: frozenset[str]
    state_column: str | None
    states: Mapping[str, frozenset[str]]
    source: str  # who speaks: a code of `rules.sources`

    def read(self, record: Mapping[str, str | None]) -> SaleRow:
        """One record, column → text, blank as None. RowRefused with the first reason met."""
        values: dict[str, Any] = {}
        if not record.keys() <= self.cells.keys():
            raise RowRefused("unknown_column", next(name for name in record if name not in self.cells))
        for name, cell in self.cells.items():
            text = (record.get(name) or "").strip()
            if text:
                value = cell.read(text)
                if cell.target:
                    values[cell.target] = value
            elif cell.required or ((when := cell.required_when) and record.get(when[0]) == when[1]):
                raise RowRefused("missing", name)
        values.setdefault("line_ref", "1")
        values.setdefault("action", "sale")
        values["action_ref"] = self._action_ref(values)
        return SaleRow(**values, facts=self._facts(record))

    def _action_ref(self, values: Mapping[str, Any]) -> str:
        if values["action"] == "sale":
            return "sale"
        if not values.get("action_ref"):
            raise RowRefused("missing", next(c.column for c in self.cells.values() if c.target == "action"))
        return f"{values['action']}:{values['action_ref']}"

    def _facts(self, record: Mapping[str, str | None]) -> frozenset[str]:
        if self.state_column is None:
            return self.facts
        state = (record.get(self.state_column) or "").strip()
        if state not in self.states:
            raise RowRefused("unknown_code", self.state_column)
        return self.states[state]


@cache
def adapters() -> Mapping[str, Adapter]:
    """Every adapter by its code. ValueError for a file that cannot be meant."""
    folder = resources.files("marketplace.intake.adapters")
    found: dict[str, Adapter] = {}
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".toml"):
            adapter = adapter_from(tomllib.loads(file.read_text("utf-8")))
            if f"{adapter.code}.toml" != file.name:
                raise ValueError(f"{file.name} calls itself {adapter.code}")
            found[adapter.code] = adapter
    return found


def adapter_of(code: str) -> Adapter:
    """Invalid (``adapter``) for a code that no file has; the answer lists the known ones."""
    if code not in adapters():
        raise Invalid("adapter", "没有这种上报接口", pointer="/adapter", known=sorted(adapters()))
    return adapters()[code]


def adapter_from(data: Mapping[str, Any]) -> Adapter:
    """An adapter from the values of its file; ValueError naming what is wrong with it."""
    code = data["code"]
    cells = {column["name"]: _cell(code, column) for column in data["column"]}
    targets = [cell.target for cell in cells.values() if cell.target]
    problems = [
        *(f"two columns for {target}" for target in set(targets) if targets.count(target) > 1),
        *(f"no column for {target}" for target in sorted(_NEEDED - set(targets))),
        *(f"no channel kind {kind}" for kind in data["channel_kinds"] if kind not in _CHANNEL_KINDS),
        *(f"no action {action}" for action in data["actions"] if action not in ACTIONS),
    ]
    states = {text: frozenset(facts) for text, facts in data.get("states", {}).items() if text != "column"}
    known = {*data["facts"]}.union(*states.values()) if states else {*data["facts"]}
    problems += [f"no fact {fact}" for fact in sorted(known - set(FACTS))]
    source = data.get("source", DEVICE)
    problems += [] if source in SOURCES else [f"no source {source}"]
    if problems:
        raise ValueError(f"adapter {code}: {'; '.join(problems)}")
    return Adapter(
        code,
        data["title"],
        tuple(data["channel_kinds"]),
        cells,
        frozenset(data["facts"]),
        data.get("states", {}).get("column"),
        states,
        source,
    )


def _cell(code: str, column: Mapping[str, Any]) -> CellRule:
    name, target, kind = column["name"], column["to"], column["kind"]
    if kind not in KINDS:
        raise ValueError(f"adapter {code}: column {name} is of no known kind")
    if target and target not in _TARGETS:
        raise ValueError(f"adapter {code}: column {name} fills nothing that a row has")
    if (kind == "code") != ("codes" in column):
        raise ValueError(
            f"adapter {code}: column {name} has codes without being one, or is one without codes"
        )
    when = column.get("required_when")
    return CellRule(
        name,
        target,
        kind,
        required=column.get("required", False),
        required_when=None if when is None else (when[0], when[1]),
        codes=column.get("codes"),
        time_format=column.get("format"),
    )
