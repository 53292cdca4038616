"""平台服务费账单: what a producer owes the platform for a month's commission of orders that were paid to it directly.

Commission of a supervised order comes off the producer's next settlement; what a buyer paid to the producer's own account never
passes here, so its commission stands as a debt on the producer's account from the moment at which the line counts, and is billed
when the month is over. A charge is in one bill at most, and one that a settlement took is in none. What refunds gave back after a
bill lowers the next one; months that come to nothing wait for a later one. Source: docs/rules.md, "Levy and commission".
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, cast, func, insert, literal, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.accounts.service.inbox import notify
from marketplace.core import audit
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import period_of, previous_period, today, utcnow
from marketplace.core.db import lock_exclusive, refusing, transaction
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.core.scope import visible
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import CommissionBill, CommissionBillLine, LineCharge, SettlementItem
from marketplace.payments.rules.accounts import commission_paid
from marketplace.payments.rules.charges import BILL, COMMISSION
from marketplace.payments.rules.levy_statements import DRAWN_ON_DAY
from marketplace.payments.service.books import post
from marketplace.payments.service.settlement import SETTLE
from marketplace.payments.service.settlement_reading import READ

_SPACE: Final = "payments.commission_bill"
_BOOKED: Final = {"uq_commission_bill_reference": AlreadyExists("receipt_already_booked", "该笔到账已登记")}


def draw_up(session: Session, actor: Actor, producer_id: uuid.UUID, period: str) -> CommissionBill | None:
    """The bill of a producer and month: the one there is, or a new one over what no bill holds yet; None when nothing is owed.

    Conflict (`month_not_over`), Invalid (`producer_not_found`), Forbidden.
    """
    producer = session.get(Organisation, producer_id)
    if producer is None:
        raise Invalid("producer_not_found", "没有这个供应商", pointer="/producer_id")
    actor.require(SETTLE, area=producer.area_code)
    if period >= period_of(utcnow()):
        raise Conflict("month_not_over", "当月尚未结束")
    lock_exclusive(session, _SPACE, str(producer_id))
    known = session.scalars(
        select(CommissionBill).where(
            CommissionBill.producer_organisation_id == producer_id, CommissionBill.period == period
        )
    ).one_or_none()
    if known is not None:
        return known
    charges = session.scalars(
        select(LineCharge)
        .where(LineCharge.party == producer_id, *_unbilled(period))
        .order_by(LineCharge.charge_no)
    ).all()
    total_fen = sum(one.charge_fen for one in charges)
    if total_fen <= 0:
        return None
    bill = CommissionBill(
        id=uuid7(),
        number=readable_number("E"),
        producer_organisation_id=producer_id,
        period=period,
        lines=len({one.line_id for one in charges}),
        base_fen=sum(one.base_fen for one in charges),
        total_fen=total_fen,
        state=BILL.initial,
        drawn_by=actor.audit_id,
        drawn_at=utcnow(),
        is_demo=any(one.is_demo for one in charges),
    )
    session.add(bill)
    session.flush()
    session.execute(
        insert(CommissionBillLine), [{"charge_no": one.charge_no, "bill_id": bill.id} for one in charges]
    )
    notify(
        session,
        "commission_bill",
        "commission_bill",
        bill.number,
        organisation_id=producer_id,
        detail={"period": period, "total_fen": total_fen},
    )
    _record(session, actor, bill, producer, "drawn")
    return bill


def draw_up_all() -> int:
    """The periodic work: from the sixth on, bill what is owed of ended months; how many bills. Killed, it does the rest later."""
    if today().day < DRAWN_ON_DAY:
        return 0
    period = previous_period(period_of(utcnow()))
    made = 0
    with transaction() as session:
        producers = session.scalars(
            select(LineCharge.party)
            .where(LineCharge.party.is_not(None), *_unbilled(period))
            .group_by(LineCharge.party)
            .having(func.sum(LineCharge.charge_fen) > 0)
            .order_by(LineCharge.party)
        ).all()
    for producer_id in producers:
        if producer_id is not None:
            with transaction() as session:
                bill = draw_up(session, system_actor(), producer_id, period)
                made += bill is not None
    return made


def record_payment(
    session: Session, actor: Actor, number: str, *, amount_fen: int, reference: str, paid_at: datetime
) -> CommissionBill:
    """The producer paid a bill, whole, into the platform's own account: drawn → paid, booked in the same transaction.

    Invalid (`bill_amount`, `bill_paid_at`), IllegalTransition for a second time, AlreadyExists (`receipt_already_booked`) for a
    bank reference that another bill has. NotFound, Forbidden.
    """
    bill = session.scalars(
        select(CommissionBill)
        .where(CommissionBill.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if bill is None:
        raise _unknown()
    producer = session.get_one(Organisation, bill.producer_organisation_id)
    actor.require(SETTLE, area=producer.area_code)
    BILL.require(bill.state, "paid")
    if amount_fen != bill.total_fen:
        raise Invalid(
            "bill_amount", "账单应一次付清", pointer="/amount_fen", expected_fen=str(bill.total_fen)
        )
    if not bill.drawn_at <= paid_at <= utcnow():
        raise Invalid("bill_paid_at", "付款时间应在出账之后、当前时间之前", pointer="/paid_at")
    bill.state, bill.reference, bill.paid_at, bill.recorded_by = "paid", reference, paid_at, actor.audit_id
    with refusing(_BOOKED):
        session.flush()
    legs = commission_paid(producer.id, bill.total_fen)
    post(session, {f"commission_paid:{bill.id}": legs}, paid_at, is_demo=bill.is_demo)
    _record(session, actor, bill, producer, "paid")
    return bill


def bills_seen(
    actor: Actor, *, period: str | None = None, state: str | None = None
) -> Select[CommissionBill, Organisation]:
    """Bills that the actor may see, with the producer's organisation, unsorted, for a paged list."""
    statement = (
        select(CommissionBill, Organisation)
        .join(Organisation, Organisation.id == CommissionBill.producer_organisation_id)
        .where(visible(actor, READ, area=Organisation.area_code, owners=[Organisation.id]))
    )
    if period is not None:
        statement = statement.where(CommissionBill.period == period)
    return statement if state is None else statement.where(CommissionBill.state == state)


def bill_seen(session: Session, actor: Actor, number: str) -> tuple[CommissionBill, Organisation]:
    """A bill and its producer's organisation. NotFound when the actor may not see it."""
    row = session.execute(bills_seen(actor).where(CommissionBill.number == number)).one_or_none()
    if row is None:
        raise _unknown()
    return row.CommissionBill, row.Organisation


def lines_of(session: Session, bill: CommissionBill) -> list[dict[str, Any]]:
    """The charges that a bill holds, in the order in which they came (fen; negative: given back with a refund)."""
    rows = session.execute(
        select(LineCharge, SalesOrder.number)
        .join(CommissionBillLine, CommissionBillLine.charge_no == LineCharge.charge_no)
        .join(SalesOrder, SalesOrder.id == LineCharge.order_id)
        .where(CommissionBillLine.bill_id == bill.id)
        .order_by(LineCharge.charge_no)
    )
    return [
        {
            "order_number": number,
            "at": charge.at,
            "rate_bp": charge.rate_bp,
            "base_fen": charge.base_fen,
            "charge_fen": charge.charge_fen,
        }
        for charge, number in rows
    ]


def _unbilled(period: str) -> tuple[ColumnElement[bool], ...]:
    """Commission through a month that neither a bill nor a settlement has."""
    event = (
        literal("commission:")
        + cast(LineCharge.event_id, Text)
        + literal(":")
        + cast(LineCharge.line_id, Text)
    )
    return (
        LineCharge.kind == COMMISSION,
        LineCharge.charge_fen != 0,
        LineCharge.period <= period,
        ~select(CommissionBillLine.charge_no)
        .where(CommissionBillLine.charge_no == LineCharge.charge_no)
        .exists(),
        ~select(SettlementItem.id).where(SettlementItem.event == event).exists(),
    )


def _unknown() -> NotFound:
    return NotFound("commission_bill_not_found", "没有这张平台服务费账单")


def _record(session: Session, actor: Actor, bill: CommissionBill, of: Organisation, verb: str) -> None:
    audit.record(
        session,
        actor,
        f"payments.commission_bill.{verb}",
        "commission_bill",
        bill.number,
        area_code=of.area_code,
        detail={"total_fen": bill.total_fen, "period": bill.period},
    )
