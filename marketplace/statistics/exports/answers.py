"""An answer of `GET /statistics`, whole: every row, in the order asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from sqlalchemy.orm import Session

from marketplace.accounts.service.exports import OpenKind, Order, Progress
from marketplace.statistics.answers import answer_as_json
from marketplace.statistics.arrangement import Arranged, Arrangement, arranged
from marketplace.statistics.asking import question_of
from marketplace.statistics.comparison_measures import title_of
from marketplace.statistics.dimensions import area_title
from marketplace.statistics.export import answer_file
from marketplace.statistics.exports.parameters import loaded, long_snapshot
from marketplace.statistics.parquet import write_parquet
from marketplace.statistics.query import Row
from marketplace.statistics.question import Question
from marketplace.statistics.schemas import StatisticsArgs


def _question(order: Order) -> tuple[Question, dict[str, Any]]:
    args = loaded(StatisticsArgs, order)
    return question_of(order.actor, args), args


def _check(_session: Session, order: Order) -> str:
    question, _ = _question(order)
    for code in question.measures:
        title_of(code)  # refuses one that is unknown
    return f"统计查询 {place_and_months(question)}"


def _write(order: Order, file: Path, progress: Progress) -> int:
    question, args = _question(order)
    with long_snapshot() as session:
        found = arranged(
            session, question, Arrangement(args["sort"], args["top"], None, None, args["subtotals"])
        )
    rows = len(found.answer.rows)
    progress(0, rows)
    if order.file_format == "parquet":
        _write_parquet(file, question, found)
    elif order.file_format == "json":
        file.write_bytes(orjson.dumps(answer_as_json(question, found.answer, found.subtotals)))
    else:
        file.write_bytes(answer_file(order.file_format, question, found.answer, subtotals=found.subtotals))
    return rows


def _write_parquet(file: Path, question: Question, found: Arranged) -> None:
    """Key and title of each dimension, then the measures (fen, counts, basis points); sub-totals and total are no rows of it."""
    names = [code.replace(".", "_") for code in question.by]
    columns = {name: "VARCHAR" for code in names for name in (code, f"{code}_title")}
    columns |= dict.fromkeys(question.measures, "BIGINT")
    rows = found.answer.rows if question.by else [Row((), (), found.answer.total)]
    write_parquet(
        file,
        columns,
        (
            [
                *(
                    part
                    for key, title in zip(row.key, row.titles, strict=True)
                    for part in (None if key is None else str(key), title)
                ),
                *row.figures.values(),
            ]
            for row in rows
        ),
    )


def place_and_months(question: Question) -> str:
    """Where and when a question is about, for the title of a file: 梅州市 2020-09."""
    place = "全国" if question.area == "000000" else area_title(question.area)
    first, last = question.from_period or "起始", question.to_period or "最新"
    return f"{place} {first if first == last else f'{first}至{last}'}"


STATISTICS = OpenKind(
    "statistics", "统计查询", "statistics.read", ("xlsx", "csv", "json", "parquet"), _check, _write
)
