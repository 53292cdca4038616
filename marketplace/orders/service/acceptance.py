"""The buyer's steps after delivery: accept (with rejected units), evaluate."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Invalid
from marketplace.core.ids import uuid7
from marketplace.orders.models import Evaluation, SalesOrder
from marketplace.orders.rules import ORDER
from marketplace.orders.service.deduction import deduct, open_return
from marketplace.orders.service.due import settle_due_day
from marketplace.orders.service.fulfilment import Part, chosen
from marketplace.orders.service.lines import write_lines
from marketplace.orders.service.photos import attach_photos
from marketplace.orders.service.reading import lines_of, lock_order, require, transition
from marketplace.orders.service.tally import count_lines, lines_by_id, may_count


@dataclass(frozen=True, slots=True)
class Rejected:
    """Units refused at inspection, and why."""

    parts: Sequence[Part]
    reason: str


def rejected_of(body: Mapping[str, Any]) -> Rejected | None:
    """What an acceptance that was sent rejects; None for nothing. Invalid (`reason`) for a rejection without its reason."""
    if not body["rejected"]:
        return None
    if "reason" not in body:
        raise Invalid("reason", "拒收应说明原因", pointer="/reason")
    return Rejected([Part(**row) for row in body["rejected"]], body["reason"])


def accept(
    session: Session,
    actor: Actor,
    number: str,
    rejected: Rejected | None = None,
    photos: Sequence[uuid.UUID] = (),
) -> SalesOrder:
    """The buyer has inspected the goods: delivered → accepted, partly_accepted, or closed when every unit is rejected.

    What is not rejected is accepted. Rejected units are taken off the order; money already paid for them goes back.
    `photos` are files that show what arrived; refusals as `attach_photos`.
    """
    order = lock_order(session, number)
    require(actor, "orders.accept", order, (order.buyer_id,))
    ORDER.require(order.state, "accepted")
    lines = lines_of(session, order)
    now = utcnow()
    refused = [] if rejected is None else chosen(lines, rejected.parts, {x.line_no: x.shipped for x in lines})
    amounts = {line.id: quantity for line, quantity in refused}
    write_lines(session, lines, accepted=[line.shipped - amounts.get(line.id, 0) for line in lines])
    target = "accepted"
    if refused:
        target = "partly_accepted" if any(line.accepted for line in lines) else "closed"
    transition(session, order, target, actor, now, rejected=sum(amounts.values()))
    attach_photos(session, actor, order, photos)
    settle_due_day(order)
    if rejected is not None and refused:
        row = open_return(
            session,
            order,
            refused,
            kind="rejection",
            state="goods_received",
            reason=rejected.reason,
            actor=actor,
            at=now,
        )
        deduct(session, order, row, lines_by_id(lines), column="rejected", actor=actor, at=now)
    count_lines(session, order, lines, actor, now)
    session.flush()
    return order


def evaluate(
    session: Session, actor: Actor, number: str, *, stars: int, comment: str | None = None
) -> SalesOrder:
    """The buyer's evaluation, once: accepted → evaluated. 832 counts a sale only with it."""
    if not 1 <= stars <= 5:
        raise Invalid("stars", "评分应为 1 至 5", pointer="/stars")
    order = lock_order(session, number)
    require(actor, "orders.accept", order, (order.buyer_id,))
    now = utcnow()
    transition(session, order, "evaluated", actor, now, stars=stars)
    session.add(
        Evaluation(
            id=uuid7(), order_id=order.id, stars=stars, comment=comment, by_account=actor.audit_id, at=now
        )
    )
    session.flush()
    if may_count(order):
        count_lines(session, order, lines_of(session, order), actor, now)
    return order
