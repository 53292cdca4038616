"""How long a notice of some applications would hang, day by day, before it is hung: what the editor of notices shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.certification.models import Application
from marketplace.certification.rules.notices import NoticeTerms, last_day_of_notice
from marketplace.certification.rules.schemes import scheme_of
from marketplace.certification.service.notices import terms_of
from marketplace.core import workdays


@dataclass(frozen=True)
class PreviewedTerm:
    """A notice's length: its terms, first and last Shanghai day (inclusive), each day with whether it is a working day.

    `is_provisional`: the holidays of one of its years are not published yet.
    """

    scheme: str
    terms: NoticeTerms
    first: date
    last: date
    days: tuple[tuple[date, bool], ...]
    is_provisional: bool


def preview(applications: Sequence[Application], first_day: date) -> list[PreviewedTerm]:
    """The different terms under which the applications would hang from that day; one when they may stand on one notice."""
    found = []
    wanted = {(row.scheme, terms_of(scheme_of(row.scheme), row)) for row in applications}
    for scheme, terms in sorted(wanted, key=str):
        if terms is None:
            continue
        last = last_day_of_notice(first_day, terms, workdays.calendar())
        days = [first_day + timedelta(days=number) for number in range((last - first_day).days + 1)]
        found.append(
            PreviewedTerm(
                scheme,
                terms,
                first_day,
                last,
                tuple((one, workdays.is_working_day(one)) for one in days),
                workdays.is_provisional(first_day, last),
            )
        )
    return found
