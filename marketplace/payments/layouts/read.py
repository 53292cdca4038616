"""A bank's statement as lines: every line of the file is understood, or the file is refused with every row that is not.

Nothing is guessed: an unknown heading, a cell that is not of its column, another currency, a number with parts of a fen each
refuse the file as a whole. Source: docs/rules.md, "Bank statements".
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Final

from marketplace.core.sheets.problems import RowError, refusal
from marketplace.core.sheets.reader import SheetRow, read_rows
from marketplace.payments.layouts.layout import Layout, plain_heading
from marketplace.payments.layouts.row import Line, RowReader

MOST_ERRORS: Final = 1_000


@dataclass(frozen=True, slots=True)
class BankLine:
    """A line as the bank has it. `reference` is the same whenever the same line comes again; amounts in fen, above 0."""

    row: int
    day: date
    clock: time | None
    is_incoming: bool
    amount_fen: int
    payer_name: str
    payer_account: str
    memo: str
    reference: str
    has_serial: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """All lines of a file; `account` as the file itself says it, where it does."""

    account: str | None
    lines: tuple[BankLine, ...]


class Refused(Exception):
    """A file is not taken: every error in the order of the file."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = tuple(errors)


def read_statement(data: bytes, layout: Layout, today: date) -> Statement:
    """The lines of a file in a bank's layout; `today` is the Shanghai day after which nothing can have arrived.

    :raises Invalid: ``sheet_…`` when it is no such table at all.
    :raises Refused: with every row that is wrong.
    """
    rows = read_rows(data)
    at = _heading_row(rows, layout)
    errors: list[RowError] = []
    reader = RowReader(layout, rows[at], _places(rows[at], layout), today, errors)
    found: list[Line] = []
    is_over = False
    for row in rows[at + 1 :]:
        if len(errors) >= MOST_ERRORS:
            break
        if _is_footer(row, layout):
            is_over = True
        elif is_over:
            errors.append(RowError(row.number, "", "row_after_end", "合计行之后还有内容"))
        else:
            line = reader.read(row)
            if line is not None:
                found.append(line)
    lines = _referenced(found, layout, errors)
    accounts = {line.account for line in found} - {""}
    before = _account_before(rows[:at], layout)
    if before is not None:
        accounts.add(before)
    if len(accounts) > 1:
        errors.append(RowError(0, "", "several_accounts", "文件含有多个账号的明细"))
    if errors:
        raise Refused(errors[:MOST_ERRORS])
    return Statement(next(iter(accounts), None), lines)


def _heading_row(rows: Sequence[SheetRow], layout: Layout) -> int:
    """The row of headings: the one with most that the layout knows, among those where it can be."""
    known = layout.by_heading
    hits = [
        sum(isinstance(cell, str) and plain_heading(cell) in known for cell in row.cells)
        for row in rows[: layout.preamble + 1]
    ]
    if not any(hits):
        raise refusal("no_header")
    return hits.index(max(hits))


def _places(row: SheetRow, layout: Layout) -> dict[str, list[int]]:
    """Where each field's columns are. An unknown heading is refused: the columns may have shifted."""
    known = layout.by_heading
    places: dict[str, list[int]] = {}
    seen: set[str] = set()
    unknown: list[str] = []
    for place, cell in enumerate(row.cells):
        heading = known.get(plain_heading(cell)) if isinstance(cell, str) else None
        if heading is None:
            unknown.append("（空）" if cell is None else str(cell)[:40])
        elif heading.title in seen:
            raise refusal("header_repeated", heading.title)
        else:
            seen.add(heading.title)
            places.setdefault(heading.field, []).append(place)
    if unknown:
        raise refusal("header_unknown", *unknown)
    missing = [one.title for one in layout.headings if not one.is_optional and one.title not in seen]
    if missing:
        raise refusal("header_missing", *missing)
    return places


def _account_before(rows: Sequence[SheetRow], layout: Layout) -> str | None:
    """The account's number from the rows before the table: in the cell of its label, or in the next one."""
    labels = [plain_heading(label) for label in layout.account_labels]
    for row in rows:
        for place, cell in enumerate(row.cells):
            if not isinstance(cell, str):
                continue
            text = plain_heading(cell)
            label = next((one for one in labels if text == one or text.startswith(f"{one}:")), None)
            if label is None:
                continue
            after = row.cells[place + 1] if place + 1 < len(row.cells) else None
            value = text.removeprefix(label).removeprefix(":") or (after if isinstance(after, str) else "")
            if value:
                return "".join(value.split()).upper()
    return None


def _is_footer(row: SheetRow, layout: Layout) -> bool:
    first = next((cell for cell in row.cells if cell is not None), None)
    return isinstance(first, str) and first.strip().startswith(layout.footers)


def _referenced(lines: Iterable[Line], layout: Layout, errors: list[RowError]) -> tuple[BankLine, ...]:
    """The lines with what they are known by: the bank's serial, or where it gives none the line's hash and its occurrence.

    Two equal lines of one moment are two receipts; the second is the second in every file that has both.
    """
    seen: Counter[str] = Counter()
    found = []
    for line in lines:
        reference = _serial(line, layout) if line.serial else _hash(line)
        seen[reference] += 1
        if line.serial and seen[reference] > 1:
            errors.append(RowError(line.row, "", "serial_repeated", "流水号在文件中重复"))
        found.append(
            BankLine(
                row=line.row,
                day=line.day,
                clock=line.clock,
                is_incoming=line.is_incoming,
                amount_fen=line.amount_fen,
                payer_name=line.payer_name,
                payer_account=line.payer_account,
                memo=line.memo,
                reference=reference if line.serial else f"{reference}-{seen[reference]}",
                has_serial=bool(line.serial),
            )
        )
    return tuple(found)


def _serial(line: Line, layout: Layout) -> str:
    return line.serial if layout.serial_scope == "account" else f"{line.day:%Y%m%d}-{line.serial}"


def _hash(line: Line) -> str:
    told = (
        line.day.isoformat(),
        line.clock.isoformat() if line.clock else "",
        "+" if line.is_incoming else "-",
        str(line.amount_fen),
        "" if line.balance_fen is None else str(line.balance_fen),
        line.payer_name,
        line.payer_account,
        line.memo,
    )
    return hashlib.sha256("\x1f".join(told).encode()).hexdigest()[:40]
