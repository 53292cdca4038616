"""Sums of the register of pledges: measures of their own, beside what of them became sales, never together with any sales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.divisions import get
from marketplace.core.errors import Forbidden
from marketplace.core.scope import visible, within_area
from marketplace.intake.models import Pledge, PledgeSale
from marketplace.intake.rules.pledges import DIGITS, KINDS
from marketplace.intake.service.pledges import PERMISSION, worth_of_sales


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Of which area, as place of origin (view seller) or as the buyer's; signed on [from_day, to_day]; told apart by `by`."""

    view: str = "seller"
    area: str | None = None
    from_day: date | None = None
    to_day: date | None = None
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PledgeSums:
    """Fen by measure of one cell: standing amounts by kind, what of them was fulfilled, what lapsed."""

    keys: tuple[str, ...]
    titles: tuple[str, ...]
    measures: dict[str, int]


def sums(session: Session, actor: Actor, asked: Asked) -> tuple[list[PledgeSums], dict[str, int]]:
    """Cells in the order of their keys, and their total: of the actor's own areas only. Forbidden (``out_of_scope``) beyond."""
    column = Pledge.origin_area if asked.view == "seller" else Pledge.buyer_area
    conditions = _conditions(actor, column, asked)
    keys = [_key(one, column) for one in asked.by]
    rows = session.execute(measured(keys, conditions))
    found = [
        PledgeSums(
            tuple(row[: len(keys)]),
            tuple(_title(one, key) for one, key in zip(asked.by, row, strict=False)),
            dict(zip(MEASURES, map(int, row[len(keys) :]), strict=True)),
        )
        for row in rows
    ]
    return found, {name: sum(one.measures[name] for one in found) for name in MEASURES}


MEASURES: Final = (*(code for code, _ in KINDS.values()), "fulfilled_amount", "lapsed_amount")
MEASURE_TITLES: Final = dict(KINDS.values()) | {
    "fulfilled_amount": "其中:已履约金额",
    "lapsed_amount": "已失效金额",
}


def measured(keys: Sequence[ColumnElement[Any]], conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Rows of the keys and then MEASURES (fen), by key: of all pledges that meet the conditions and were not withdrawn."""
    worth = worth_of_sales()
    came = (
        select(PledgeSale.pledge_id, func.sum(worth.c.fen).label("fen"))
        .join(worth, worth.c.line_id == PledgeSale.line_id)
        .group_by(PledgeSale.pledge_id)
        .subquery("came")
    )
    standing = Pledge.state == "standing"
    measured = [
        *(
            func.coalesce(func.sum(Pledge.amount_fen).filter(standing, Pledge.kind == kind), 0)
            for kind in KINDS
        ),
        func.coalesce(
            func.sum(func.least(func.coalesce(came.c.fen, 0), Pledge.amount_fen)).filter(standing), 0
        ),
        func.coalesce(func.sum(Pledge.amount_fen).filter(Pledge.state == "lapsed"), 0),
    ]
    return (
        select(*keys, *measured)
        .outerjoin(came, came.c.pledge_id == Pledge.id)
        .where(Pledge.state != "withdrawn", *conditions)
        .group_by(*keys)
        .order_by(*keys)
    )


def _conditions(actor: Actor, column: Any, asked: Asked) -> list[ColumnElement[bool]]:
    conditions = [
        or_(
            visible(actor, PERMISSION, area=Pledge.origin_area),
            visible(actor, PERMISSION, area=Pledge.buyer_area),
        )
    ]
    if asked.area is not None:
        area = get(asked.area).code
        if not actor.may_on(PERMISSION, area=area):
            raise Forbidden("out_of_scope", "不在您的管辖范围内", permission=PERMISSION)
        conditions.append(within_area(column, area))
    if asked.from_day is not None:
        conditions.append(Pledge.signed_on >= asked.from_day)
    if asked.to_day is not None:
        conditions.append(Pledge.signed_on <= asked.to_day)
    return conditions


def _key(dimension: str, column: Any) -> ColumnElement[Any]:
    if dimension == "kind":
        return column_of(Pledge.kind)
    if dimension == "event":
        return column_of(Pledge.event)
    if dimension == "month":
        return func.to_char(Pledge.signed_on, "YYYY-MM")
    return func.rpad(func.substr(column, 1, DIGITS[dimension]), 6, "0")


def column_of(attribute: Any) -> ColumnElement[Any]:
    """The column of a mapped attribute."""
    column: ColumnElement[Any] = attribute.expression
    return column


def _title(dimension: str, key: str) -> str:
    if dimension == "kind":
        return KINDS[key][1]
    return get(key).name if dimension in DIGITS else key
