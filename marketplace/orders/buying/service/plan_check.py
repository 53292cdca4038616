"""What was bought against a plan, and whether a purchase goes beyond it. Asked by the checkout, so it imports none of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, case, func, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from marketplace.core.clock import day_of, day_start
from marketplace.core.db import lock_exclusive
from marketplace.core.errors import Conflict
from marketplace.orders.buying.models import PurchasePlan, PurchasePlanLine
from marketplace.orders.buying.rules.plan import Bought, Planned, over
from marketplace.orders.models import OrderLine, SalesOrder


def bought_in(session: Session, organisation_id: uuid.UUID, year: int) -> list[Bought]:
    """What the organisation bought in a Shanghai year by category, source and month of placement: each line once, without
    cancelled orders and without units that never came, were rejected or went back. No source of money counts as other."""
    first = day_start(day_of(datetime.fromisoformat(f"{year}-01-01T12:00:00+08:00")))
    after = day_start(day_of(datetime.fromisoformat(f"{year + 1}-01-01T12:00:00+08:00")))
    month = sql_cast(func.date_part("month", func.timezone("Asia/Shanghai", SalesOrder.placed_at)), Integer)
    source = func.coalesce(SalesOrder.fund_source, "other")
    left = OrderLine.amount_fen - OrderLine.refunded_fen
    rows = session.execute(
        select(
            OrderLine.category_code,
            source.label("fund_source"),
            month.label("month"),
            func.sum(left).label("ordered_fen"),
            func.sum(case((OrderLine.counted_at.is_not(None), left), else_=0)).label("counted_fen"),
        )
        .join(SalesOrder, SalesOrder.id == OrderLine.order_id)
        .where(
            SalesOrder.buyer_id == organisation_id,
            SalesOrder.placed_at >= first,
            SalesOrder.placed_at < after,
            SalesOrder.state != "cancelled",
        )
        .group_by(OrderLine.category_code, source, month)
    )
    return [
        Bought(row.category_code, row.fund_source, row.month, int(row.ordered_fen), int(row.counted_fen))
        for row in rows
    ]


def planned(session: Session, plan_id: uuid.UUID) -> list[Planned]:
    """The lines of a plan in their order."""
    return [
        Planned(row.category_code, row.fund_source, row.amount_fen, row.month, row.quarter)
        for row in session.scalars(
            select(PurchasePlanLine)
            .where(PurchasePlanLine.plan_id == plan_id)
            .order_by(PurchasePlanLine.line_no)
        )
    ]


def check_plan(
    session: Session,
    organisation_id: uuid.UUID,
    over_plan: str,
    fund_source: str | None,
    wanted: Iterable[tuple[str, int]],
    now: datetime,
) -> list[dict[str, Any]]:
    """Where a purchase of (category, fen) goes beyond the approved plan of its year; Conflict (`over_plan`) when it may not.

    Where it may not, purchases of one organisation wait for each other, so that two together do not.
    """
    day = day_of(now)
    if over_plan == "refuse":
        lock_exclusive(session, "orders.plan", f"{organisation_id}|{day.year}")
    plan_id = session.scalar(
        select(PurchasePlan.id).where(
            PurchasePlan.organisation_id == organisation_id,
            PurchasePlan.year == day.year,
            PurchasePlan.state == "approved",
        )
    )
    if plan_id is None:
        return []
    asked = [Bought(code, fund_source or "other", day.month, fen) for code, fen in wanted]
    beyond = over(planned(session, plan_id), bought_in(session, organisation_id, day.year), asked)
    if beyond and over_plan == "refuse":
        raise Conflict(
            "over_plan",
            "超出采购计划",
            lines=[str(one.line_no or 0) for one in beyond],
            categories=[one.category_code for one in beyond],
        )
    return [asdict(one) for one in beyond]
