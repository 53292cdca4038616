"""What R4 is made of: filings, orders and completed trade of budget units by reserve year, and the tree they stand in."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, and_, cast, func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, OrganisationPlace, ReserveFiling
from marketplace.accounts.service.filings import holding
from marketplace.attribution.models import Entry
from marketplace.core.clock import period_days
from marketplace.orders.models import OrderLine, SalesOrder

PLATFORM: Final = "platform_832"


@dataclass(frozen=True, slots=True)
class Progress:
    """A unit's reserved share of a year in fen: filed (None: nothing that holds), ordered on the platform, completed."""

    filed_fen: int | None
    ordered_fen: int
    completed_fen: int

    @property
    def left_fen(self) -> int:
        """What of the filed share is still to be completed."""
        return max((self.filed_fen or 0) - self.completed_fen, 0)


def progress_of(session: Session, unit_id: uuid.UUID, year: int) -> Progress:
    """How far one budget unit has come, as R4 would say it."""
    filed = holding(session, unit_id, year)
    columns = Entry.__table__.c
    ordered = session.scalar(
        select(func.sum(OrderLine.amount_fen))
        .join(SalesOrder, SalesOrder.id == OrderLine.order_id)
        .where(
            SalesOrder.budget_unit_id == unit_id,
            SalesOrder.reserve_year == year,
            SalesOrder.state != "cancelled",
            OrderLine.channel_kind == PLATFORM,
        )
    )
    completed = session.scalar(
        select(func.sum(columns.sale_fen)).where(
            columns.budget_unit_id == unit_id,
            columns.reserve_year == year,
            columns.channel_kind == PLATFORM,
        )
    )
    return Progress(None if filed is None else filed.reserve_fen, int(ordered or 0), int(completed or 0))


def supervising_units(session: Session, period: str) -> dict[Any, str]:
    """The 一级预算单位 at the top of each unit's branch on the last day of ``YYYY-MM``, by unit; a first-level unit is its own.

    The tree is that of the time: a unit that moved later is still shown under whom it then belonged to.
    """
    day = period_days(period)[1] - timedelta(days=1)
    rows = session.execute(
        select(OrganisationPlace.organisation_id, Organisation.name)
        .join(
            Organisation,
            Organisation.organisation_no == cast(func.split_part(OrganisationPlace.path, ".", 1), BigInteger),
        )
        .where(OrganisationPlace.valid.contains(day))
    )
    return dict(rows.all())


def unit_area() -> Any:
    """Whose budget pays: the fiscal area, of a unit without one where it is registered."""
    return func.coalesce(Organisation.fiscal_area, Organisation.area_code)


def filings_of(session: Session, year: int) -> dict[Any, ReserveFiling]:
    """The latest accepted version of each unit."""
    rows = session.scalars(
        select(ReserveFiling)
        .where(ReserveFiling.year == year, ReserveFiling.state == "accepted")
        .order_by(ReserveFiling.organisation_id, ReserveFiling.version)
    )
    return {row.organisation_id: row for row in rows}


def ordered_of(session: Session, year: int) -> dict[Any, int]:
    """交易额: what was ordered on the platform for the reserve year and not cancelled, in fen, by unit."""
    rows = session.execute(
        select(SalesOrder.budget_unit_id, func.sum(OrderLine.amount_fen))
        .join(OrderLine, and_(OrderLine.order_id == SalesOrder.id, OrderLine.channel_kind == PLATFORM))
        .where(SalesOrder.reserve_year == year, SalesOrder.state != "cancelled")
        .group_by(SalesOrder.budget_unit_id)
    )
    return defaultdict(int, {unit: int(fen) for unit, fen in rows})


def completed_of(session: Session, year: int) -> dict[Any, dict[str, int]]:
    """已完成交易额 of the reserve year whatever its ledger period, by unit, then by source of funds (``all`` for every one)."""
    columns = Entry.__table__.c
    rows = session.execute(
        select(columns.budget_unit_id, columns.fund_source, func.sum(columns.sale_fen))
        .where(columns.reserve_year == year, columns.channel_kind == PLATFORM)
        .group_by(columns.budget_unit_id, columns.fund_source)
    )
    found: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for unit, source, fen in rows:
        found[unit][source or "other"] += int(fen)
        found[unit]["all"] += int(fen)
    return found
