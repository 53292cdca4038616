"""Dates of certificates and notices, and the catalogue number."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.certification.rules.notices import NoticeTerms, last_day_of_notice, read_notice_terms
from marketplace.certification.rules.numbers import CatalogueNumber, catalogue_number, parse_catalogue_number
from marketplace.certification.rules.validity import (
    holds_at,
    last_valid_day,
    renewal_is_open,
    renewal_opens,
    renewed_from,
)
from marketplace.core.clock import shanghai
from marketplace.core.errors import Invalid
from marketplace.core.workdays import calendar


@pytest.mark.parametrize(
    ("valid_from", "months", "valid_to"),
    [
        (date(2020, 9, 12), 24, date(2022, 9, 11)),
        (date(2020, 9, 1), 24, date(2022, 8, 31)),
        (date(2020, 2, 29), 24, date(2022, 2, 28)),
        (date(2020, 2, 29), 48, date(2024, 2, 28)),
        (date(2020, 1, 31), 1, date(2020, 2, 29)),
        (date(2020, 1, 1), 1, date(2020, 1, 31)),
        (date(2020, 1, 1), 12, date(2020, 12, 31)),
        (date(2020, 9, 12), 36, date(2023, 9, 11)),
    ],
)
def test_a_term_ends_on_the_day_before_the_corresponding_day(
    valid_from: date, months: int, valid_to: date
) -> None:
    assert last_valid_day(valid_from, months) == valid_to


def test_a_certificate_holds_to_the_last_second_of_its_last_shanghai_day() -> None:
    term = (date(2020, 9, 12), date(2022, 9, 11))
    assert not holds_at(*term, shanghai(2020, 9, 11, 23, 59, 59))
    assert holds_at(*term, shanghai(2020, 9, 12))
    assert holds_at(*term, shanghai(2022, 9, 11, 23, 59, 59))
    assert not holds_at(*term, shanghai(2022, 9, 12))


def test_a_term_of_no_month_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one month"):
        last_valid_day(date(2020, 9, 12), 0)


def test_renewal_is_open_on_the_last_ninety_days() -> None:
    valid_to = date(2022, 9, 11)
    assert renewal_opens(valid_to) == date(2022, 6, 14)
    assert (valid_to - renewal_opens(valid_to)).days + 1 == 90
    assert not renewal_is_open(valid_to, date(2022, 6, 13))
    assert renewal_is_open(valid_to, date(2022, 6, 14))
    assert renewal_is_open(valid_to, valid_to)
    assert not renewal_is_open(valid_to, date(2022, 9, 12))


def test_a_renewed_term_follows_the_old_one_without_overlap_or_retroactivity() -> None:
    assert renewed_from(date(2022, 9, 11), date(2022, 8, 1)) == date(2022, 9, 12)
    assert renewed_from(date(2022, 9, 11), date(2022, 10, 8)) == date(2022, 10, 8)


@pytest.mark.parametrize(
    ("first", "terms", "last"),
    [
        (date(2020, 9, 28), NoticeTerms(5, "working", True, ("county",)), date(2020, 10, 10)),
        (date(2020, 9, 28), NoticeTerms(5, "working", False, ("county",)), date(2020, 10, 12)),
        (date(2020, 9, 28), NoticeTerms(7, "calendar", True, ("county",)), date(2020, 10, 4)),
        (date(2020, 9, 28), NoticeTerms(7, "calendar", False, ("county",)), date(2020, 10, 5)),
        (date(2020, 10, 1), NoticeTerms(1, "working", True, ("county",)), date(2020, 10, 9)),
    ],
)
def test_a_notice_runs_in_working_or_calendar_days(first: date, terms: NoticeTerms, last: date) -> None:
    assert last_day_of_notice(first, terms, calendar()) == last


@pytest.mark.parametrize("wrong", [{"unit": "weeks"}, {"days": 0}, {"levels": ["street"]}, {"levels": []}])
def test_notice_terms_outside_the_grammar_are_refused(wrong: dict[str, object]) -> None:
    good: dict[str, object] = {"days": 5, "unit": "working", "first_day_counts": True, "levels": ["county"]}
    with pytest.raises(ValueError, match="grammar"):
        read_notice_terms(good | wrong)


def test_a_catalogue_number_is_read_and_written() -> None:
    number = CatalogueNumber("450922", 2020, 3, 17)
    assert str(number) == "450922-2020-03-0017"
    assert parse_catalogue_number("450922-2020-03-0017") == number
    assert catalogue_number("450922102", 2020, 3, 17) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "450922-2020-3-0017",
        "450922-2020-00-0017",
        "450922-2020-03-0000",
        "450922-1999-03-0017",
        "950922-2020-03-0017",
        "450922-2020-03-0017 ",
        "４５０９２２-2020-03-0017",
    ],
)
def test_anything_else_is_no_catalogue_number(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_catalogue_number(text)
    assert refused.value.code == "catalogue_no"


@pytest.mark.parametrize(("batch", "sequence"), [(100, 1), (1, 10_000), (0, 1), (1, 0)])
def test_a_batch_or_sequence_that_does_not_fit_is_refused(batch: int, sequence: int) -> None:
    with pytest.raises(Invalid):
        catalogue_number("450922", 2020, batch, sequence)
