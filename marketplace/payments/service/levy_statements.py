"""Levy statements: drawn up with frozen figures, for both sides to sign (`levy_signing`), or anew with what has come since.

The levy itself is booked line by line when it counts (`charges`); a statement moves no money, it says what both sides agree on.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Select, insert, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.accounts.service.inbox import notify
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import add_months, day_start, period_of, today, utcnow
from marketplace.core.db import lock_exclusive, transaction
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.ids import readable_number, uuid7
from marketplace.payments.models import LevyStatement, LevyStatementLine, LineCharge
from marketplace.payments.rules.charges import LEVY
from marketplace.payments.rules.levy_statements import DRAWN_ON_DAY, STATEMENT, first_month, taking_month
from marketplace.payments.service.levy_signing import record, side_of

_SPACE: Final = "payments.levy_statement"
_LOOK_BACK_MONTHS: Final = 12


def draw_up(session: Session, actor: Actor, operator_id: uuid.UUID, period: str) -> LevyStatement | None:
    """The statement of an operator and month, or its next version with what has come since; None when nothing is owed.

    Asks either side's permission. Conflict: ``month_not_over``, ``statement_agreed`` (late rows go into the next month's),
    ``nothing_new``. Invalid (``operator_not_found``).
    """
    operator = session.get(Organisation, operator_id)
    if operator is None:
        raise Invalid("operator_not_found", "没有这个运营单位", pointer="/operator_id")
    side_of(actor, operator)
    if period >= period_of(utcnow()):
        raise Conflict("month_not_over", "当月尚未结束")
    lock_exclusive(session, _SPACE, str(operator_id))
    standing = session.scalars(
        select(LevyStatement).where(
            LevyStatement.operator_id == operator_id,
            LevyStatement.period == period,
            LevyStatement.state != "superseded",
        )
    ).one_or_none()
    if standing is not None and standing.state == "agreed":
        raise Conflict("statement_agreed", "该月对账单双方已确认,后到数据列入下月调整")
    charges = session.scalars(_pending(session, operator_id, period)).all()
    if standing is not None:
        _replace(session, standing, {one.charge_no for one in charges})
    elif not charges:
        return None
    made = _make(session, actor, operator, period, charges, 1 if standing is None else standing.version + 1)
    notify(
        session,
        "levy_statement",
        "levy_statement",
        made.number,
        organisation_id=operator.id,
        detail={"period": period, "version": made.version, "total_fen": made.total_fen},
    )
    record(session, actor, "drawn", made, operator)
    return made


def draw_up_all() -> int:
    """The periodic work: from the sixth on, draw up what is owed of the last twelve months and in no statement; how many."""
    if today().day < DRAWN_ON_DAY:
        return 0
    made = 0
    with transaction() as session:
        wanted = _wanted(session)
    for operator_id, period in wanted:
        with transaction() as session:
            lock_exclusive(session, _SPACE, str(operator_id))
            if not _stands(session, operator_id, period):
                made += draw_up(session, system_actor(), operator_id, period) is not None
    return made


def _pending(session: Session, operator_id: uuid.UUID, period: str) -> Select[LineCharge]:
    """The charges that the month's statement takes and that no agreed one holds."""
    agreed = _agreed(session, operator_id)
    return (
        select(LineCharge)
        .where(
            LineCharge.kind == LEVY,
            LineCharge.party == operator_id,
            LineCharge.period >= first_month(period, agreed),
            LineCharge.period <= period,
            LineCharge.charge_no.not_in(_agreed_lines(operator_id)),
        )
        .order_by(LineCharge.charge_no)
    )


def _agreed(session: Session, operator_id: uuid.UUID) -> set[str]:
    return set(
        session.scalars(
            select(LevyStatement.period).where(
                LevyStatement.operator_id == operator_id, LevyStatement.state == "agreed"
            )
        )
    )


def _agreed_lines(operator_id: uuid.UUID) -> Select[int]:
    return (
        select(LevyStatementLine.charge_no)
        .join(LevyStatement, LevyStatement.id == LevyStatementLine.statement_id)
        .where(LevyStatement.operator_id == operator_id, LevyStatement.state == "agreed")
    )


def _replace(session: Session, standing: LevyStatement, charges: set[int]) -> None:
    held = set(
        session.scalars(
            select(LevyStatementLine.charge_no).where(LevyStatementLine.statement_id == standing.id)
        )
    )
    if held == charges and standing.state != "disputed":
        raise Conflict("nothing_new", "对账单生成后没有新数据", number=standing.number)
    standing.state = "superseded"
    session.flush()


def _make(
    session: Session,
    actor: Actor,
    operator: Organisation,
    period: str,
    charges: Sequence[LineCharge],
    version: int,
) -> LevyStatement:
    own = [one for one in charges if one.period == period]
    earlier = [one for one in charges if one.period != period]
    made = LevyStatement(
        id=uuid7(),
        number=readable_number("L"),
        operator_id=operator.id,
        period=period,
        version=version,
        state=STATEMENT.initial,
        lines=len({one.line_id for one in charges}),
        base_fen=sum(one.base_fen for one in own),
        levy_fen=sum(one.charge_fen for one in own),
        earlier_base_fen=sum(one.base_fen for one in earlier),
        earlier_levy_fen=sum(one.charge_fen for one in earlier),
        total_fen=sum(one.charge_fen for one in charges),
        drawn_by=actor.audit_id,
        drawn_at=utcnow(),
        is_demo=any(one.is_demo for one in charges),
    )
    session.add(made)
    session.flush()
    if charges:
        rows = [{"statement_id": made.id, "charge_no": one.charge_no} for one in charges]
        session.execute(insert(LevyStatementLine), rows)
    return made


def _wanted(session: Session) -> list[tuple[uuid.UUID, str]]:
    """Operators and ended months that must take a charge of theirs and have no statement yet."""
    this_month = period_of(utcnow())
    oldest = period_of(day_start(add_months(today(), -_LOOK_BACK_MONTHS)))
    agreed = (
        select(LevyStatementLine.charge_no)
        .join(LevyStatement, LevyStatement.id == LevyStatementLine.statement_id)
        .where(LevyStatement.state == "agreed")
    )
    rows = session.execute(
        select(LineCharge.party, LineCharge.period)
        .where(
            LineCharge.kind == LEVY,
            LineCharge.party.is_not(None),
            LineCharge.period >= oldest,
            LineCharge.period < this_month,
            LineCharge.charge_no.not_in(agreed),
        )
        .distinct()
    )
    found = {
        (party, taking_month(period, _agreed(session, party))) for party, period in rows if party is not None
    }
    return sorted((one for one in found if one[1] < this_month), key=lambda one: (one[1], str(one[0])))


def _stands(session: Session, operator_id: uuid.UUID, period: str) -> bool:
    found = session.scalar(
        select(LevyStatement.id).where(
            LevyStatement.operator_id == operator_id,
            LevyStatement.period == period,
            LevyStatement.state != "superseded",
        )
    )
    return found is not None
