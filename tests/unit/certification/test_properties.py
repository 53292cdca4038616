"""What holds for every number and every day, not only for the published examples."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from marketplace.certification.rules.evaluation import evaluate
from marketplace.certification.rules.facts_of import (
    FACT_NAMES,
    DeclaredFacts,
    FactValue,
    read_facts,
    write_facts,
)
from marketplace.certification.rules.notices import NoticeTerms, last_day_of_notice
from marketplace.certification.rules.numbers import CatalogueNumber, parse_catalogue_number
from marketplace.certification.rules.rule_sets import RuleSet, rule_sets
from marketplace.certification.rules.standing import STANDINGS, standing_at
from marketplace.certification.rules.validity import last_valid_day, renewal_is_open, renewed_from
from marketplace.core.clock import add_months, day_start
from marketplace.core.workdays import calendar

DAYS = st.dates(date(2004, 1, 1), date(2040, 12, 31))
COUNTS = st.integers(0, 10**9)
GUANGXI: RuleSet = next(found for found in rule_sets() if found.code == "guangxi_2020")


def passed(code: str, values: dict[str, FactValue]) -> bool:
    evaluation = evaluate(GUANGXI, DeclaredFacts(values))
    return next(c for c in evaluation.conditions if c.code == code).passed


@given(COUNTS, COUNTS)
def test_a_ratio_decides_like_exact_fractions(part: int, whole: int) -> None:
    expected = whole > 0 and part <= whole and Fraction(part, whole) >= Fraction(1, 10)
    assert passed("employment_ratio", {"workers_registered": part, "workers_total": whole}) is expected


@given(COUNTS, st.integers(0, 1000), COUNTS)
def test_more_registered_workers_never_turn_a_pass_into_a_failure(part: int, more: int, rest: int) -> None:
    fewer = {"workers_registered": part, "workers_total": part + more + rest}
    larger = {"workers_registered": part + more, "workers_total": part + more + rest}
    assert passed("employment_ratio", fewer) <= passed("employment_ratio", larger)


@given(
    st.dictionaries(
        st.sampled_from([name.code for name in FACT_NAMES]),
        st.one_of(COUNTS, st.text("烟酒果 0189.-eE\n", max_size=12), st.booleans()),
    )
)
def test_any_declaration_is_evaluated_by_every_rule_set_without_an_error(raw: dict[str, object]) -> None:
    values, problems = read_facts(raw)
    assert len(values) + len(problems) == len(raw)
    for found in rule_sets():
        evaluation = evaluate(found, DeclaredFacts(values))
        assert evaluation.passed is not bool(evaluation.failed)
        assert len(evaluation.conditions) == len(found.conditions)


@given(
    st.decimals(0, 10**12 - 1, places=3), st.sets(st.sampled_from(["employment", "custody", "processing"]))
)
def test_declared_facts_survive_the_way_through_json(mu: Decimal, modes: set[str]) -> None:
    values: dict[str, FactValue] = {"land_total_mu": mu, "benefit_modes": frozenset(modes)}
    assert read_facts(write_facts(values)) == (values, [])


@given(DAYS, st.integers(1, 120))
def test_a_term_ends_before_the_corresponding_day_and_longer_terms_end_later(
    first: date, months: int
) -> None:
    last = last_valid_day(first, months)
    assert first <= last
    assert last in (add_months(first, months), add_months(first, months) - timedelta(days=1))
    assert last < last_valid_day(first, months + 1)


@given(DAYS, st.integers(1, 60), st.integers(0, 400))
def test_a_renewed_term_never_overlaps_nor_reaches_back(first: date, months: int, later: int) -> None:
    last = last_valid_day(first, months)
    decided = first + timedelta(days=later)
    begins = renewed_from(last, decided)
    assert begins > last
    assert begins >= decided
    assert not renewal_is_open(last, last + timedelta(days=1))


@given(DAYS, st.integers(1, 30), st.sampled_from(["working", "calendar"]), st.booleans())
def test_a_notice_hangs_for_exactly_its_days(first: date, days: int, unit: str, counts_first: bool) -> None:
    terms = NoticeTerms(days, unit, counts_first, ("county",))
    last = last_day_of_notice(first, terms, calendar())
    begin = first if counts_first else first + timedelta(days=1)
    inside = [begin + timedelta(days=n) for n in range((last - begin).days + 1)]
    counted = [day for day in inside if unit == "calendar" or calendar().is_working_day(day)]
    assert len(counted) == days
    assert counted[-1] == last


@given(st.integers(110_000, 899_999), st.integers(2000, 2099), st.integers(1, 99), st.integers(1, 9999))
def test_a_catalogue_number_reads_back_as_it_was_written(
    area: int, year: int, batch: int, sequence: int
) -> None:
    number = CatalogueNumber(str(area), year, batch, sequence)
    assert parse_catalogue_number(str(number)) == number


class Dated:
    """A certificate as far as its standing goes."""

    def __init__(self, first: date, last: date, void_from: datetime | None, revoked: bool) -> None:
        self.valid_from, self.valid_to, self.void_from = first, last, void_from
        self.revoked_at = void_from if revoked else None
        self.suspensions: list[object] = []


@given(DAYS, st.integers(0, 800), st.integers(-10, 900), st.integers(-10, 900) | st.none(), st.booleans())
def test_at_every_instant_a_certificate_has_one_standing_that_follows_from_its_dates(
    first: date, length: int, asked: int, void: int | None, revoked: bool
) -> None:
    void_from = None if void is None else day_start(first + timedelta(days=void))
    certificate = Dated(first, first + timedelta(days=length), void_from, revoked)
    at = day_start(first + timedelta(days=asked))
    standing = standing_at(certificate, at)
    assert standing in STANDINGS
    alive = void_from is None or at < void_from
    assert (standing == "active") is (alive and 0 <= asked <= length)
