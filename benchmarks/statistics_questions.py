"""Fifty questions as officials ask them: money by two dimensions, by one, of a month; distinct counts; households."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Column, select
from sqlalchemy.sql import visitors

from marketplace.statistics.conditions import conditions
from marketplace.statistics.dimensions import dimension
from marketplace.statistics.measures import measure
from marketplace.statistics.question import Question

YEAR_END: Final = date(2020, 12, 31)


@dataclass(frozen=True)
class Asked:
    """A question of a kind; `of_year` names the same question about the whole year."""

    kind: str
    title: str
    question: Question
    of_year: str = ""


def _asked(
    kind: str, measures: str, by: str = "", *, level: str = "city", period: str = "", **more: object
) -> Asked:
    question = Question(
        measures=tuple(measures.split()),
        by=tuple(by.split()),
        level=level,
        from_period=period or "2020-01",
        to_period=period or "2020-12",
        on=YEAR_END,
        **more,  # type: ignore[arg-type]
    )
    told = " ".join(f"{name}={value}" for name, value in more.items())
    title = f"{measures} by {by or 'nothing'} ({level}) {told}".strip()
    return Asked(kind, f"{title} {period}".strip(), question, title if period else "")


_MONEY: Final = "sales aid_sales ordinary_sales"
_BY_TWO: Final = (
    "origin channel_kind",
    "origin participation_mode",
    "origin category",
    "origin buyer_area",
    "period channel_kind",
    "period origin",
    "buyer_area channel_kind",
    "buyer_area participation_mode",
    "channel_kind participation_mode",
    "category producer_kind",
    "linkage_mode goods_class",
    "scheme category",
)
_FILTERS: Final = (
    {"filters": {"channel_kind": "counter"}},
    {"filters": {"category": "010101"}},
    {"area": "510000"},
    {"area": "522600"},
    {"filters": {"buyer_area": "440100"}},
    {"filters": {"participation_mode": "cooperation"}},
)


def _all() -> list[Asked]:
    found = [_asked("money_by_two", "sales", by) for by in _BY_TWO]
    found += [_asked("money_by_two", _MONEY, by) for by in _BY_TWO[:4]]
    found += [
        _asked("money_by_two", "sales consumption_aid_amount", by, level="county")
        for by in ("origin channel_kind", "origin quarter")
    ]
    found += [_asked("money_by_one", _MONEY, "origin", level="county", **one) for one in _FILTERS]
    found += [
        _asked("money_by_one", "sales weight benefit_from_sales", by)
        for by in ("producer", "quarter", "period")
    ]
    found += [_asked("money_of_a_month", "sales", by, period="2020-09") for by in _BY_TWO[:4]]
    found += [_asked("counts", "orders", by) for by in ("channel_kind", "period")]
    found += [_asked("counts", "producers products", "origin"), _asked("counts", "buyers", "buyer_area")]
    heads = "households_covered persons_covered households_covered_file"
    found += [_asked("households_one_filter", heads, **one) for one in _FILTERS]
    found += [
        _asked("households_one_filter", heads, filters={"linkage_mode": "sales_rebate"}),
        _asked("households_one_filter", heads, period="2020-09"),
        _asked("households_by_county", heads, "origin", level="county"),
        _asked("households_by_county", heads, "origin", level="county", period="2020-09"),
        _asked("households_by_few", heads, "channel_kind"),
        _asked("households_by_few", heads, "origin"),
        _asked("households_by_few", heads, "linkage_mode"),
        _asked("households_by_few", heads, "goods_class"),
        _asked("households_by_few", heads, "period"),
    ]
    return found


QUESTIONS: Final[Sequence[Asked]] = _all()


def columns_scanned(question: Question) -> list[str]:
    """The columns of entries that an answer cannot do without."""
    chosen = [measure(code) for code in question.measures]
    expressions = [one.expression() for one in chosen if one.expression is not None]
    keys = [dimension(code).column(question.level) for code in question.by]
    statement = select(*expressions, *keys).where(*conditions(question))
    needed = {one.name for one in visitors.iterate(statement) if isinstance(one, Column)}
    if any(one.kind == "households" for one in chosen):
        needed |= {"version_no", "sale_fen"}
    return sorted(needed)
