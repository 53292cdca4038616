"""The files of `marketplace/intake/adapters`, checked when they are read. docs/intake.md says what can stand in one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from importlib import resources
from typing import Any, Final

from marketplace.catalogue.channels import CHANNEL_KINDS
from marketplace.core.errors import Invalid
from marketplace.intake.rules.cells import KINDS, CellRule
from marketplace.intake.rules.rows import ACTIONS, PARTICULARS, SaleRow
from marketplace.intake.rules.shapes import ORIGINS, Adapter, Layout
from marketplace.intake.rules.sources import DEVICE, SOURCES
from marketplace.intake.rules.writing import PLAIN, Writing
from marketplace.orders.counting import FACTS

_TARGETS: Final = frozenset(
    {*(one.name for one in fields(SaleRow)), *ORIGINS, *(f"particulars.{name}" for name in PARTICULARS)}
)
_CHANNEL_KINDS: Final = frozenset(kind.code for kind in CHANNEL_KINDS)
_NEEDED: Final = frozenset(
    one.name for one in fields(SaleRow) if one.default is MISSING and one.default_factory is MISSING
) - {"action", "action_ref", "line_ref", "facts"}
_PARTICULAR: Final = "particulars."
_NOT_YET: Final = "not_yet"
_CALLED_OFF: Final = "cancelled"


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


def reporting_adapters() -> list[Adapter]:
    """Those in which others report."""
    return [one for one in adapters().values() if not one.internal]


def reporting_adapter(code: str) -> Adapter:
    """The same as `adapter_of`, of those in which others report."""
    if adapter_of(code).internal:
        raise _unknown()
    return adapter_of(code)


def adapter_of(code: str) -> Adapter:
    """Invalid (``adapter``) for a code that no file has; the answer lists the known ones."""
    if code not in adapters():
        raise _unknown()
    return adapters()[code]


def _unknown() -> Invalid:
    known = sorted(one.code for one in reporting_adapters())
    return Invalid("adapter", "没有这种上报接口", pointer="/adapter", known=known)


def adapter_from(data: Mapping[str, Any]) -> Adapter:
    """An adapter from the values of its file; ValueError naming what is wrong with it."""
    code, form = data["code"], data.get("form", {})
    writing = Writing(
        form.get("full_width", False),
        form.get("wrapped", False),
        tuple(form.get("money_signs", ())),
        form.get("thousands", ""),
    )
    if writing == PLAIN:
        writing = PLAIN  # known by what it is, so that cells need not ask
    known = {name: CellRule(name, "", "text", writing=writing) for name in form.get("ignored", ())}
    cells = {column["name"]: _cell(code, column, writing) for column in data["column"]} | known
    states = {text: said for text, said in data.get("states", {}).items() if text != "column"}
    facts = {text: frozenset(said) for text, said in states.items() if not isinstance(said, str)}
    problems = _problems(data, cells, states, facts)
    if problems:
        raise ValueError(f"adapter {code}: {'; '.join(problems)}")
    return Adapter(
        code,
        data["title"],
        tuple(data["channel_kinds"]),
        cells,
        frozenset(data["facts"]),
        state_column=data.get("states", {}).get("column"),
        states=facts,
        not_yet=frozenset(text for text, said in states.items() if said == _NOT_YET),
        called_off=frozenset(text for text, said in states.items() if said == _CALLED_OFF),
        internal=data.get("internal", False),
        quantity_by_weight=data.get("quantity_by_weight", False),
        required=tuple(cell.column for cell in cells.values() if cell.required),
        required_when=tuple(
            (cell.column, *cell.required_when) for cell in cells.values() if cell.required_when is not None
        ),
        points_back=any(cell.target == "origin_ref" for cell in cells.values()),
        layout=Layout("form" not in data, tuple(form.get("foot", ())), frozenset(form.get("personal", ()))),
        source=data.get("source", DEVICE),
    )


def _problems(
    data: Mapping[str, Any],
    cells: Mapping[str, CellRule],
    states: Mapping[str, Any],
    facts: Mapping[str, frozenset[str]],
) -> list[str]:
    targets = [cell.target for cell in cells.values() if cell.target and not cell.less]
    needed = _NEEDED - {"quantity_milli"} | {"weight_g"} if data.get("quantity_by_weight") else _NEEDED
    headings = [name for cell in cells.values() for name in (cell.column, *cell.aliases)]
    named = [cell.beside or cell.unit_column for cell in cells.values()]
    said = {*data["facts"]}.union(*facts.values())
    return [
        *(f"two columns for {target}" for target in sorted(set(targets)) if targets.count(target) > 1),
        *(f"two columns called {name}" for name in sorted(set(headings)) if headings.count(name) > 1),
        *(f"no column for {target}" for target in sorted(needed - set(targets))),
        *(
            f"column {cell.column} must be required"
            for cell in cells.values()
            if cell.target in needed and not cell.less and not cell.required
        ),
        *(f"no column {name}" for name in named if name is not None and name not in cells),
        *(f"no channel kind {kind}" for kind in data["channel_kinds"] if kind not in _CHANNEL_KINDS),
        *(f"no action {action}" for action in data["actions"] if action not in ACTIONS),
        *(f"no fact {fact}" for fact in sorted(said - set(FACTS))),
        *(f"no source {one}" for one in [data.get("source", DEVICE)] if one not in SOURCES),
        *(
            f"no state {one}"
            for one in states.values()
            if isinstance(one, str) and one not in (_NOT_YET, _CALLED_OFF)
        ),
    ]


def _cell(code: str, column: Mapping[str, Any], writing: Writing) -> CellRule:
    name, target, kind = column["name"], column["to"], column["kind"]
    if kind not in KINDS:
        raise ValueError(f"adapter {code}: column {name} is of no known kind")
    if target and target not in _TARGETS:
        raise ValueError(f"adapter {code}: column {name} fills nothing that a row has")
    if (kind == "code") != ("codes" in column):
        raise ValueError(
            f"adapter {code}: column {name} has codes without being one, or is one without codes"
        )
    if (kind == "weight") != ("units" in column and "unit_column" in column):
        raise ValueError(
            f"adapter {code}: column {name} is a weight without units, or has units without being one"
        )
    when, formats = column.get("required_when"), column.get("format", ())
    return CellRule(
        name,
        target,
        kind,
        required=column.get("required", False),
        required_when=None if when is None else (when[0], when[1]),
        codes=column.get("codes"),
        time_formats=(formats,) if isinstance(formats, str) else tuple(formats),
        aliases=tuple(column.get("aliases", ())),
        beside=column.get("beside"),
        signed=column.get("signed", False),
        less=column.get("less", False),
        unit_column=column.get("unit_column"),
        units=column.get("units"),
        particular=target.removeprefix(_PARTICULAR) if target.startswith(_PARTICULAR) else "",
        writing=writing,
        note=column.get("note", ""),
        example=column.get("example", ""),
    )
