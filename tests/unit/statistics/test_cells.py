"""What of a report is a cell, and what a reader can put together from several reports."""

from __future__ import annotations

import pytest

from marketplace.statistics.bulletins.building import Subject
from marketplace.statistics.bulletins.cells import FAMILIES, cells_of, nested_equation, withhold
from marketplace.statistics.bulletins.rules import SEALED
from marketplace.statistics.reports import report
from marketplace.statistics.reports.protocol import Column, ReportTable, Value
from marketplace.statistics.reports.r1_monthly import COLUMNS as R1
from marketplace.statistics.reports.r5_cooperation import COLUMNS as R5
from marketplace.statistics.reports.r6_benefit import COLUMNS as R6
from marketplace.statistics.rules.suppression import Equation, Publication, protect

SEPTEMBER = "2020-01..2020-09"


def row(columns: tuple[Column, ...], *words: str, **figures: int) -> list[Value]:
    rest = columns[len(words) :]
    return [*words, *(figures.get(column.code, 0) for column in rest)]


def shown(new: Publication, hidden: frozenset[str]) -> Publication:
    return Publication(
        {key: None if key in hidden else value for key, value in new.values.items()}, new.small, new.equations
    )


def test_every_report_that_can_be_a_bulletin_says_which_of_its_columns_count_households() -> None:
    assert set(FAMILIES) == set(SEALED)
    assert all(report(code).code == code for code in SEALED)
    columns = {"R1": R1, "R5": R5, "R6": R6}
    for code, families in FAMILIES.items():
        known = {column.code for column in columns.get(code, ())}
        for family in families:
            assert {family.count, *family.hides, *family.also} <= known


def test_a_figure_has_one_key_wherever_it_is_printed() -> None:
    rows = [row(R1, "梅州市", households=7, persons=28)]
    city = ReportTable(R1, rows, row(R1, "合计", households=7), [], 1, 1, keys=["4414"])
    in_province = cells_of(Subject("R1", "2020-09", "440000"), city)
    counties = ReportTable(
        R1, [row(R1, "梅县区", households=7)], row(R1, "合计", households=7), [], 1, 1, keys=["441403"]
    )
    in_city = cells_of(Subject("R1", "2020-09", "441400", level="county"), counties)
    assert set(in_province.values) == {f"covered|origin|4414|{SEPTEMBER}", f"covered|origin|44|{SEPTEMBER}"}
    assert set(in_city.values) == {f"covered|origin|441403|{SEPTEMBER}", f"covered|origin|4414|{SEPTEMBER}"}
    country = ReportTable(R1, rows, row(R1, "合计", households=7), [], 1, 1, keys=["4414"])
    for view in ("seller", "buyer"):
        whole = cells_of(Subject("R1", "2020-09", "000000", view), country)
        assert f"covered|all||{SEPTEMBER}" in whole.values


def test_a_county_s_report_by_city_has_the_county_under_the_name_of_its_city() -> None:
    made = ReportTable(
        R1, [row(R1, "梅州市", households=2)], row(R1, "合计", households=2), [], 1, 1, keys=["4414"]
    )
    cells = cells_of(Subject("R1", "2020-09", "441403"), made)
    assert set(cells.values) == {f"covered|origin|441403|{SEPTEMBER}"}
    public = withhold(made, cells, protect(cells.publication))
    assert (public.rows[0][-6], (public.total or [])[-6]) == ("*", "*")


def test_a_row_without_figures_counts_nobody() -> None:
    silent: list[Value] = ["深圳市", *["未报"] * (len(R1) - 1)]
    made = ReportTable(R1, [silent], row(R1, "合计", households=5), [], 1, 1, keys=["4403"])
    assert cells_of(Subject("R1", "2020-09", "440000"), made).values[f"covered|origin|4403|{SEPTEMBER}"] == 0


def test_two_households_off_file_are_as_small_as_two_on_file() -> None:
    rows = [row(R5, "广州市", "梅州市", households=20, on_file=18, persons_file=70, produce=500)]
    subject = Subject("R5", "2020-09", "440000")
    table = ReportTable(R5, rows, None, [], 1, 1, keys=["4401>4414"])
    cells = cells_of(subject, table)
    hidden = protect(cells.publication)
    assert hidden == {f"file|R5:origin:44|4401>4414|{SEPTEMBER}"}
    public = withhold(table, cells, hidden).rows[0]
    figures = dict(zip([column.code for column in R5], public, strict=True))
    assert (figures["households"], figures["on_file"], figures["persons_file"]) == (20, "*", "*")
    assert figures["produce"] == 500


def test_the_helpers_of_an_area_and_the_area_itself_are_put_together() -> None:
    subject = Subject("R5", "2020-09", "440000")
    rows = [row(R5, "广州市", "梅州市", households=39, on_file=39)]
    cells = cells_of(subject, ReportTable(R5, rows, None, [], 1, 1, keys=["4401>4414"]))
    area = Publication({f"covered|origin|4414|{SEPTEMBER}": 40}, frozenset(), ())
    assert protect(cells.publication) == frozenset()
    # one household is reached by nobody's help
    assert f"covered|R5:origin:44|4401>4414|{SEPTEMBER}" in protect(cells.publication, [area])


def test_what_a_producer_has_in_the_city_s_report_does_not_complete_the_province_s() -> None:
    def of(area: str, **counts: int) -> tuple[Subject, ReportTable]:
        rows = [
            row(R6, name, "订单收购", households=count, benefited=count, accrued=100 * count)
            for name, count in counts.items()
        ]
        total = row(R6, "合计", "", households=sum(counts.values()), benefited=sum(counts.values()))
        return Subject("R6", "2020-09", area), ReportTable(R6, rows, total, [], 1, 1)

    province = cells_of(*of("440000", small=2, other=5, third=9))
    first = shown(province.publication, protect(province.publication))
    assert {key.split("|")[2].split(">")[0] for key, value in first.values.items() if value is None} == {
        "small",
        "other",
    }
    city = cells_of(*of("441400", small=2, other=5, fourth=4))
    for key, value in list(city.values.items()):
        for before, was in first.values.items():
            if (found := nested_equation(key, value or 0, before, was)) is not None:
                city.equations.append(found)
    hidden = protect(city.publication, [first])
    assert {key.split("|")[2].split(">")[0] for key in hidden if "R6" in key} == {"small", "fourth"} | {
        "other"
    }


@pytest.mark.parametrize(
    ("other", "count", "equation"),
    [
        (
            "covered|R6:origin:44|a|m",
            5,
            Equation("covered|R6:origin:44|a|m", ("covered|R6:origin:4414|a|m",)),
        ),
        ("covered|R6:origin:44|b|m", 5, None),
        ("covered|R6:origin:45|a|m", 5, None),
        ("covered|R6:origin:4414|a|m", 5, None),
        (
            "covered|R6:origin:44|a|m",
            6,
            Equation(
                "covered|R6:origin:44|a|m",
                (
                    "covered|R6:origin:4414|a|m",
                    "outside covered|R6:origin:4414|a|m|covered|R6:origin:44|a|m",
                ),
            ),
        ),
    ],
)
def test_rows_of_one_name_are_the_same_or_one_holds_the_other(
    other: str, count: int, equation: Equation | None
) -> None:
    assert nested_equation("covered|R6:origin:4414|a|m", 5, other, count) == equation
