"""A list of published figures into the table beside the ledger: all rows or none; the same list again adds nothing."""

from __future__ import annotations

import csv
import hashlib
import io
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Select, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.core import audit, divisions
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import table_of
from marketplace.core.errors import Invalid
from marketplace.core.ids import uuid7
from marketplace.core.sheets.delimited import decode
from marketplace.statistics.models import PublishedFigure
from marketplace.statistics.published.checks import Flag, flags_of, is_named_in
from marketplace.statistics.published.reading import Figure, half_of_last_digit, read_period, read_value

COLUMNS: Final = (
    "序号",
    "统计地区",
    "统计期间",
    "指标名称(原文)",
    "数值(原文)",
    "单位",
    "同比/完成率/目标(原文)",
    "口径备注(原文)",
    "source",
)
MOST_ROWS: Final = 5_000


@dataclass(frozen=True)
class PublishedImport:
    """What a list came to: rows read, rows that were new, rows with a flag."""

    read: int
    added: int
    flagged: int


@dataclass(frozen=True, slots=True)
class _Row:
    cells: Mapping[str, str]
    figures: tuple[Figure, ...]
    digest: bytes

    def __getitem__(self, name: str) -> str:
        return self.cells[name]


def import_published(session: Session, actor: Actor, content: bytes) -> PublishedImport:
    """Keep every row of a CSV in its words, with what could be read of it and what is to be doubted.

    Invalid ``published_columns`` for other columns, ``published_rows`` for a row of another length, or too many. Needs
    ``statistics.targets`` over the nation: the rows are of many areas.
    """
    actor.require("statistics.targets", area=divisions.NATION)
    rows = [_row(cells) for cells in _cells(content)]
    parents = _parents(rows)
    ids = _known(session, rows)
    new, now = [], utcnow()
    for place, row in enumerate(rows):
        if row.digest in ids:
            continue
        ids[row.digest] = uuid7()
        parent = parents.get(place)
        flags = list(
            flags_of(
                row[COLUMNS[3]],
                row[COLUMNS[4]],
                row[COLUMNS[5]],
                row[COLUMNS[6]],
                row[COLUMNS[7]],
                row.figures,
            )
        )
        if parent is not None:
            flags += _flags_of_part(rows[parent], row)
        new.append(
            _values(row, flags, None if parent is None else ids[rows[parent].digest])
            | {"id": ids[row.digest], "created_at": now}
        )
    if new:
        statement = insert(table_of(PublishedFigure)).on_conflict_do_nothing(index_elements=["digest"])
        session.execute(statement, new)
        audit.record(
            session,
            actor,
            "statistics.published.imported",
            "published_figure",
            "list",
            detail={"rows": len(new)},
        )
    return PublishedImport(len(rows), len(new), sum(bool(one["flags"]) for one in new))


def list_published(area: str | None, *, flagged: bool, words: str | None) -> Select[Any]:
    """Published rows, unsorted, for a paged list: of an area (its code or its words), only those that are doubted."""
    statement = select(PublishedFigure)
    if area is not None:
        statement = statement.where(
            or_(PublishedFigure.area_code == area, PublishedFigure.area_words == area)
        )
    if words is not None:
        statement = statement.where(PublishedFigure.indicator.contains(words, autoescape=True))
    return statement.where(PublishedFigure.flags != []) if flagged else statement


def area_of(words: str) -> str | None:
    """The division that the words name whole, a province also by its short name; 巴州 and 广州帮扶梅州 stay words."""
    exact = [
        one
        for one in divisions.find(words)
        if words == one.name or (one.level in ("nation", "province") and one.name.startswith(words))
    ]
    return exact[0].code if len(exact) == 1 else None


def _cells(content: bytes) -> list[dict[str, str]]:
    reader = csv.reader(io.StringIO(decode(content), newline=""), strict=True)
    try:
        header = tuple(next(reader, []))
        lines = list(reader)
    except csv.Error as error:
        raise Invalid("published_rows", "表格有误", pointer="/file") from error
    if header != COLUMNS:
        raise Invalid("published_columns", f"表头应为:{'、'.join(COLUMNS)}", pointer="/file")
    if len(lines) > MOST_ROWS or any(len(line) != len(COLUMNS) for line in lines):
        raise Invalid("published_rows", f"每行应有 {len(COLUMNS)} 列,至多 {MOST_ROWS} 行", pointer="/file")
    return [dict(zip(COLUMNS, (cell.strip() for cell in line), strict=True)) for line in lines]


def _row(cells: Mapping[str, str]) -> _Row:
    said = {
        name: value for name, value in cells.items() if name != COLUMNS[0]
    }  # its place in a list is not what it says
    digest = hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).digest()
    return _Row(cells, read_value(cells[COLUMNS[4]], cells[COLUMNS[5]]), digest)


def _parents(rows: Sequence[_Row]) -> dict[int, int]:
    """Place of a 其中 row → place of the row it is part of: the nearest before it of the same area and source that names it,

    else, for one that calls itself 其中, the nearest that does not.
    """
    found: dict[int, int] = {}
    for place, row in enumerate(rows):
        same = [
            before
            for before in range(place - 1, -1, -1)
            if all(rows[before][name] == row[name] for name in (COLUMNS[1], COLUMNS[8]))
        ]
        named = [
            one
            for one in same
            if is_named_in(
                row[COLUMNS[4]], row[COLUMNS[5]], f"{rows[one][COLUMNS[6]]};{rows[one][COLUMNS[7]]}"
            )
        ]
        if not named and row[COLUMNS[3]].startswith("其中"):
            named = [one for one in same if not rows[one][COLUMNS[3]].startswith("其中")]
        if named:
            found[place] = named[0]
    return found


def _flags_of_part(whole: _Row, part: _Row) -> list[Flag]:
    flags = [Flag("part_of", f"含于“{whole[COLUMNS[3]]}{whole[COLUMNS[4]]}{whole[COLUMNS[5]]}”")]
    if whole.figures and part.figures and whole.figures[-1].unit == part.figures[-1].unit:
        room = half_of_last_digit(whole[COLUMNS[4]], whole[COLUMNS[5]]) + half_of_last_digit(
            part[COLUMNS[4]], part[COLUMNS[5]]
        )
        if part.figures[-1].amount > whole.figures[-1].amount + room:
            flags.append(Flag("parts_exceed", f"{part.figures[-1].words} > {whole.figures[-1].words}"))
    return flags


def _known(session: Session, rows: Sequence[_Row]) -> dict[bytes, uuid.UUID]:
    digests = [row.digest for row in rows]
    found = session.execute(
        select(PublishedFigure.digest, PublishedFigure.id).where(PublishedFigure.digest.in_(digests))
    )
    return {bytes(digest): known for digest, known in found}


def _values(row: _Row, flags: list[Flag], part_of: uuid.UUID | None) -> dict[str, Any]:
    from_day, to_day = read_period(row[COLUMNS[2]])
    if to_day is None:
        flags.append(Flag("period_in_words", row[COLUMNS[2]]))
    main = row.figures[-1] if row.figures else None
    return {
        "digest": row.digest,
        "row_no": int(row[COLUMNS[0]]) if row[COLUMNS[0]].isdecimal() else None,
        "area_words": row[COLUMNS[1]],
        "area_code": area_of(row[COLUMNS[1]]),
        "period_words": row[COLUMNS[2]],
        "from_day": from_day,
        "to_day": to_day,
        "indicator": row[COLUMNS[3]],
        "raw_text": row[COLUMNS[4]],
        "unit_words": row[COLUMNS[5]],
        "unit": None if main is None else main.unit,
        "amount": None if main is None else main.amount,
        "upper_amount": None if main is None else main.upper,
        "qualifier": None if main is None else main.qualifier,
        "figures": [asdict(one) for one in row.figures],
        "compared": row[COLUMNS[6]] or None,
        "note": row[COLUMNS[7]] or None,
        "source": row[COLUMNS[8]],
        "part_of_id": part_of,
        "flags": [asdict(one) for one in flags],
    }
