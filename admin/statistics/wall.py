"""The wall screen (大屏): one month of the official's area at a glance, read-only, asked for anew every minute."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from flask import Response
from marshmallow import Schema
from sqlalchemy.orm import Session

from admin.statistics.figures import short, this_month, tiles
from marketplace.core import divisions
from marketplace.core.actor import Actor
from marketplace.core.clock import previous_period
from marketplace.core.http import localised, needs
from marketplace.core.http.fields import AreaCode, Period
from marketplace.statistics import dimension_titles
from marketplace.statistics.asking import asked_area, scope_of
from marketplace.statistics.behind import entries_behind
from marketplace.statistics.comparisons import compare
from marketplace.statistics.query import Question, Row
from marketplace.web.kit import Chart, Listing, Pages, Series, render
from marketplace.web.kit import say as _
from marketplace.web.kit.hats import chosen

pages: Final = Pages("admin_wall", __name__, url_prefix="/admin/wall")

#: Counties on the leaderboard, sales in the ticker, months of the trend.
LEADERS: Final = 10
LATEST: Final = 8
MONTHS: Final = 12
_BELOW: Final = {
    "nation": "province",
    "province": "city",
    "city": "county",
    "county": "town",
    "town": "village",
}


class WallArgs(Schema):
    """Which month and area."""

    period = Period(load_default=None)
    area = AreaCode(load_default=None)


@dataclass(frozen=True)
class Leader:
    """A county on the leaderboard; `moved`: places gained (positive) or lost against the month before, None for a new one."""

    rank: int
    name: str
    sales_fen: int
    moved: int | None


@pages.show("", needs("statistics.read"), snapshot=True)
def wall(session: Session, actor: Actor) -> Response:
    """The screen; without scripts it asks for itself again by the browser's own refresh."""
    asked = Listing(WallArgs)
    hat = chosen(actor)
    area = asked_area(actor, asked.args["area"] or (hat.area_code if hat else divisions.NATION))
    period = asked.args["period"] or this_month()
    month = Question(
        measures=("sales", "aid_sales", "orders", "producers", "households_covered"),
        from_period=period,
        to_period=period,
        area=area,
        areas=scope_of(actor),
    )
    level = _BELOW[divisions.level_of(area)]
    places = compare(session, replace(month, measures=("sales",), by=("origin",), level=level)).rows
    ticker = entries_behind(session, replace(month, measures=("sales",)), {"page_size": LATEST})
    return render(
        "admin/statistics/wall.html",
        fragment="wall",
        listing=asked,
        period=period,
        area=area,
        total=compare(session, month).total,
        areas=tiles("sales", places, lambda _digits: None),
        places=places,
        leaders=_leaders(session, month),
        channels=_share(session, month),
        trend=_trend(session, month),
        ticker=ticker.items,
        buyers=dimension_titles.BUYER_KINDS,
        channel_titles=dimension_titles.CHANNELS,
        short=short,
    )


def _leaders(session: Session, month: Question) -> list[Leader]:
    assert month.from_period is not None  # noqa: S101 - the wall always asks for a month
    before = previous_period(month.from_period)
    now = _ranked(session, month)
    then = {
        row.key: rank
        for rank, row in enumerate(_ranked(session, replace(month, from_period=before, to_period=before)), 1)
    }
    return [
        Leader(
            rank, row.titles[0], row.figures["sales"] or 0, then[row.key] - rank if row.key in then else None
        )
        for rank, row in enumerate(now[:LEADERS], 1)
    ]


def _ranked(session: Session, month: Question) -> list[Row]:
    rows = compare(session, replace(month, measures=("sales",), by=("origin",), level="county")).rows
    return sorted(rows, key=lambda row: (-(row.figures["sales"] or 0), row.key))


def _share(session: Session, month: Question) -> Chart:
    rows = compare(session, replace(month, measures=("sales",), by=("channel_kind",))).rows
    return Chart(
        "pie",
        _("渠道占比"),
        _("渠道"),
        [localised(row.titles[0]) for row in rows],
        [Series(_("销售额"), [row.figures["sales"] for row in rows])],
        unit="fen",
    )


def _trend(session: Session, month: Question) -> Chart:
    first = month.to_period or ""
    for _step in range(MONTHS - 1):
        first = previous_period(first)
    asked = replace(month, measures=("sales", "aid_sales"), by=("period",), from_period=first)
    rows = compare(session, asked).rows
    return Chart(
        "line",
        _("近12个月"),
        _("月份"),
        [str(row.key[0]) for row in rows],
        [
            Series(_("销售额"), [row.figures["sales"] for row in rows]),
            Series(_("扶贫产品销售额"), [row.figures["aid_sales"] for row in rows]),
        ],
        unit="fen",
    )
