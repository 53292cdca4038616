"""The parts of 填报, as tabs that each of its pages has."""

from __future__ import annotations

from typing import Final

from marketplace.core.clock import period_of, previous_period, utcnow
from marketplace.web.kit import note
from marketplace.web.kit import say as _

_PLACES: Final = (
    ("filing", note("数据填报"), "/admin/declarations"),
    ("rate", note("报送率"), "/admin/declarations/rate"),
    ("register", note("填报台账"), "/admin/declarations/register"),
    ("totals", note("月度汇总"), "/admin/upward"),
    ("feeds", note("上报与核对"), "/admin/upward/reconciliation"),
    ("exclusions", note("上报范围"), "/admin/upward/exclusions"),
)


def tabs() -> list[tuple[str, str, str, None]]:
    """Code, title and address of each part, for `parts.tabs`."""
    return [(code, _(title), path, None) for code, title, path in _PLACES]


def last_month() -> str:
    """The month that is reported now: the last one that is over."""
    return previous_period(period_of(utcnow()))
