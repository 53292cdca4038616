"""Lists of payments that a bank takes: numbered lines, one column a field, amounts in yuan or in fen. Layouts are data.

Used by every list of the service that a bank pays from: what producers are paid out, what households are owed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from marketplace.core.money import yuan
from marketplace.core.sheets.export import Value

SEQUENCE = "sequence"
YUAN = "yuan"
FEN = "amount_fen"


@dataclass(frozen=True, slots=True)
class BankList:
    """How one bank, or one kind of list, wants its columns: (heading, field of a line).

    Two fields are made here: `sequence` counts from 1, `yuan` is the line's `amount_fen` with two decimals.
    """

    code: str
    title: str
    columns: tuple[tuple[str, str], ...]

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings, in order."""
        return tuple(heading for heading, _ in self.columns)

    def rows(self, lines: Iterable[Mapping[str, Value]]) -> Iterator[Sequence[Value]]:
        """The lines as rows. KeyError for a line that lacks a field: nothing is paid by halves."""
        for sequence, line in enumerate(lines, start=1):
            yield tuple(self._value(sequence, line, name) for _, name in self.columns)

    @staticmethod
    def _value(sequence: int, line: Mapping[str, Value], name: str) -> Value:
        if name == SEQUENCE:
            return sequence
        if name == YUAN:
            amount = line[FEN]
            if not isinstance(amount, int):
                raise TypeError("an amount is an integer of fen")
            return yuan(amount)
        return line[name]
