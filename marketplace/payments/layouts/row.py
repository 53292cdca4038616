"""One row of a bank's table as a line: every cell against its column, every error named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Final, TypeVar

from marketplace.core.sheets.cells import CellRefused
from marketplace.core.sheets.problems import RowError
from marketplace.core.sheets.reader import Cell, SheetRow
from marketplace.payments.layouts import cells
from marketplace.payments.layouts.layout import Layout

Value = TypeVar("Value")
Places = Mapping[str, Sequence[int]]
#: The column that is named when the amount of a line cannot be told.
_AMOUNT_COLUMN: Final = {"two_columns": "income", "signed": "amount", "directed": "amount"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line as far as one row says it; `amount_fen` is above 0, `is_incoming` says which way."""

    row: int
    day: date
    clock: time | None
    is_incoming: bool
    amount_fen: int
    balance_fen: int | None
    payer_name: str
    payer_account: str
    memo: str
    serial: str
    account: str


class RowReader:
    """Reads rows of one table, whose columns stand at `places`; what is wrong is added to `errors`."""

    def __init__(
        self, layout: Layout, headings: SheetRow, places: Places, today: date, errors: list[RowError]
    ) -> None:
        self.layout, self.places, self.today, self.errors = layout, places, today, errors
        self.width = 1 + max(place for several in places.values() for place in several)
        self.titles = [str(cell) for cell in headings.cells]
        self.row = SheetRow(0, ())

    def read(self, row: SheetRow) -> Line | None:
        """The line of a row; None when something of it is wrong."""
        self.row = row
        before = len(self.errors)
        if len(row.cells) > self.width:
            self._refuse("", CellRefused("extra_cells", "单元格多于标题"))
        when = self._of("moment", self._moment)
        amount = self._of(_AMOUNT_COLUMN[self.layout.amounts], self._amount)
        self._of("currency", self._currency)
        balance = self._of("balance", lambda: cells.fen_of(self._cell("balance")))
        name = self._of("payer_name", lambda: cells.name_of(self._cell("payer_name")))
        payer_account = self._of("payer_account", lambda: cells.account_of(self._cell("payer_account")))
        memo = self._memo()
        serial = self._of("serial", self._serial)
        account = self._of("account", lambda: cells.account_of(self._cell("account")))
        if len(self.errors) > before or when is None or amount is None:
            return None
        return Line(
            row=row.number,
            day=when[0],
            clock=when[1],
            is_incoming=amount > 0,
            amount_fen=abs(amount),
            balance_fen=balance,
            payer_name=name or "",
            payer_account=payer_account or "",
            memo=memo or "",
            serial=serial or "",
            account=account or "",
        )

    def _at(self, place: int) -> Cell:
        return self.row.cells[place] if place < len(self.row.cells) else None

    def _cell(self, field: str) -> Cell:
        several = self.places.get(field)
        return self._at(several[0]) if several else None

    def _of(self, field: str, read: Callable[[], Value]) -> Value | None:
        try:
            return read()
        except CellRefused as refused:
            several = self.places.get(field)
            self._refuse(self.titles[several[0]] if several else "", refused)
            return None

    def _memo(self) -> str | None:
        """Every column of words; what is wrong is named by its own column."""
        words = []
        for place in self.places.get("memo", ()):
            try:
                words.append(cells.text_of(self._at(place)))
            except CellRefused as refused:
                self._refuse(self.titles[place], refused)
        return self._of("memo", lambda: cells.memo_of(words))

    def _refuse(self, title: str, refused: CellRefused) -> None:
        self.errors.append(RowError(self.row.number, title, refused.code, refused.message_zh))

    def _moment(self) -> tuple[date, time | None]:
        day, clock = cells.moment_of(self._cell("moment"), self.layout.moments)
        if "clock" in self.places:
            clock = cells.clock_of(self._cell("clock"), self.layout.clocks)
        if day > self.today:
            raise CellRefused("day_after_today", "日期晚于今天")
        return day, clock

    def _amount(self) -> int:
        """Fen, above 0 for money in and below for money out."""
        if self.layout.amounts == "two_columns":
            income, outgo = cells.fen_of(self._cell("income")) or 0, cells.fen_of(self._cell("outgo")) or 0
            if min(income, outgo) < 0:
                raise CellRefused("amount_negative", "收支金额不应为负")
            if (income > 0) == (outgo > 0):
                raise CellRefused("amount_side", "收入与支出应恰有一项有金额")
            return income - outgo
        amount = cells.fen_of(self._cell("amount"))
        if not amount:
            raise CellRefused("amount", "没有金额")
        if self.layout.amounts == "signed":
            return amount
        word = cells.text_of(self._cell("direction"))
        if word not in (*self.layout.incoming, *self.layout.outgoing):
            raise CellRefused("direction", "无法识别收支方向")
        is_incoming = word in self.layout.incoming
        if is_incoming and amount < 0:
            raise CellRefused("amount_negative", "收入金额不应为负")
        return abs(amount) if is_incoming else -abs(amount)

    def _currency(self) -> None:
        if "currency" in self.places:
            word = cells.text_of(self._cell("currency"))
            if word.upper() not in self.layout.currencies:
                raise CellRefused("currency", "只接受人民币")

    def _serial(self) -> str:
        serial = cells.serial_of(self._cell("serial"))
        if "serial" in self.places and not serial:
            raise CellRefused("missing", "没有填写")
        return serial
