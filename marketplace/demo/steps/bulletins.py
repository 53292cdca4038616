"""统计工作动态 of the province: one published, one that a reviewer returned before it was issued, one that waits for its review.

September is published in October; what is refunded in November adjusts it, so that it differs as published and as known today.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from marketplace.core.clock import period_days
from marketplace.demo.context import Demo, on
from marketplace.demo.invented.draw import MARK
from marketplace.demo.world.reporting import FIRST, PROVINCE, SECOND, THIRD
from marketplace.statistics.bulletins.building import Subject
from marketplace.statistics.bulletins.service import (
    NewBulletin,
    draft_bulletin,
    issue_bulletin,
    review_bulletin,
)

_OFFICE: Final = f"广东省扶贫工作办公室({MARK})"
_CITIES: Final = f"各地级以上市扶贫工作办公室({MARK})"
_AGREED: Final = f"{MARK}:同意"


def publish_month(demo: Demo, period: str) -> None:
    """Draw up a closed month in the middle of the next; what becomes of it depends on the month."""
    after = period_days(period)[1]
    if period == FIRST:
        _issue(demo, after, _draft(demo, after, period, "open", main_to=[_CITIES]))
    elif period == SECOND:
        _return(demo, after, _draft(demo, after, period, "on_request", main_to=[]))
        _issue(demo, after, _draft(demo, after, period, "on_request", main_to=[_CITIES]))
    elif period == THIRD:
        _draft(demo, after, period, "open", main_to=[_CITIES])


def _draft(demo: Demo, after: date, period: str, disclosure: str, *, main_to: list[str]) -> str:
    title = f"{period[:4]}年{int(period[5:])}月广东省消费扶贫统计工作动态({MARK})"
    with on(after.replace(day=13)) as session:
        new = NewBulletin(
            Subject("R1", period, PROVINCE), title, _OFFICE, disclosure, main_to=main_to,
            copy_to=[f"省消费扶贫联席会议成员单位({MARK})"],
        )  # fmt: skip
        return draft_bulletin(session, demo.actors[f"statistician|{PROVINCE}"], new).number


def _return(demo: Demo, after: date, number: str) -> None:
    with on(after.replace(day=14)) as session:
        opinion = f"{MARK}:未列主送单位,请补充后重新送审"
        review_bulletin(
            session, demo.actors[f"province|{PROVINCE}"], number, verdict="return", opinion=opinion
        )


def _issue(demo: Demo, after: date, number: str) -> None:
    with on(after.replace(day=14), 15) as session:
        review_bulletin(
            session, demo.actors[f"province|{PROVINCE}"], number, verdict="approve", opinion=_AGREED
        )
    with on(after.replace(day=15)) as session:
        issue_bulletin(session, demo.actors[f"issuer|{PROVINCE}"], number, verdict="approve", opinion=_AGREED)
