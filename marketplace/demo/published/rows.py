"""Published tables as rows that remember where they stand, and the remarks that reading them leaves behind.

A published cell is never repaired in silence: what is mended, resolved, doubted or refused is a `Remark` that
names file, row, column, the raw text and the reason.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: Where the copied tables stand in the repository.
DIRECTORY = Path(__file__).resolve().parents[3] / "data" / "published"

#: What may have happened to a cell.  `rejected`: not used.  `mended`: used in a corrected spelling.  `resolved`:
#: the text points elsewhere and was followed.  `flagged`: used as published although it looks wrong.  `merged`:
#: the row says what an earlier row already said.
REMARK_KINDS = ("rejected", "mended", "resolved", "flagged", "merged")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a published table; `number` counts as a spreadsheet does, the header being row 1."""

    file: str
    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        """Return the stripped text of a column; a column that the table does not have is an error."""
        return self.cells[column]


@dataclass(frozen=True, slots=True)
class Remark:
    """What happened to one published cell, and why."""

    kind: str
    file: str
    row: int
    column: str
    raw: str
    reason: str

    def __post_init__(self) -> None:
        """Refuse a kind of remark that no reader of the list would expect."""
        if self.kind not in REMARK_KINDS:
            raise ValueError(f"unknown kind of remark: {self.kind}")


def remark(kind: str, row: Row, column: str, reason: str) -> Remark:
    """Make the remark on a cell of `row`."""
    return Remark(kind, row.file, row.number, column, row[column], reason)


def read(file: str) -> Iterator[Row]:
    """Yield the rows of a table in `data/published/`, cells stripped, in published order.

    A line with more or fewer cells than the header raises ValueError: the copies in the repository are ours,
    so that is a fault of the copy and not of the publisher.
    """
    with (DIRECTORY / file).open(encoding="utf-8", newline="") as stream:
        lines = csv.reader(stream)
        header = next(lines)
        for number, line in enumerate(lines, start=2):
            if len(line) != len(header):
                raise ValueError(f"{file} row {number}: {len(line)} cells under {len(header)} headings")
            yield Row(file, number, {name: cell.strip() for name, cell in zip(header, line, strict=True)})
