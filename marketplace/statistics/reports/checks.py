"""The lines of R8: what the books of a month hold that has to be looked at, each check one statement."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ARRAY, ColumnElement, Uuid, and_, func, literal, or_, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.core.clock import period_days
from marketplace.core.history import held_at
from marketplace.core.money import ratio_bp
from marketplace.orders.models import OrderLine, SalesOrder
from marketplace.producers.models import Producer
from marketplace.statistics.conditions import conditions
from marketplace.statistics.question import Question
from marketplace.statistics.reports.as_of import last_moment_of, producers_over_time
from marketplace.statistics.reports.protocol import ReportRequest
from marketplace.statistics.thresholds import limit_bp

_E: Final = Entry.__table__.c
_CLASS_REASONS: Final = ("certificate_expired", "supplier_mismatch")


@dataclass(frozen=True, slots=True)
class Checked:
    """A line on the list. Amounts in fen; rate and limit of returns in basis points. Sales made elsewhere have no order."""

    reason: str
    line_id: uuid.UUID
    order: str | None
    line_no: int | None
    product: str
    producer: str
    producer_id: uuid.UUID
    area: str
    sold_at: datetime
    goods_class: str
    sale_fen: int
    returned_fen: int = 0
    rate_bp: int | None = None
    limit_bp: int | None = None


def found_lines(session: Session, request: ReportRequest) -> list[Checked]:
    """All lines of the month on the list, in the order of the checks, then by order number and line."""
    month = conditions(_question(request, request.period))
    by_class = _lines(session, *month, _E.goods_class_reason.in_(_CLASS_REASONS))
    found = [
        *(replace(one, reason=str(reason)) for one, reason in by_class),
        *(replace(one, reason="self_purchase") for one, _ in _lines(session, *month, _bought_by_itself())),
    ]
    returned = _returned(session, [one.line_id for one in found], request.period)
    lines = [replace(one, returned_fen=returned.get(one.line_id, 0)) for one in found]
    ranks = {reason: rank for rank, reason in enumerate((*_CLASS_REASONS, "self_purchase"))}
    lines.sort(key=lambda one: (ranks[one.reason], *_place(one)))
    return [*lines, *sorted(_returns(session, request), key=_place)]


def _place(one: Checked) -> tuple[str, int, str]:
    return one.order or "", one.line_no or 0, str(one.line_id)


def _question(request: ReportRequest, since: str) -> Question:
    return Question(
        (),
        from_period=since,
        to_period=request.period,
        area=request.area,
        areas=request.areas,
        view=request.view,
    )


def _lines(session: Session, *where: ColumnElement[bool]) -> list[tuple[Checked, str | None]]:
    """Sold lines with why they are not certified; entries of one line are parts of it."""
    names = [
        _E.line_id,
        SalesOrder.number,
        OrderLine.line_no,
        _E.product_name,
        _E.producer_name,
        _E.producer_id,
        _E.origin_area,
        _E.sold_at,
        _E.goods_class,
    ]
    rows = session.execute(
        select(*names, func.sum(_E.sale_fen), _E.goods_class_reason)
        .select_from(Entry)
        .outerjoin(OrderLine, OrderLine.id == _E.line_id)
        .outerjoin(SalesOrder, SalesOrder.id == OrderLine.order_id)
        .where(_E.kind == "sale", *where)
        .group_by(*names, _E.goods_class_reason)
    )
    return [(Checked("", *row[:9], int(row[9])), row[10]) for row in rows]


def _bought_by_itself() -> ColumnElement[bool]:
    """The buyer is the producer's own organisation, its agent when it was sold, or the producer whose agent it was."""
    seller, other = producers_over_time().alias("seller"), producers_over_time().alias("other")
    sold, bought = seller.c.producer_id, other.c.producer_id
    related = or_(bought == sold, other.c.agent_of_id == sold, seller.c.agent_of_id == bought)
    is_related = (
        select(Producer.id)
        .join(other, bought == Producer.id)
        .join(seller, related)
        .where(sold == _E.producer_id, Producer.organisation_id == _E.buyer_id)
        .where(held_at(seller, _E.sold_at), held_at(other, _E.sold_at))
        .exists()
    )
    # Few buyers are producers at all; only of their purchases is the rest asked.
    return and_(_E.buyer_id.in_(select(Producer.organisation_id)), is_related)


def _is_return() -> ColumnElement[bool]:
    return and_(_E.kind == "refund", _E.reason == "return")


def _returned(session: Session, lines: Sequence[uuid.UUID], until: str) -> dict[uuid.UUID, int]:
    """What went back of the lines in the books up to the month, in fen."""
    if not lines:
        return {}
    # One array, not a parameter for each: a month of the whole country may have more than a statement takes.
    wanted = select(func.unnest(literal(list(lines), ARRAY(Uuid))).column_valued("wanted"))
    rows = session.execute(
        select(_E.line_id, func.sum(-_E.sale_fen))
        .where(_E.line_id.in_(wanted), _is_return(), _E.period <= until)
        .group_by(_E.line_id)
    )
    return {line: int(fen) for line, fen in rows}


def _returns(session: Session, request: ReportRequest) -> list[Checked]:
    """Lines returned this month of producers whose returns of the year so far are above the limit of their area."""
    above = _above_limit(session, request)
    if not above:
        return []
    gone = select(_E.line_id).where(
        _is_return(), _E.producer_id.in_(above), *conditions(_question(request, request.period))
    )
    lines = _merged(one for one, _ in _lines(session, _E.line_id.in_(gone)))
    returned = _returned(session, [one.line_id for one in lines], request.period)
    return [
        replace(
            one,
            reason="returns",
            returned_fen=returned.get(one.line_id, 0),
            rate_bp=above[one.producer_id][0],
            limit_bp=above[one.producer_id][1],
        )
        for one in lines
    ]


def _merged(lines: Iterable[Checked]) -> list[Checked]:
    return list({one.line_id: one for one in lines}.values())


def _above_limit(session: Session, request: ReportRequest) -> dict[uuid.UUID, tuple[int, int]]:
    """Producers above their limit: rate of the year so far and limit, both in basis points."""
    dossiers = producers_over_time()
    gone: Any = func.coalesce(func.sum(-_E.sale_fen).filter(_is_return()), 0)
    sold: Any = func.coalesce(func.sum(_E.sale_fen).filter(_E.kind == "sale"), 0)
    rows = session.execute(
        select(_E.producer_id, dossiers.c.production_area, gone, sold)
        .join(dossiers, dossiers.c.producer_id == _E.producer_id)
        .where(held_at(dossiers, last_moment_of(request.period)))
        .where(*conditions(_question(request, f"{request.period[:4]}-01")))
        .group_by(_E.producer_id, dossiers.c.production_area)
        .having(gone > 0)
    )
    last = period_days(request.period)[1] - timedelta(days=1)
    found: dict[uuid.UUID, tuple[int, int]] = {}
    for producer, area, gone_fen, sold_fen in rows:
        limit = limit_bp("returns", area, last)
        # More back than was sold this year: goods of the year before; all of it counts.
        rate = ratio_bp(int(gone_fen), int(sold_fen))
        if rate is None or rate > limit:
            found[producer] = (10_000 if rate is None else rate, limit)
    return found
