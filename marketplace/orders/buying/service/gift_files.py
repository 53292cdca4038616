"""Recipients out of a spreadsheet: a row a person, a column for the units of each listing (商品1, 商品2, …)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, cast

from marketplace.core import divisions
from marketplace.core.errors import Invalid
from marketplace.core.sheets import cells
from marketplace.core.sheets.cells import CellRefused, Column
from marketplace.core.sheets.limits import DEFAULT_LIMITS
from marketplace.core.sheets.problems import RowError
from marketplace.core.sheets.reader import Cell
from marketplace.core.sheets.table import read_table
from marketplace.orders.buying.service.gifts import MOST_RECIPIENTS, Recipient
from marketplace.orders.service.basket import MOST_LINES

LIMITS: Final = replace(DEFAULT_LIMITS, rows=MOST_RECIPIENTS + 1)
_TELEPHONE: Final = re.compile(r"[0-9+\- ]{5,20}", re.ASCII)


def _telephone(text: str) -> str:
    if _TELEPHONE.fullmatch(text) is None:
        raise Invalid("telephone", "电话号码格式不正确")
    return text


def _area(cell: Cell) -> str:
    text = str(cells.text(60)(cell))
    if divisions.is_known(text):
        return divisions.get(text).code
    found = divisions.find(text)
    if len(found) != 1:
        raise CellRefused("unknown_division", "没有这个行政区划，或有多个同名，请写代码")
    return found[0].code


def _columns(listings: int) -> tuple[Column, ...]:
    return (
        Column("name", "姓名", cells.text(60), required=True, aliases=("收件人",)),
        Column("telephone", "电话", cells.checked(_telephone), required=True, aliases=("手机", "联系电话")),
        Column("area", "区划", _area, required=True, aliases=("区县", "行政区划")),
        Column("address", "地址", cells.text(200), required=True, aliases=("详细地址",)),
        *(
            Column(f"item{number}", f"商品{number}", cells.whole_number(0, 1_000_000))
            for number in range(1, listings + 1)
        ),
    )


def read_recipients(data: bytes, listing_ids: Sequence[uuid.UUID]) -> tuple[list[Recipient], list[RowError]]:
    """The recipients of a CSV or XLSX file and what is wrong with it; Invalid (``sheet_…``, `lines`) when it cannot be read.

    商品n is the n-th of `listing_ids`. Errors never repeat a person's values.
    """
    if not 1 <= len(listing_ids) <= MOST_LINES:
        raise Invalid("lines", f"一次下单应有 1 至 {MOST_LINES} 行", pointer="/listing_ids")
    table = read_table(data, _columns(len(listing_ids)), limits=LIMITS)
    errors = list(table.errors)
    found = []
    for row in table.rows:
        quantities = {
            key: cast("int", row.values[f"item{number}"])
            for number, key in enumerate(listing_ids, 1)
            if row.values[f"item{number}"]
        }
        if not quantities:
            errors.append(RowError(row.number, "商品1", "recipient_empty", "每位收件人至少一件商品"))
        person = {name: str(row.values[name]) for name in ("name", "telephone", "area", "address")}
        found.append(Recipient(**person, quantities=quantities))
    return found, sorted(errors, key=lambda error: error.row)
