"""环比 and 同比: growth against an earlier month of the books, and what is printed where there is none."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from marketplace.core.money import ratio_bp
from marketplace.statistics.reports.protocol import NOT_COMPARABLE, UNKNOWN, Value
from marketplace.statistics.targets import declared_exists


def growth(now: int | None, then: Mapping[str, int | None] | None, period: str, first: str | None) -> Value:
    """(now − then) / then of sales in basis points; — where the books (from month `first` on) do not reach back to `period`."""
    if first is None or period < first or then is None or not then["sales"]:
        return UNKNOWN
    return ratio_bp((now or 0) - then["sales"], then["sales"])


def year_on_year(
    session: Session,
    area_code: str,
    period: str,
    now: int | None,
    then: Mapping[str, int | None] | None,
    first: str | None,
) -> Value:
    """Against the same month of the year before; a declared figure of that year is 不可比 with the ledger, missing is —."""
    last = f"{int(period[:4]) - 1}{period[4:]}"
    if first is not None and last >= first:
        return growth(now, then, last, first)
    return NOT_COMPARABLE if declared_exists(session, area_code, int(last[:4])) else UNKNOWN
