"""The wall screen (大屏): one month of an area at a glance, read-only, asked for anew every minute.

An official opens that of the own area. A screen that nobody attends opens /wall by its key (`statistics.wall_keys`): the key is
typed once, kept in a cookie that is sent to /wall alone, and opens nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from flask import Response, request
from marshmallow import Schema
from sqlalchemy.orm import Session

from admin.statistics.figures import short, tiles
from marketplace.core import divisions
from marketplace.core.actor import Actor
from marketplace.core.clock import previous_period, utcnow
from marketplace.core.errors import Invalid
from marketplace.core.http import localised, needs, public
from marketplace.core.http.fields import AreaCode, Line, Period
from marketplace.statistics import dimension_titles
from marketplace.statistics.asking import asked_area, scope_of
from marketplace.statistics.behind import entries_behind
from marketplace.statistics.comparisons import compare
from marketplace.statistics.newest import newest_of_area
from marketplace.statistics.query import Question, Row
from marketplace.statistics.wall_keys.service import known
from marketplace.web.kit import Chart, Form, Listing, Pages, Series, done, render
from marketplace.web.kit import say as _
from marketplace.web.kit.hats import chosen

pages: Final = Pages("admin_wall", __name__, url_prefix="/admin/wall")
screen: Final = Pages("wall_screen", __name__, url_prefix="/wall")

#: The screen's own cookie: it goes to /wall and nowhere else.
COOKIE: Final = "__Secure-wall"

#: Counties on the leaderboard, sales in the ticker, months of the trend.
LEADERS: Final = 10
LATEST: Final = 8
MONTHS: Final = 12
#: Areas of the picture.
MOST_TILES: Final = 40
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


class WallKeyIn(Schema):
    """The key of a screen, as it was printed when it was made."""

    key = Line(100, required=True)


@pages.show("", needs("statistics.read"), snapshot=True)
def wall(session: Session, actor: Actor) -> Response:
    """The official's own; without scripts it asks for itself again by the browser's own refresh."""
    asked = Listing(WallArgs)
    hat = chosen(actor)
    area = asked_area(actor, asked.args["area"] or (hat.area_code if hat else divisions.NATION))
    return _wall(session, asked, area, scope_of(actor))


@screen.show("", public())
def unattended(session: Session, actor: Actor | None) -> Response:
    """The screen of the key's area; without a key in force, the way to where one is typed."""
    key = known(session, request.cookies.get(COOKIE, ""))
    if key is None:
        return done("/wall/key")
    return _wall(session, Listing(WallArgs), key.area_code, (key.area_code,))


@screen.form("/key", public(), WallKeyIn)
def key(session: Session, actor: Actor | None, form: Form) -> Response:
    """Where the key is typed, once."""
    return render("admin/statistics/wall_key.html", form=form)


@key.submit
def open_wall(session: Session, actor: Actor | None, body: dict[str, Any]) -> Response:
    """Keep the key on this screen until its last day."""
    found = known(session, body["key"])
    if found is None:
        raise Invalid("wall_key", "密钥不对,或已失效", pointer="/key")
    answer = done("/wall")
    answer.set_cookie(
        COOKIE,
        body["key"],
        expires=found.expires_at,
        path="/wall",
        secure=True,
        httponly=True,
        samesite="Strict",
    )
    return answer


def _wall(session: Session, asked: Listing, area: str, areas: tuple[str, ...]) -> Response:
    period = asked.args["period"] or newest_of_area(session, area, areas)
    month = Question(
        measures=("sales", "aid_sales", "orders", "producers", "households_covered"),
        from_period=period,
        to_period=period,
        area=area,
        areas=areas,
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
        areas=tiles("sales", places, lambda _digits: None, _around(area, level)) if places else [],
        places=places,
        leaders=_leaders(session, month),
        channels=_share(session, month),
        trend=_trend(session, month),
        ticker=ticker.items,
        buyers=dimension_titles.BUYER_KINDS,
        channel_titles=dimension_titles.CHANNELS,
        short=short,
        again=asked.address(),
        at=utcnow(),
    )


def _around(area: str, level: str) -> list[str]:
    """All areas of the picture, where they are few enough to be told apart."""
    found = [one.code for one in divisions.children(area, level)]
    return found if len(found) <= MOST_TILES else []


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
