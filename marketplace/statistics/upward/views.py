"""Both sides beside each other: our books, what we sealed, and what the upper instance says it holds of a month.

Its word is asked by the worker and kept; who looks reads what is kept, and may have it asked anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import transaction
from marketplace.core.errors import Conflict
from marketplace.intake.rules.upward import area_of_source
from marketplace.intake.rules.upward_totals import (
    Cells,
    Difference,
    Total,
    cells_from_rows,
    compare_cells,
    digest_of,
    missing,
    read_total,
)
from marketplace.statistics.upward.link import Upper, UpperRefused, UpperSilent, upper
from marketplace.statistics.upward.models import MonthTotal, UpwardFeed, UpwardView
from marketplace.statistics.upward.rows import own_cells, own_position

PERMISSION: Final = "statistics.declarations"
_AGAIN: Final = timedelta(seconds=30)


def own_source(actor: Actor, permission: str) -> Upper:
    """The link upward, over whose area the actor holds the permission. Conflict (``upward_off``), Forbidden."""
    above = upper()
    if above is None:
        raise Conflict("upward_off", "本级未设置向上级上报")
    actor.require(permission, area=above.area)
    return above


@dataclass(frozen=True)
class Reconciliation:
    """A month of our feed on both sides. Differences say `ours` for what we have, `theirs` for the upper instance."""

    source: str
    period: str
    state: str  # monitoring | sealed | differs
    version: int | None
    ours: Cells
    theirs: Cells | None  # None: never asked
    asked_at: datetime | None
    is_asked_anew: bool
    differences: list[Difference]
    found_there: list[dict[str, Any]]  # what the upper instance lists itself


def reconciliation(session: Session, actor: Actor, period: str) -> Reconciliation:
    """Our books of the month against our sealed total, and both against what the upper instance holds."""
    above = own_source(actor, PERMISSION)
    source = above.source
    ours = own_cells(session, area_of_source(source), period)
    row = newest_sealed(session, source, period)
    total = None if row is None else read_total(bytes(row.content))
    view = session.get(UpwardView, (source, period))
    there = None if view is None else view.content
    found = [] if total is None else compare_cells(ours, total.cells)
    theirs = None
    if there is None:
        found.append(Difference("unasked", "尚未取得上级所收数据"))
    else:
        theirs = cells_from_rows(there["daily"])
        wanted = own_position(session) if total is None else total.last_position
        found += [*missing(there["position"], wanted), *compare_cells(ours, theirs)]
        found += _versions(row, total, there)
    state = "monitoring" if total is None else ("differs" if found else "sealed")
    return Reconciliation(
        source,
        period,
        state,
        None if row is None else row.version,
        ours,
        theirs,
        None if view is None else view.asked_at,
        view is not None and view.wanted_at is not None,
        found,
        [] if there is None else there["differences"],
    )


def ask_anew(session: Session, actor: Actor, period: str) -> Reconciliation:
    """Have the worker ask the upper instance what it holds of the month."""
    above = own_source(actor, PERMISSION)
    if session.get(UpwardFeed, above.source) is None:
        raise Conflict("upward_off", "本级尚未开始向上级上报")
    want_view(session, above.source, period)
    return reconciliation(session, actor, period)


def want_view(session: Session, source: str, period: str) -> None:
    """Note that the month is to be asked about."""
    view = session.get(UpwardView, (source, period))
    if view is None:
        session.add(UpwardView(source=source, period=period, wanted_at=utcnow()))
    else:
        view.wanted_at = utcnow()
    session.flush()


def ask_wanted(above: Upper, source: str) -> int:
    """Ask about each month that is wanted; how many were answered. A failure is tried again in half a minute."""
    now = utcnow()
    with transaction() as session:
        wanted = session.scalars(
            select(UpwardView.period)
            .where(UpwardView.source == source, UpwardView.wanted_at <= now)
            .order_by(UpwardView.period)
        ).all()
    for done, period in enumerate(wanted):
        try:
            said = above.holdings(source, period)
            cells_from_rows(said["daily"])
        except (UpperSilent, UpperRefused, KeyError, TypeError, ValueError):
            with transaction() as session:
                session.get_one(UpwardView, (source, period)).wanted_at = now + _AGAIN
                session.flush()
            return done
        with transaction() as session:
            view = session.get_one(UpwardView, (source, period), with_for_update=True)
            view.content, view.asked_at = said, utcnow()
            if view.wanted_at is not None and view.wanted_at <= now:
                view.wanted_at = None
            session.flush()
    return len(wanted)


def newest_sealed(session: Session, source: str, period: str) -> MonthTotal | None:
    """The sealed version of the month that holds."""
    return session.scalars(
        select(MonthTotal)
        .where(MonthTotal.source == source, MonthTotal.period == period, MonthTotal.state == "sealed")
        .order_by(MonthTotal.version.desc())
        .limit(1)
    ).one_or_none()


def _versions(row: MonthTotal | None, total: Total | None, there: dict[str, Any]) -> list[Difference]:
    ours = None if row is None or total is None else (row.version, digest_of(bytes(row.content)))
    theirs = None if there["version"] is None else (there["version"], there["digest"])
    if ours == theirs:
        return []
    mine = "无" if ours is None else f"第 {ours[0]} 版"
    other = "无" if theirs is None else f"第 {theirs[0]} 版"
    return [Difference("version", f"封存的月度汇总不一致:本级{mine},上级{other}")]
