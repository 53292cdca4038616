"""What is owed and paid of agreed levy statements, by channel and month; the late ones; what waits to be checked."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.catalogue.models import Channel
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.money import yuan
from marketplace.core.scope import visible
from marketplace.core.sheets.export import Value, write_csv, write_xlsx
from marketplace.payments.models import LevyPayment, LevyStatement, LevyStatementLine, LineCharge
from marketplace.payments.rules.levy_payments import STANDINGS, is_overdue, spread, standing_of
from marketplace.payments.service.book_reading import READ
from marketplace.payments.service.levy_signing import CHECK

HEADINGS: Final = (
    "对账单号", "运营单位", "对账单月份", "销售点编号", "销售点", "所属期", "应缴(元)", "已缴(元)", "未缴(元)",
    "缴款截止日", "状态", "逾期",
)  # fmt: skip
#: Lists of statements by how far they are paid.
LISTS: Final = ("open", "overdue", "paid")


@dataclass(frozen=True, slots=True)
class Due:
    """An agreed statement as it is paid (fen): checked payments, those that wait to be checked, what is left, since when late."""

    statement: LevyStatement
    operator_name: str
    paid_fen: int
    waiting_fen: int

    @property
    def owed_fen(self) -> int:
        """What it owes; nothing where refunds outweigh sales."""
        return max(self.statement.total_fen, 0)

    @property
    def left_fen(self) -> int:
        """What was not paid and checked."""
        return self.owed_fen - self.paid_fen

    @property
    def standing(self) -> str:
        """nothing_due, unpaid, partly or paid."""
        return standing_of(self.statement.total_fen, self.paid_fen)

    @property
    def is_overdue(self) -> bool:
        """Whether something is left after the last day for paying it."""
        return is_overdue(self.statement.total_fen, self.paid_fen, self.statement.due_on, today())


@dataclass(frozen=True, slots=True)
class DuePart:
    """The part of a due that is of one channel and month (fen); `owed_fen` below zero where more went back than was sold."""

    due: Due
    channel_code: str | None
    channel_name: str | None
    period: str
    owed_fen: int
    paid_fen: int


def dues_seen(
    actor: Actor, *, period: str | None = None, which: str | None = None, permission: str = READ
) -> Select[*tuple[Any, ...]]:
    """(statement, operator's name, paid, waiting) of agreed statements that the actor may see, unsorted, for a paged list."""
    owners = [] if permission == CHECK else [Organisation.id]
    statement = _agreed().where(visible(actor, permission, area=Organisation.area_code, owners=owners))
    if period is not None:
        statement = statement.where(LevyStatement.period == period)
    return statement if which is None else statement.where(*_is(which))


def overdue_statements() -> Select[*tuple[Any, ...]]:
    """The same rows of every statement that is late, whoever may see it: the caller says who asks."""
    return _agreed().where(*_is("overdue"))


def payments_waiting(actor: Actor) -> Select[*tuple[Any, ...]]:
    """(payment, statement, operator's name) of payments that wait for the actor's check, unsorted."""
    statement: Select[*tuple[Any, ...]] = (
        select(LevyPayment, LevyStatement, Organisation.name)
        .join(LevyStatement, LevyStatement.id == LevyPayment.statement_id)
        .join(Organisation, Organisation.id == LevyStatement.operator_id)
        .where(LevyPayment.state == "recorded")
        .where(visible(actor, CHECK, area=Organisation.area_code))
    )
    return statement


def due_of(row: Any) -> Due:
    """The due that a row of `dues_seen` is."""
    return Due(row.LevyStatement, row.name, int(row.paid), int(row.waiting))


def payments_of(session: Session, statement: LevyStatement) -> Sequence[LevyPayment]:
    """All payments of a statement, as they were recorded."""
    return session.scalars(
        select(LevyPayment).where(LevyPayment.statement_id == statement.id).order_by(LevyPayment.id)
    ).all()


def parts_of(session: Session, dues: Sequence[Due]) -> list[DuePart]:
    """The dues by channel and month: earlier months first, then by the channel's code; so payments fall on them."""
    owed: dict[uuid.UUID, list[tuple[str | None, str | None, str, int]]] = defaultdict(list)
    rows = session.execute(
        select(
            LevyStatementLine.statement_id,
            Channel.code,
            Channel.name,
            LineCharge.period,
            func.sum(LineCharge.charge_fen),
        )
        .join(LineCharge, LineCharge.charge_no == LevyStatementLine.charge_no)
        .outerjoin(Channel, Channel.id == LineCharge.channel_id)
        .where(LevyStatementLine.statement_id.in_([one.statement.id for one in dues]))
        .group_by(LevyStatementLine.statement_id, Channel.code, Channel.name, LineCharge.period)
        .order_by(LineCharge.period, Channel.code)
    )
    for statement_id, code, name, period, fen in rows:
        owed[statement_id].append((code, name, period, int(fen)))
    found = []
    for due in dues:
        parts = owed[due.statement.id]
        paid = spread([fen for *_, fen in parts], due.paid_fen)
        found += [DuePart(due, *part, fen) for part, fen in zip(parts, paid, strict=True)]
    return found


def dues_file(parts: Sequence[DuePart], file_format: str) -> bytes:
    """A row a channel and month, as csv or xlsx; amounts in yuan."""
    rows: list[list[Value]] = [
        [
            one.due.statement.number,
            one.due.operator_name,
            one.due.statement.period,
            one.channel_code,
            one.channel_name,
            one.period,
            yuan(one.owed_fen),
            yuan(one.paid_fen),
            yuan(one.owed_fen - one.paid_fen),
            _day(one.due.statement.due_on),
            STANDINGS[one.due.standing],
            "是" if one.due.is_overdue else "",
        ]
        for one in parts
    ]
    if file_format == "csv":
        return write_csv(HEADINGS, rows)
    return write_xlsx(HEADINGS, rows, sheet_name="帮扶金缴纳情况")


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _sum(state: str) -> Any:
    """Σ of a statement's payments in that state."""
    return (
        select(func.coalesce(func.sum(LevyPayment.amount_fen), 0))
        .where(LevyPayment.statement_id == LevyStatement.id, LevyPayment.state == state)
        .correlate(LevyStatement)
        .scalar_subquery()
    )


def _agreed() -> Select[*tuple[Any, ...]]:
    return (
        select(
            LevyStatement,
            Organisation.name,
            _sum("checked").label("paid"),
            _sum("recorded").label("waiting"),
        )
        .join(Organisation, Organisation.id == LevyStatement.operator_id)
        .where(LevyStatement.state == "agreed")
    )


def _is(which: str) -> list[ColumnElement[bool]]:
    paid = _sum("checked")
    owed = case((LevyStatement.total_fen > 0, LevyStatement.total_fen), else_=0)
    if which == "paid":
        return [owed > 0, owed <= paid]
    late = [LevyStatement.due_on < today()] if which == "overdue" else []
    return [owed > paid, *late]
