"""The published list in the database: whole, once, its parts beside their wholes and added to nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.core.actor import system_actor
from marketplace.core.errors import Forbidden, Invalid
from marketplace.statistics.models import DeclaredFigure, PublishedFigure
from marketplace.statistics.published import import_published, list_published
from tests.support.county import make_actor

ROOT = Path(__file__).resolve().parents[3]
LIST = (ROOT / "data" / "published" / "sales_statistics_consumption_aid.csv").read_bytes()
EXPECTED = [
    line.split("|")
    for line in (ROOT / "tests" / "data" / "published_figures.txt").read_text(encoding="utf-8").splitlines()
]


def test_every_row_is_kept_as_printed_with_its_flags_and_its_whole(session: Session) -> None:
    done = import_published(session, system_actor(), LIST)
    assert (done.read, done.added) == (103, 103)
    rows = {str(row.row_no): row for row in session.scalars(select(PublishedFigure))}
    numbers = {row.id: number for number, row in rows.items()}
    for number, figures, area, _, flags, whole in EXPECTED:
        row = rows[number]
        assert " ".join(f"{one['amount']} {one['unit']} {one['qualifier']}" for one in row.figures) == figures
        assert (row.area_code or "-", " ".join(flag["code"] for flag in row.flags) or "-") == (area, flags)
        assert (numbers[row.part_of_id] if row.part_of_id else "-") == whole
    assert rows["1"].raw_text == "230多"
    assert (rows["1"].amount, rows["1"].unit, rows["1"].qualifier) == (2_300_000_000_000, "fen", "over")
    assert rows["5"].compared == "其中低收入人口18266人次,占比31.09%"  # as printed, though it is wrong


def test_the_same_list_again_adds_nothing_and_nothing_of_it_is_in_any_sum(session: Session) -> None:
    import_published(session, system_actor(), LIST)
    again = import_published(session, system_actor(), LIST)
    assert (again.read, again.added) == (103, 0)
    for table in (Entry, DeclaredFigure):
        assert session.scalar(select(func.count()).select_from(table)) == 0


def test_a_list_of_other_columns_or_lengths_is_refused_whole(session: Session) -> None:
    lines = LIST.split(b"\n")
    for content, code in (
        (b"a,b\n1,2\n", "published_columns"),
        (b"\n".join([lines[0], lines[1], b"1,2,3"]), "published_rows"),
    ):
        with pytest.raises(Invalid) as refused:
            import_published(session, system_actor(), content)
        assert refused.value.code == code
    assert session.scalar(select(func.count()).select_from(PublishedFigure)) == 0


def test_who_may_not_set_targets_of_the_nation_imports_nothing(session: Session) -> None:
    officer = make_actor(session, "city_officer", "441400")
    with pytest.raises(Forbidden):
        import_published(session, officer, LIST)


def test_rows_are_found_by_area_in_its_own_words_and_by_their_doubts(session: Session) -> None:
    import_published(session, system_actor(), LIST)

    def numbers(**asked: object) -> list[int]:
        options = {"flagged": False, "words": None} | asked
        area = options.pop("area", None)
        return sorted(row.row_no for row in session.scalars(list_published(area, **options)))  # type: ignore[arg-type, type-var]

    assert numbers(area="广西(粤桂协作)") == [4, 5]
    assert numbers(area="441400", flagged=True) == [7, 8, 9, 10, 11]
    assert numbers(area="441400", words="就业") == [14, 15]


def test_a_published_row_cannot_be_changed(session: Session) -> None:
    import_published(session, system_actor(), LIST)
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(update(PublishedFigure).values(note="改"))
