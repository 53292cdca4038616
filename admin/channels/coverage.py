"""Coverage of areas at a month's end: which has a counter, a hall, a zone, a platform hall and an innovation base."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response
from marshmallow import Schema
from sqlalchemy.orm import Session

from admin.own_area import beginning_with, own_area
from marketplace.core.actor import Actor
from marketplace.core.clock import period_of, utcnow
from marketplace.core.http import needs
from marketplace.core.http.fields import AreaCode, OneOf, Period
from marketplace.statistics.asking import asked_area, scope_of
from marketplace.statistics.reports import ReportRequest
from marketplace.statistics.reports.coverage import gaps
from marketplace.statistics.reports.coverage_figures import PARTS, areas_of, points_of
from marketplace.web.kit import Area, Listing, Pages, label, note, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_coverage", __name__, url_prefix="/admin/channels")

LEVELS: Final = {"city": note("市"), "county": note("县区")}
#: Where a part is found in the list of points of sale.
_FILTERS: Final = {code: {"kind": code} for code in PARTS if code != "innovation_base"}


class CoverageArgs(Schema):
    """Which month, area, level, and the part that the picture shows (none: all five)."""

    period = Period(load_default=None)
    area = AreaCode(load_default="000000")
    level = OneOf(("city", "county"), load_default="city")
    part = OneOf(tuple(PARTS), load_default=None)


@pages.show("/coverage", needs("statistics.read"), snapshot=True)
def coverage(session: Session, actor: Actor) -> Response:
    """Tiles and the table of the same figures."""
    asked = Listing(beginning_with(CoverageArgs, area=own_area(actor), level=_level(own_area(actor))))
    args = asked.args
    period, part = args["period"] or period_of(utcnow()), args["part"]
    wanted = ReportRequest(period, asked_area(actor, args["area"]), scope_of(actor), level=args["level"])
    points = points_of(session, wanted)
    keys = areas_of(wanted, points)
    return render(
        "admin/channels/coverage.html",
        fragment="results",
        listing=asked,
        period=period,
        part=part,
        parts_of={code: label(title) for code, title in PARTS.items()},
        columns=[
            _("地区"),
            *({"title": label(title), "class": "num"} for title in PARTS.values()),
            _("缺项"),
        ],
        keys=[
            (key.ljust(6, "0"), points[key], "、".join(label(one) for one in gaps(points[key])))
            for key in keys
        ],
        tiles=[_tile(key, points[key], part) for key in keys],
        covered={code: sum(points[key][code] > 0 for key in keys) for code in PARTS},
        whole=sum(not gaps(points[key]) for key in keys),
        levels=[(code, _(title)) for code, title in LEVELS.items()],
        report=f"/admin/reports/COVERAGE?{urlencode({'period': period, 'area': args['area'], 'level': args['level']})}",
    )


def _tile(key: str, points: Counter[str], part: str | None) -> Area:
    code = key.ljust(6, "0")
    value = points[part] if part else len(PARTS) - len(gaps(points))
    shown = str(value) if part else f"{value}/{len(PARTS)}"
    return Area(code, value, shown, f"/admin/channels?{urlencode(_where(code, part))}")


def _where(code: str, part: str | None) -> dict[str, Any]:
    return {"area": code} | (_FILTERS.get(part, {}) if part else {})


def _level(area: str) -> str:
    """A province is looked at by cities, a city by counties."""
    return "city" if area.endswith("0000") else "county"
