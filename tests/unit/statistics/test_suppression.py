"""What is withheld, and why nothing that was published in a year gives a small cell away."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.actor import area_prefix
from marketplace.statistics.bulletins.building import Subject
from marketplace.statistics.bulletins.cells import cells_of, withhold
from marketplace.statistics.dimensions import area_title
from marketplace.statistics.disclosure import month_publication
from marketplace.statistics.reports.protocol import Column, ReportTable, Value
from marketplace.statistics.rules.areas import tree
from marketplace.statistics.rules.dominance import is_dominated
from marketplace.statistics.rules.linear import Solution, Span
from marketplace.statistics.rules.suppression import (
    MOST_CELLS,
    Computable,
    Equation,
    Publication,
    TooManyCells,
    protect,
)


def table(values: dict[str, int], *equations: tuple[str, str]) -> Publication:
    return Publication(
        values, frozenset(), tuple(Equation(total, tuple(parts)) for total, parts in equations)
    )


def shown(new: Publication, hidden: frozenset[str]) -> Publication:
    values = {key: None if key in hidden else value for key, value in new.values.items()}
    return Publication(values, frozenset(k for k, v in new.values.items() if v in {1, 2}), new.equations)


def test_a_lone_small_cell_takes_the_smallest_other_one_with_it() -> None:
    one = table({"a": 2, "b": 50, "c": 7, "d": 0, "t": 59}, ("t", "abcd"))
    assert protect(one) == {"a", "c"}
    assert protect(table({"a": 1, "b": 2, "c": 9, "t": 12}, ("t", "abc"))) == {"a", "b"}
    assert protect(table({"a": 3, "b": 4, "t": 7}, ("t", "ab"))) == frozenset()


def test_two_cells_of_one_household_each_take_a_third_for_their_sum_would_tell() -> None:
    assert protect(table({"a": 1, "b": 1, "c": 9, "t": 11}, ("t", "abc"))) == {"a", "b", "c"}


def test_a_sub_total_is_protected_in_its_rows_and_in_its_columns() -> None:
    values = {"a": 2, "b": 9, "x": 11, "c": 8, "d": 7, "y": 15, "p": 10, "q": 16, "t": 26}
    both = table(values, ("x", "ab"), ("y", "cd"), ("p", "ac"), ("q", "bd"), ("t", "xy"), ("t", "pq"))
    # a with c in its column, then b and d, so that neither row, column nor the two together give a
    assert protect(both) == {"a", "b", "c", "d"}


def test_what_was_shown_and_what_is_new_do_not_complete_each_other() -> None:
    month = table({"a": 2, "b": 9, "c": 8, "t": 19}, ("t", "abc"))
    hidden = protect(month)
    assert hidden == {"a", "c"}
    beside = table({"c": 8, "b": 9, "u": 17}, ("u", "bc"))
    assert protect(beside, [shown(month, hidden)]) == {"c", "u"}


def test_a_figure_that_grew_by_one_household_is_withheld_beside_the_earlier_one() -> None:
    earlier = table({"may": 40})
    later = table({"june": 41})
    grown = Publication(later.values, frozenset(), (Equation("june", ("may", "new")),))
    assert protect(grown, [shown(earlier, frozenset())]) == {"june"}


def test_what_is_known_already_is_refused_by_the_name_of_the_cell() -> None:
    one, rest = table({"t": 12}), table({"b": 10})
    with pytest.raises(Computable) as refused:
        protect(
            Publication({"a": 2}, frozenset(), (Equation("t", ("a", "b")),)),
            [shown(one, frozenset()), shown(rest, frozenset())],
        )
    assert refused.value.cell == "a"
    with pytest.raises(TooManyCells):
        protect(table({str(number): 5 for number in range(MOST_CELLS + 1)}))


@given(st.lists(st.integers(0, 20), min_size=2, max_size=9))
def test_no_table_with_a_total_leaves_a_small_cell_to_subtraction(counts: list[int]) -> None:
    names = [f"c{i}" for i in range(len(counts))]
    values = dict(zip(names, counts, strict=True)) | {"t": sum(counts)}
    hidden = protect(Publication(values, frozenset(), (Equation("t", tuple(names)),)))
    assert {key for key, count in values.items() if count in {1, 2}} <= hidden
    if "t" not in hidden:
        assert sum(values[key] for key in hidden) >= 3 or not hidden
        assert len(hidden) != 1


def test_a_span_knows_what_follows_and_from_which_equations() -> None:
    span = Span()
    span.add({"a": 1, "b": 1}, 7, 0)
    span.add({"b": 2, "c": 3}, 12, 1)
    assert span.solved({"a": 1}) is None
    assert span.solved({"a": 2, "c": -3}) == Solution(Fraction(2), frozenset({0, 1}))
    span.add({"c": 6}, 10, 2)
    assert span.solved({"a": 1}) == Solution(Fraction(7, 2), frozenset({0, 1, 2}))
    span.add({"a": 1}, 5, 3)  # contradicts what is known: left out
    assert span.solved({"c": 1}) == Solution(Fraction(5, 3), frozenset({2}))


def test_places_make_up_cities_and_cities_provinces() -> None:
    assert list(tree("44", ["441403", "441402", "4401", "44/某地"])) == [
        ("4414", ("441402", "441403")),
        ("44", ("4401", "4414", "44/某地")),
    ]


@pytest.mark.parametrize(
    ("total", "largest", "dominated"),
    [
        (100, [76, 10], True),  # more than three quarters
        (100, [75, 10], False),  # exactly three quarters, and 15 are left to the others
        (100, [60, 32], True),  # who has 32 knows the largest to within 8
        (100, [30, 30], False),
        (0, [], False),
        (100, [100], True),
    ],
)
def test_an_amount_is_dominated_by_one_household_or_read_by_the_second(
    total: int, largest: list[int], dominated: bool
) -> None:
    assert is_dominated(total, largest) is dominated


COUNTIES = (
    "440103",
    "440104",
    "440105",
    "441302",
    "441303",
    "441402",
    "441403",
    "450102",
    "450103",
    "450302",
)
YEAR = [f"2020-{month:02d}" for month in range(1, 13)]
COLUMNS = (
    Column("area", "地区", "text"),
    Column("households", "带动户数", "count"),
    Column("persons", "人数", "count"),
)


class Year:
    """A year of counts by county and month that really add up: the attacker's best case."""

    def __init__(self, seed: int) -> None:
        draw = random.Random(seed)
        self.counts = {
            (county, month): draw.choice([0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 9, 30])
            for county in COUNTIES
            for month in YEAR
        }

    def atoms(self, prefix: str, first: str, last: str) -> frozenset[tuple[str, str]]:
        return frozenset(
            (county, month)
            for county, month in self.counts
            if county.startswith(prefix) and first <= month <= last
        )

    def count(self, prefix: str, first: str, last: str) -> int:
        return sum(self.counts[atom] for atom in self.atoms(prefix, first, last))

    def report(self, area: str, level: str, month: str) -> tuple[Subject, ReportTable]:
        digits = {"province": 2, "city": 4, "county": 6}[level]
        root = area_prefix(area)
        prefixes = sorted({county[:digits] for county in COUNTIES if county.startswith(root)})

        def row(title: str, prefix: str) -> list[Value]:
            count = self.count(prefix, YEAR[0], month)
            return [title, count, 3 * count]

        rows = [row(area_title(prefix), prefix) for prefix in prefixes]
        made = ReportTable(COLUMNS, rows, row("合计", root), [], 1, 1, keys=prefixes)
        return Subject("R1", month, area, "seller", level), made


def atoms_of(year: Year, key: str) -> frozenset[tuple[str, str]]:
    _family, _side, prefix, months = key.split("|")
    first, last = months.split("..")
    return year.atoms(prefix, first, last)


def attack(year: Year, published: list[Publication]) -> set[str]:
    """Small cells that linear algebra recovers from every figure that was shown: Gaussian elimination over fractions.

    A cell is any county, city, province or the country in any run of months, whether anybody printed it or not.
    """
    rows = {
        atoms_of(year, key) for one in published for key, value in one.values.items() if value is not None
    }
    basis: dict[tuple[str, str], dict[tuple[str, str], Fraction]] = {}

    def left_of(atoms: frozenset[tuple[str, str]]) -> dict[tuple[str, str], Fraction]:
        row = dict.fromkeys(atoms, Fraction(1))
        for pivot in sorted(basis):
            factor = row.get(pivot)
            if factor:
                for atom, value in basis[pivot].items():
                    row[atom] = row.get(atom, Fraction(0)) - factor * value
                row = {atom: value for atom, value in row.items() if value}
        return row

    for atoms in sorted(rows, key=sorted):
        row = left_of(atoms)
        if row:
            pivot = min(row)
            basis[pivot] = {atom: value / row[pivot] for atom, value in row.items()}
    prefixes = {county[:digits] for county in COUNTIES for digits in (0, 2, 4, 6)}
    cells = [
        (prefix, first, last)
        for prefix in sorted(prefixes)
        for first in YEAR
        for last in YEAR
        if first <= last
    ]
    return {
        f"{prefix} {first} {last}"
        for prefix, first, last in cells
        if year.count(prefix, first, last) in {1, 2} and not left_of(year.atoms(prefix, first, last))
    }


def publish_a_year(year: Year) -> tuple[list[Publication], int]:
    """Public statistics of each month, then monthly reports by city, of the country, and by county once a quarter."""
    published: list[Publication] = []
    refused = 0
    for month in YEAR:
        prefixes = ("", *sorted({c[:2] for c in COUNTIES} | {c[:4] for c in COUNTIES}))
        published.append(
            month_publication(month, {prefix: year.count(prefix, month, month) for prefix in prefixes})
        )
        reports = [("440000", "city"), ("450000", "city"), ("000000", "city"), ("000000", "province")]
        if month[5:] in {"03", "06", "09", "12"}:
            reports += [("440000", "county"), ("440100", "county"), ("450100", "county")]
        for area, level in reports:
            subject, report = year.report(area, level, month)
            cells = cells_of(subject, report)
            try:
                hidden = protect(cells.publication, published)
            except Computable:
                refused += 1
                continue
            assert (withhold(report, cells, hidden) != report) == bool(hidden)
            published.append(shown(cells.publication, hidden))
    return published, refused


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_year_of_publications_gives_no_small_cell_to_linear_algebra(seed: int) -> None:
    year = Year(seed)
    published, refused = publish_a_year(year)
    small = {key for one in published for key in one.small}
    figures = [value for one in published for value in one.values.values()]
    assert len(small) >= 20
    assert sum(value is not None for value in figures) > len(figures) // 4  # something is still said
    assert refused < 12
    assert attack(year, published) == set()


def test_a_separately_planned_city_is_one_cell_in_its_row_and_below_the_total() -> None:
    rows: list[list[Value]] = [["广州市", 40, 120], ["深圳市", 2, 6], ["珠海市", 9, 27]]
    below: list[list[Value]] = [["其中:深圳市(计划单列)", 2, 6], ["不含深圳市", 49, 147]]
    report = ReportTable(COLUMNS, rows, ["合计", 51, 153], [], 1, 1, below, ["4401", "4403", "4404"])
    cells = cells_of(Subject("R1", "2020-01", "440000", "buyer"), report)
    hidden = protect(cells.publication)
    assert {key.split("|")[2] for key in hidden} == {"4403", "4404", "44/rest"}
    public = withhold(report, cells, hidden)
    assert [row[1] for row in public.rows] == [40, "*", "*"]
    assert [row[1] for row in public.more_totals] == ["*", "*"]
    assert public.total == ["合计", 51, 153]


def test_the_attack_succeeds_where_nothing_but_the_small_cells_is_withheld() -> None:
    year = Year(1)
    careless: list[Publication] = []
    for month in YEAR:
        subject, report = year.report("440000", "city", month)
        of_report = cells_of(subject, report).publication
        careless.append(shown(of_report, frozenset(k for k, v in of_report.values.items() if v in {1, 2})))
    assert attack(year, careless) != set()
