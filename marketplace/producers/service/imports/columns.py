"""The columns of a product list, with the headings under which offices send them."""

from __future__ import annotations

import re
from typing import Final

from marketplace.core import divisions
from marketplace.core.amounts import Amount
from marketplace.core.identifiers import parse_gtin, parse_uscc
from marketplace.core.money import MAX_FEN
from marketplace.core.sheets import cells
from marketplace.core.sheets.cells import CellRefused, Column
from marketplace.core.sheets.reader import Cell
from marketplace.core.sheets.table import TableRow
from marketplace.producers import categories
from marketplace.producers.codes import QUALITY_MARKS
from marketplace.producers.rules import (
    FIELD_NAMES,
    MAX_CAPACITY,
    MAX_DESCRIPTION,
    MAX_NAME,
    MAX_SHELF_LIFE_DAYS,
    MAX_SPEC,
    MAX_WEIGHT_G,
    TAX_TITLES,
    ProductDraft,
    published_amount,
)


def category_cell(cell: Cell) -> str:
    """A third-level category by title or code, as its code."""
    category = categories.by_title(str(cells.text(20)(cell)))
    if category is None:
        raise CellRefused("unknown_category", "没有这个三级品类")
    return category.code


def area_cell(cell: Cell) -> str:
    """A division by code (6, 9 or 12 digits, as text) or by its name, if only one has it, as its code."""
    text = str(cells.text(60)(cell))
    if re.fullmatch(r"[0-9]+", text):
        return text
    found = divisions.find(text)
    if len(found) != 1:
        raise CellRefused(
            "unknown_division" if not found else "ambiguous_division",
            "没有这个行政区划" if not found else "有多个同名的行政区划，请写全称或代码",
        )
    return found[0].code


def marks_cell(cell: Cell) -> tuple[str, ...]:
    """Quality marks by title or code, separated by 、 or comma."""
    by_title = {title: code for code, title in QUALITY_MARKS.items()}
    words = [word for word in re.split(r"[、,，;；\s]+", str(cells.text(200)(cell))) if word]
    unknown = [word for word in words if word not in by_title and word not in QUALITY_MARKS]
    if unknown:
        raise CellRefused("unknown_mark", "没有这种质量标志")
    return tuple(by_title.get(word, word) for word in words)


def description_cell(cell: Cell) -> str:
    """Text of several lines; a CSV may end them with CR LF."""
    told = cell.replace("\r\n", "\n") if isinstance(cell, str) else cell
    return str(cells.text(MAX_DESCRIPTION)(told))


COLUMNS: Final = (
    Column(
        "uscc",
        "统一社会信用代码",
        cells.checked(parse_uscc),
        required=True,
        aliases=("主体统一社会信用代码", "供应商统一社会信用代码"),
    ),
    Column(
        "producer_name", "主体名称", cells.text(MAX_NAME), aliases=("供应商", "生产主体", "供应商/生产主体")
    ),
    Column("name", "产品名称", cells.text(MAX_NAME), required=True),
    Column("category_code", "品类", category_cell, required=True, aliases=("三级品类",)),
    Column("brand", "商标/品牌", cells.text(MAX_NAME), aliases=("商标", "品牌")),
    Column("spec", "规格", cells.text(MAX_SPEC), required=True),
    Column("unit", "计量单位", cells.text(10), required=True),
    Column("net_weight_g", "净含量(克)", cells.whole_number(1, MAX_WEIGHT_G)),
    Column("gtin", "69码", cells.checked(parse_gtin), aliases=("商品条码",)),
    Column("origin_area", "产地", area_cell, required=True, aliases=("产地区划",)),
    Column("shelf_life_days", "保质期(天)", cells.whole_number(1, MAX_SHELF_LIFE_DAYS)),
    Column("season_from", "上市起始月", cells.whole_number(1, 12)),
    Column("season_to", "上市截止月", cells.whole_number(1, 12)),
    Column("is_perishable", "鲜活易腐", cells.yes_no()),
    Column("tax_treatment", "税收处理", cells.choice(TAX_TITLES)),
    Column("annual_capacity", "年产能", cells.whole_number(0, MAX_CAPACITY)),
    Column("value", "商品价值量(万元)", cells.published_amount("万元"), aliases=("商品价值量",)),
    Column("quality_marks", "质量标志", marks_cell),
    Column("description", "产品介绍", description_cell, aliases=("描述", "产品描述", "介绍", "产品简介")),
)
RETURNED: Final = (
    Column("returned_row", "原行号", lambda cell: cell),
    Column("returned_reason", "错误", lambda cell: cell),
)
"""What a file of refused rows adds; read back, these columns say nothing."""
TITLES: Final = {column.key: column.title for column in COLUMNS} | {"commodity_value_fen": "商品价值量(万元)"}


def draft_of(row: TableRow) -> ProductDraft:
    """The draft that a good row tells; a published amount keeps its words beside the value."""
    values = {key: value for key, value in row.values.items() if key in FIELD_NAMES}
    amount = row.values["value"]
    if isinstance(amount, Amount):
        values["commodity_value_fen"] = min(amount.value_fen or 0, MAX_FEN)
        values["published"] = {"commodity_value": published_amount(amount)}
    values["quality_marks"] = values["quality_marks"] or ()
    return ProductDraft(**values)  # type: ignore[arg-type]  # every column's kind gives the field's type
