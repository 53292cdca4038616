"""Points of sale in operation at a month's end, by area, in the parts that an area should have."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Final

from sqlalchemy import false, func, or_, select
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core import divisions
from marketplace.core.actor import area_prefix
from marketplace.core.clock import period_days
from marketplace.core.history import held_at
from marketplace.core.scope import within_area
from marketplace.statistics.dimensions import LEVELS, is_at
from marketplace.statistics.reports.as_of import channels_over_time, entered_in_time, last_moment_of
from marketplace.statistics.reports.protocol import ReportRequest

#: What an area should have, by code, with its title.
PARTS: Final = {
    "counter": "专柜",
    "hall_offline": "专馆",
    "zone": "专区",
    "hall_online": "平台馆",
    "innovation_base": "双创基地",
}
_BASE: Final = "innovation_base"


def points_of(session: Session, request: ReportRequest) -> defaultdict[str, Counter[str]]:
    """Points open on the month's last day by area key and part; a counter in an innovation base is both."""
    after = period_days(request.period)[1]
    length = max(LEVELS[request.level], len(area_prefix(request.area)))
    if not divisions.children(request.area, request.level):
        length = len(area_prefix(request.area))  # one row: the place itself
    sites = channels_over_time()
    rows = session.execute(
        select(Channel.area_code, Channel.kind, sites.c.site_kind, func.count())
        .join(sites, sites.c.channel_id == Channel.id)
        .where(held_at(sites, last_moment_of(request.period)))
        .where(entered_in_time(request.period, Channel.created_at))
        .where(Channel.opened_on < after, Channel.closed_on.is_(None) | (Channel.closed_on >= after))
        .where(within_area(Channel.area_code, request.area))
        .where(or_(false(), *(within_area(Channel.area_code, area) for area in request.areas)))
        .group_by(Channel.area_code, Channel.kind, sites.c.site_kind)
    )
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for area, kind, site_kind, number in rows:
        if kind in PARTS:
            found[area[:length]][kind] += number
        if site_kind == _BASE:
            found[area[:length]][_BASE] += number
    return found


def areas_of(request: ReportRequest, points: Mapping[str, object]) -> list[str]:
    """Keys of every area of the level inside the asked one that the asker sees, in code order, and of those with points.

    A place without parts of that level stands for itself. Points registered above the level belong to no row.
    """
    inside = [one.code for one in divisions.children(request.area, request.level)] or [request.area]
    seen = {area_prefix(one) for one in inside if any(divisions.covers(area, one) for area in request.areas)}
    return sorted(seen | {key for key in points if is_at(key, request.level)})
