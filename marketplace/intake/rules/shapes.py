"""The shapes in which sales are reported, and a record read by one of them. `adapters` reads their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from marketplace.intake.rules.cells import CellRule
from marketplace.intake.rules.rows import RowRefused, SaleRow

Record = Mapping[str, str | None]
#: Targets of which a minus says that something came back.
_MEASURED: Final = ("amount_fen", "quantity_milli", "weight_g")
#: What a row can say besides the fields of SaleRow: the receipt that it takes back.
ORIGINS: Final = ("origin_ref", "origin_line_ref")


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands around the rows of a table: `foot` begins rows of sums; `is_strict` tables have nothing around them.

    Columns of `personal` data are never taken in.
    """

    is_strict: bool = True
    foot: tuple[str, ...] = ()
    personal: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Adapter:
    """A shape of reporting: its columns, for which channels, and which counting facts a row stands for.

    `not_yet` and `called_off` are states in which an order is no sale yet, or no more. `quantity_by_weight`: goods that nobody
    counts in pieces are counted in kilograms. `points_back`: a return names the receipt that it takes back.
    `internal`: the service writes such rows itself.
    """

    code: str
    title: str
    channel_kinds: tuple[str, ...]
    cells: Mapping[str, CellRule]
    facts: frozenset[str]
    state_column: str | None = None
    states: Mapping[str, frozenset[str]] | None = None
    not_yet: frozenset[str] = frozenset()
    called_off: frozenset[str] = frozenset()
    quantity_by_weight: bool = False
    points_back: bool = False
    internal: bool = False
    required: tuple[str, ...] = ()
    required_when: tuple[tuple[str, str, str], ...] = ()  # (column, other column, its text)
    layout: Layout = Layout()
    source: str = ""  # who speaks: a code of `rules.sources`

    def read(self, record: Record) -> SaleRow:
        """One record, column → text, blank as None. RowRefused with the first reason met."""
        if not self.cells.keys() >= record.keys():
            self._refuse_columns(record)
        said = {name: plain for name, text in record.items() if text and (plain := text.strip())}
        self._check_required(said)
        state, facts = self._state(said)
        values = self._values(said)
        if state in self.called_off and values.get("action", "sale") == "sale":
            values["action"] = "cancellation"
        self._turn_minus(values)
        values.setdefault("line_ref", "1")
        values.setdefault("action", "sale")
        if self.quantity_by_weight:
            values.setdefault("quantity_milli", values["weight_g"])
        origins = {name: values.pop(name, None) for name in ORIGINS}
        own = None
        if self.points_back and values["action"] != "sale":
            own = f"{values['order_ref']}/{values['line_ref']}"
            self._point_back(values, origins)
        values["action_ref"] = self._action_ref(values, own)
        return SaleRow(**values, facts=facts)

    def _refuse_columns(self, record: Record) -> NoReturn:
        unknown = next(name for name in record if name not in self.cells)
        raise RowRefused("personal_data" if unknown in self.layout.personal else "unknown_column", unknown)

    def _state(self, said: Mapping[str, str]) -> tuple[str, frozenset[str]]:
        if self.state_column is None:
            return "", self.facts
        state = self.cells[self.state_column].writing.plain(said.get(self.state_column, ""))
        if state in self.not_yet:
            raise RowRefused("no_sale", self.state_column)
        if state in self.called_off:
            return state, self.facts
        if self.states is None or state not in self.states:
            raise RowRefused("unknown_code", self.state_column)
        return state, self.states[state]

    def _check_required(self, said: Mapping[str, str]) -> None:
        for name in self.required:
            if name not in said:
                raise RowRefused("missing", name)
        for name, other, text in self.required_when:
            if name not in said and said.get(other) == text:
                raise RowRefused("missing", name)

    def _values(self, said: Mapping[str, str]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        less: dict[str, int] = {}
        particulars: dict[str, str] = {}
        for name, text in said.items():
            cell = self.cells[name]
            if cell.beside is not None:
                value = cell.read(f"{text} {said.get(cell.beside, '')}".strip())
            elif cell.unit_column is not None:
                value = cell.read(text, said.get(cell.unit_column, ""))
            else:
                value = cell.read(text)
            if cell.less:
                less[cell.target] = less.get(cell.target, 0) + value
            elif cell.particular:
                particulars[cell.particular] = value
            elif cell.target:
                values[cell.target] = value
        for target, taken_off in less.items():
            # Of a row that takes back, what is taken off has the sign of the row.
            values[target] -= -abs(taken_off) if values[target] < 0 else taken_off
        return values | ({"particulars": particulars} if particulars else {})

    def _turn_minus(self, values: dict[str, Any]) -> None:
        """A minus says that goods came back; amounts and quantities are positive from here on."""
        turned = [values[name] < 0 for name in _MEASURED if values.get(name)]
        if any(turned):
            if not all(turned) or values.setdefault("action", "refund") in ("sale", "correction"):
                raise RowRefused("sign_wrong", self._column("amount_fen"))
            for name in _MEASURED:
                if name in values:
                    values[name] = abs(values[name])
        if values["amount_fen"] < 0:
            raise RowRefused("sign_wrong", self._column("amount_fen"))

    def _point_back(self, values: dict[str, Any], origins: Mapping[str, str | None]) -> None:
        """A return has a receipt of its own and names the one that it takes back; a void is its own receipt."""
        if origins["origin_ref"]:
            values["order_ref"] = origins["origin_ref"]
            values["line_ref"] = origins["origin_line_ref"] or values["line_ref"]
        elif values["action"] != "cancellation":
            raise RowRefused("missing", self._column("origin_ref"))

    def _action_ref(self, values: Mapping[str, Any], own: str | None) -> str:
        if values["action"] in ("sale", "cancellation"):
            return str(values["action"])
        said = values.get("action_ref") or own
        if not said:
            raise RowRefused("missing", self._column("action"))
        return f"{values['action']}:{said}"

    def _column(self, target: str) -> str:
        return next(cell.column for cell in self.cells.values() if cell.target == target)
