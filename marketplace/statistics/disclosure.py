"""What anybody may see: closed months, by city, with small household counts withheld so that they cannot be computed back.

Source: docs/rules.md, "Small counts in publications". A month is one publication: all cities, provinces and the country,
protected together, so that the table of a province and the one of the country never complete each other. It depends on that
month alone and is the same whenever it is asked for; bulletins are held against it (`bulletins.service.publishing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from marketplace.attribution.models import Period
from marketplace.core.actor import area_prefix
from marketplace.core.clock import period_days
from marketplace.core.errors import NotFound
from marketplace.statistics.dimensions import area_title
from marketplace.statistics.query import Question, ask
from marketplace.statistics.rules.areas import tree
from marketplace.statistics.rules.months import cumulative_equations
from marketplace.statistics.rules.suppression import Equation, Publication, is_small, protect

HEADS: Final = "households_covered"


@dataclass(frozen=True)
class PublicRow:
    """An area's published figures: fen, and heads or None where withheld."""

    area: str
    title: str
    sales_fen: int
    aid_sales_fen: int
    consumption_aid_fen: int
    households: int | None
    persons: int | None


@dataclass(frozen=True)
class PublicTable:
    """A closed month of a province, by city, with its digest: the same month gives the same table for ever."""

    period: str
    area: str
    rows: list[PublicRow]
    total: PublicRow
    digest: str


def month_key(prefix: str, period: str) -> str:
    """The key of an area's count in a month; the country has one, from whichever side it is looked at."""
    return f"covered|{'origin' if prefix else 'all'}|{prefix}|{period}..{period}"


def published_months(session: Session, first: str, last: str) -> dict[str, Publication]:
    """What public statistics show of the closed months `first`…`last`, by month: every city, province and the country."""
    base = Question(measures=(HEADS,), by=("period",), from_period=first, to_period=last)
    counts: dict[str, dict[str, int]] = {}
    for row in ask(session, base).rows:
        counts[str(row.key[0])] = {"": row.figures[HEADS] or 0}
    for level in ("city", "province"):
        for row in ask(session, replace(base, by=("period", "origin"), level=level)).rows:
            counts[str(row.key[0])][str(row.key[1])] = row.figures[HEADS] or 0
    closed = {row.period for row in _closed(session, sorted(counts))}
    return {period: month_publication(period, of) for period, of in counts.items() if period in closed}


def _closed(session: Session, periods: list[str]) -> list[Period]:
    found = (session.get(Period, period) for period in periods)
    return [row for row in found if row is not None and row.state == "closed"]


def month_publication(period: str, counts: Mapping[str, int]) -> Publication:
    """A month's publication, given the households of the country (""), of provinces and of cities by their digits."""
    cities = [prefix for prefix in counts if len(prefix) > len("44")]
    places = [
        Equation(month_key(total, period), tuple(month_key(part, period) for part in parts))
        for total, parts in tree("", cities)
    ]
    runs = [equation for prefix in counts for equation in cumulative_equations(month_key(prefix, period))]
    whole = Publication(
        {month_key(prefix, period): count for prefix, count in counts.items()},
        frozenset(),
        (*places, *runs),
    )
    hidden = protect(whole)
    return Publication(
        {key: None if key in hidden else value for key, value in whole.values.items()},
        frozenset(key for key, value in whole.values.items() if value is not None and is_small(value)),
        whole.equations,
    )


def public_table(session: Session, period: str, area: str) -> PublicTable:
    """Published statistics of a closed month, seller's view, by city. NotFound (``period_open``) while the month is open."""
    closed = session.get(Period, period)
    if closed is None or closed.state != "closed":
        raise NotFound("period_open", "该统计期尚未关账,关账后公布")
    answer = ask(
        session,
        Question(
            measures=("sales", "aid_sales", "consumption_aid_amount", HEADS, "persons_covered"),
            by=("origin",),
            from_period=period,
            to_period=period,
            area=area,
            on=period_days(period)[1] - timedelta(days=1),
        ),
    )
    month = published_months(session, period, period).get(period)
    hidden = frozenset(key for key, value in month.values.items() if value is None) if month else frozenset()
    rows = [_row(str(row.key[0]), row.figures, period, hidden) for row in answer.rows]
    total = _row(area_prefix(area), answer.total, period, hidden)
    return PublicTable(period, area, rows, replace(total, area=area), (closed.digest or b"").hex())


def _row(prefix: str, figures: Mapping[str, int | None], period: str, hidden: frozenset[str]) -> PublicRow:
    hide = month_key(prefix, period) in hidden
    return PublicRow(
        prefix,
        area_title(prefix) if prefix else "全国",
        figures["sales"] or 0,
        figures["aid_sales"] or 0,
        figures["consumption_aid_amount"] or 0,
        None if hide else figures[HEADS],
        None if hide else figures["persons_covered"],
    )
