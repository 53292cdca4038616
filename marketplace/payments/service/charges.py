"""Levy and commission of counted lines: heard with the facts of counting, written down per line, booked.

Levy falls on ordinary goods at a counter, own sales and foreign ones; commission on own orders for which it was agreed when they
were placed. A refund takes its part back in its own month. Commission of supervised orders comes off the next settlement, that of
orders paid directly is billed by the month (`commission_bills`; docs/rules.md, "Levy and commission").
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core.clock import period_of
from marketplace.core.json_rows import JsonRows
from marketplace.orders.facts import LinesCounted, LinesReversed
from marketplace.orders.models import OrderLine, SalesOrder
from marketplace.payments.models import LineCharge, LineCommission, SettlementItem
from marketplace.payments.rules.accounts import Leg
from marketplace.payments.rules.charges import (
    COMMISSION,
    LEVY,
    Charged,
    charge_after,
    charge_legs,
    is_levied,
)
from marketplace.payments.service.books import post
from marketplace.payments.service.collection import supervised_among
from marketplace.payments.service.settlement_items import NewItem, add_items, due_on_of

_NOTHING: Final = Charged(0, 0)
_ROWS: Final = JsonRows(LineCharge)
_INSERT: Final = sql(
    f"{_ROWS.insert('rows')} ON CONFLICT (kind, source, line_id, event_id) DO NOTHING RETURNING kind, line_id"
)


@dataclass(frozen=True, slots=True)
class _Charge:
    kind: str
    line_id: uuid.UUID
    event_id: uuid.UUID
    party: uuid.UUID | None
    order_id: uuid.UUID | None
    rate_bp: int
    base_fen: int
    charge_fen: int
    at: datetime
    is_demo: bool
    channel_id: uuid.UUID | None = None


def charge_counted(session: Session, fact: LinesCounted) -> None:
    """Hear that lines count: what they owe is written down and booked, once however often it is told."""
    _write(session, fact.source, [*_levies(session, fact), *_commissions(session, fact)])


def charge_reversed(session: Session, fact: LinesReversed) -> None:
    """Hear that money of counted lines is back with the buyer: their charges shrink by its part, in this month."""
    back = {line.line_id: line.sale_fen for line in fact.lines}
    of_lines = (LineCharge.source == fact.source, LineCharge.line_id.in_(back))
    told = select(LineCharge.charge_no).where(*of_lines, LineCharge.event_id == fact.event_id).limit(1)
    if session.scalar(told) is not None:
        return
    rows = session.execute(
        select(
            LineCharge.kind,
            LineCharge.line_id,
            LineCharge.party,
            LineCharge.order_id,
            LineCharge.rate_bp,
            func.sum(LineCharge.base_fen),
            func.sum(LineCharge.charge_fen),
            func.bool_or(LineCharge.is_demo),
            LineCharge.channel_id,
        )
        .where(*of_lines)
        .group_by(
            LineCharge.kind,
            LineCharge.line_id,
            LineCharge.party,
            LineCharge.order_id,
            LineCharge.rate_bp,
            LineCharge.channel_id,
        )
        .order_by(LineCharge.line_id, LineCharge.kind)
    )
    charges = []
    for kind, line_id, party, order_id, rate_bp, base_fen, charge_fen, is_demo, channel_id in rows:
        base, at = -back[line_id], fact.reversed_at
        taken = charge_after(rate_bp, Charged(int(base_fen), int(charge_fen)), base)
        charges.append(
            _Charge(
                kind, line_id, fact.event_id, party, order_id, rate_bp, base, taken, at, is_demo, channel_id
            )
        )
    _write(session, fact.source, charges)


def _levies(session: Session, fact: LinesCounted) -> list[_Charge]:
    lines = [line for line in fact.lines if is_levied(line.frozen.goods_class, line.frozen.levy_bp)]
    if not lines:
        return []
    channels = {line.frozen.channel_id for line in lines}
    rows = session.execute(select(Channel.id, Channel.operator_id).where(Channel.id.in_(channels)))
    operators = dict(rows.all())
    return [
        _Charge(
            LEVY,
            line.line_id,
            fact.event_of(line.line_id),
            operators.get(line.frozen.channel_id),
            line.order_id,
            line.frozen.levy_bp,
            line.sale_fen,
            charge_after(line.frozen.levy_bp, _NOTHING, line.sale_fen),
            line.counted_at,
            line.frozen.is_demo,
            line.frozen.channel_id,
        )
        for line in lines
    ]


def _commissions(session: Session, fact: LinesCounted) -> list[_Charge]:
    if fact.source != "order":
        return []
    agreed = {
        line_id: (rate_bp, producer)
        for line_id, rate_bp, producer in session.execute(
            select(LineCommission.line_id, LineCommission.commission_bp, SalesOrder.producer_organisation_id)
            .join(OrderLine, OrderLine.id == LineCommission.line_id)
            .join(SalesOrder, SalesOrder.id == OrderLine.order_id)
            .where(LineCommission.line_id.in_([line.line_id for line in fact.lines]))
        )
    }
    return [
        _Charge(
            COMMISSION,
            line.line_id,
            fact.event_of(line.line_id),
            agreed[line.line_id][1],
            line.order_id,
            agreed[line.line_id][0],
            line.sale_fen,
            charge_after(agreed[line.line_id][0], _NOTHING, line.sale_fen),
            line.counted_at,
            line.frozen.is_demo,
        )
        for line in fact.lines
        if line.line_id in agreed
    ]


def _write(session: Session, source: str, charges: Sequence[_Charge]) -> None:
    """Write charges that are not there yet, book them, and let settlement know of commission that comes off it."""
    if not charges:
        return
    rows = [
        {
            "kind": one.kind,
            "source": source,
            "line_id": one.line_id,
            "event_id": one.event_id,
            "party": one.party,
            "order_id": one.order_id,
            "rate_bp": one.rate_bp,
            "base_fen": one.base_fen,
            "charge_fen": one.charge_fen,
            "period": period_of(one.at),
            "at": one.at,
            "is_demo": one.is_demo,
            "channel_id": one.channel_id,
        }
        for one in charges
    ]
    written = {(kind, line_id) for kind, line_id in session.execute(_INSERT, {"rows": _ROWS.dump(rows)})}
    events: dict[bool, dict[str, list[Leg]]] = defaultdict(dict)
    happened: dict[str, datetime] = {}
    new = [one for one in charges if (one.kind, one.line_id) in written and one.charge_fen]
    for one in new:
        name = f"{one.kind}:{source}:{one.event_id}:{one.line_id}"
        events[one.is_demo][name] = charge_legs(one.kind, one.party, one.charge_fen, one.order_id)
        happened[name] = one.at
    for is_demo, booked in events.items():
        post(session, booked, happened, is_demo=is_demo)
    settled = _settled_with_sales(session, [one for one in new if one.kind == COMMISSION])
    add_items(session, [_item(one) for one in settled])


def _settled_with_sales(session: Session, commissions: Sequence[_Charge]) -> list[_Charge]:
    """Those that come off a settlement: of supervised orders, and of lines for which that was done before there were bills."""
    if not commissions:
        return []
    supervised = supervised_among(session, {one.order_id for one in commissions if one.order_id is not None})
    before = set(
        session.scalars(
            select(SettlementItem.line_id).where(
                SettlementItem.kind == COMMISSION,
                SettlementItem.order_id.in_({one.order_id for one in commissions}),
            )
        )
    )
    return [one for one in commissions if one.order_id in supervised or one.line_id in before]


def _item(one: _Charge) -> NewItem:
    if one.order_id is None or one.party is None:
        raise ValueError("commission is agreed for own orders only")
    return NewItem(
        event=f"commission:{one.event_id}:{one.line_id}",
        producer_organisation_id=one.party,
        order_id=one.order_id,
        line_id=one.line_id,
        kind="commission" if one.charge_fen > 0 else "commission_back",
        amount_fen=-one.charge_fen,
        due_on=due_on_of("", one.at),
        at=one.at,
        is_demo=one.is_demo,
    )
