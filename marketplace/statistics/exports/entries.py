"""The entries behind a figure, all of them: as many as the books have, read and written a batch at a time.

XLSX and CSV are for people (titles, yuan), JSON and Parquet for programs (codes, fen, thousandths). No buyer and no household is
named; orders are by number, and opened under the order's own permission.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import Row
from sqlalchemy.orm import Session

from marketplace.accounts.service.exports import OpenKind, Order, Progress
from marketplace.core.actor import area_prefix
from marketplace.core.clock import day_of
from marketplace.core.errors import Invalid
from marketplace.core.money import yuan
from marketplace.core.sheets.export import Value
from marketplace.core.sheets.stream import stream_csv, stream_xlsx
from marketplace.statistics import dimension_titles as titles
from marketplace.statistics.asking import question_of
from marketplace.statistics.behind import SHOWN, check_behind, count_behind, stream_behind
from marketplace.statistics.dimensions import GOODS_CLASSES, area_title
from marketplace.statistics.exports.answers import place_and_months
from marketplace.statistics.exports.parameters import loaded, long_snapshot
from marketplace.statistics.parquet import write_parquet
from marketplace.statistics.position import books_position
from marketplace.statistics.question import Question
from marketplace.statistics.schemas import BehindArgs

MOST: Final = {"xlsx": 2_000_000, "csv": 50_000_000, "json": 50_000_000, "parquet": 50_000_000}
"""Entries of one file: two sheets of a spreadsheet, which take some ten minutes, and what a disk should."""
KINDS: Final = {"sale": "销售", "refund": "退货退款", "correction": "更正"}
_NUMBERS: Final = frozenset({"entry_no", "sale_fen", "quantity_milli", "benefit_fen"})
_COLUMNS: Final = (*SHOWN, "order_number")
_WIDTHS: Final = {
    "product_name": 24,
    "producer_name": 28,
    "order_number": 18,
    "origin_area": 14,
    "buyer_area": 14,
}


def _number(milli: int) -> int | Decimal:
    whole, rest = divmod(milli, 1000)
    return Decimal(milli).scaleb(-3).normalize() if rest else whole


def _word(table: dict[str, str]) -> Callable[[Any], Value]:
    return lambda code: None if code is None else table.get(code, str(code))


@lru_cache(10_000)
def _area(code: str) -> str:
    return area_title(area_prefix(code))


# Heading and how a value is printed, by column.
PRINTED: Final[dict[str, tuple[str, Callable[[Any], Value]]]] = {
    "entry_no": ("分录号", int),
    "kind": ("种类", _word(KINDS)),
    "order_number": ("订单号", str),
    "product_name": ("产品", str),
    "producer_name": ("带贫主体", str),
    "category_code": ("品类", titles.category_title),
    "origin_area": ("产地", _area),
    "buyer_area": ("采购地", _area),
    "buyer_kind": ("采购主体类型", _word(titles.BUYER_KINDS)),
    "channel_kind": ("渠道类型", _word(titles.CHANNELS)),
    "participation_mode": ("参与方式", _word(titles.MODES)),
    "goods_class": ("商品类别", _word(GOODS_CLASSES)),
    "scheme": ("认定体系", _word(titles.SCHEMES)),
    "linkage_mode": ("利益联结模式", _word(titles.LINKAGES)),
    "sale_fen": ("销售额(元)", yuan),
    "quantity_milli": ("数量", _number),
    "benefit_fen": ("带动金额(元)", yuan),
    "counted_at": ("计入日", lambda at: day_of(at).isoformat()),
    "sold_period": ("发生期", str),
    "period": ("入账期", str),
    "adjusts_period": ("调整所属期", str),
}


def _question(order: Order) -> Question:
    args = loaded(BehindArgs, order)
    question = question_of(order.actor, args | {"measures": "sales", "by": None, "on": None})
    check_behind(question)
    return question


def _check(_session: Session, order: Order) -> str:
    return f"统计明细 {place_and_months(_question(order))}"


def _write(order: Order, file: Path, progress: Progress) -> int:
    question = _question(order)
    most = MOST[order.file_format]
    with long_snapshot() as session:
        total = count_behind(session, question)
        if total > most:
            raise Invalid("export_too_large", f"该格式的导出至多 {most} 行", most=str(most))
        progress(0, total)
        position, _ = books_position(session, question.to_period)
        about = f"{_title(question)},账本位置:{position}"
        with closing(stream_behind(session, question)) as found:
            return _WRITERS[order.file_format](file, _told(found, progress), about)


def _told(rows: Iterator[Row[Any]], progress: Progress) -> Iterator[Row[Any]]:
    for count, row in enumerate(rows, start=1):
        yield row
        if count % 1_000 == 0:
            progress(count)


def _title(question: Question) -> str:
    side = "产地视角" if question.view == "seller" else "采购地视角"
    return f"统计明细 {place_and_months(question)},{side}"


def _printed(rows: Iterator[Row[Any]]) -> Iterator[Sequence[Value]]:
    places = [(_COLUMNS.index(name), show) for name, (_, show) in PRINTED.items()]
    for row in rows:
        yield [None if row[place] is None else show(row[place]) for place, show in places]


def _csv(file: Path, rows: Iterator[Row[Any]], _about: str) -> int:
    return stream_csv(file, [heading for heading, _ in PRINTED.values()], _printed(rows))


def _xlsx(file: Path, rows: Iterator[Row[Any]], about: str) -> int:
    return stream_xlsx(
        file,
        [heading for heading, _ in PRINTED.values()],
        _printed(rows),
        before=[[about]],
        widths=[_WIDTHS.get(name, 0) for name in PRINTED],
    )


def _json(file: Path, rows: Iterator[Row[Any]], about: str) -> int:
    count = 0
    with file.open("wb") as out:
        out.write(b'{"title":' + orjson.dumps(about) + b',"items":[')
        for row in rows:
            out.write(b",\n" if count else b"\n")
            out.write(orjson.dumps(dict(zip(_COLUMNS, row, strict=True)), option=orjson.OPT_UTC_Z))
            count += 1
        out.write(b"\n]}\n")
    return count


def _parquet(file: Path, rows: Iterator[Row[Any]], _about: str) -> int:
    columns = {name: "BIGINT" if name in _NUMBERS else "VARCHAR" for name in _COLUMNS} | {
        "counted_at": "TIMESTAMP"
    }
    place = _COLUMNS.index("counted_at")
    return write_parquet(
        file,
        columns,
        (
            [*row[:place], row[place].astimezone(UTC).replace(tzinfo=None).isoformat(" "), *row[place + 1 :]]
            for row in rows
        ),
    )


_WRITERS: Final[dict[str, Callable[[Path, Iterator[Row[Any]], str], int]]] = {
    "csv": _csv,
    "json": _json,
    "parquet": _parquet,
    "xlsx": _xlsx,
}
ENTRIES = OpenKind(
    "statistics_entries", "统计明细", "statistics.read", ("csv", "xlsx", "json", "parquet"), _check, _write
)
