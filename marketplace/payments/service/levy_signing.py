"""Both sides of a levy statement: the operator and the authority sign the same figures, two persons, or one of them disputes."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.accounts.service.inbox import notify
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.errors import Conflict, Forbidden, NotFound
from marketplace.core.locked import locked_row
from marketplace.payments.models import LevyStatement
from marketplace.payments.rules.levy_payments import due_on_of
from marketplace.payments.rules.levy_statements import STATEMENT

CONFIRM: Final = "payments.levy_confirm"
CHECK: Final = "payments.levy_check"
_PERMISSIONS: Final = {"operator": CONFIRM, "authority": CHECK}


def sign(session: Session, actor: Actor, number: str, side: str) -> LevyStatement:
    """A side signs the figures as they were drawn up; with both signatures they are agreed.

    Forbidden (``same_person``): two persons sign. IllegalTransition for a statement that is not to be signed, Conflict
    (``signed_already``).
    """
    statement, operator = held_statement(session, actor, number, _PERMISSIONS[side])
    STATEMENT.require(statement.state, "agreed")
    if (statement.operator_signed_at if side == "operator" else statement.authority_signed_at) is not None:
        raise Conflict("signed_already", "本方已确认")
    other = statement.authority_person if side == "operator" else statement.operator_person
    actor.require_other_person(other, what="运营单位确认人与主管部门审核人")
    if side == "operator":
        statement.operator_signed_by, statement.operator_person = actor.audit_id, actor.person_id
        statement.operator_signed_at = utcnow()
    else:
        statement.authority_signed_by, statement.authority_person = actor.audit_id, actor.person_id
        statement.authority_signed_at = utcnow()
    if statement.operator_signed_at is not None and statement.authority_signed_at is not None:
        statement.state, statement.due_on = "agreed", due_on_of(today())
        _tell(session, statement)
    session.flush()
    record(session, actor, f"signed_by_{side}", statement, operator)
    return statement


def dispute(session: Session, actor: Actor, number: str, reason: str) -> LevyStatement:
    """A side says what is wrong: nobody signs this version any more, the next one is drawn up when it is mended."""
    statement, operator = held_statement(session, actor, number, None)
    STATEMENT.require(statement.state, "disputed")
    statement.state, statement.disputed_side = "disputed", side_of(actor, operator)
    statement.disputed_by, statement.disputed_at, statement.dispute = actor.audit_id, utcnow(), reason
    _tell(session, statement)
    session.flush()
    record(session, actor, "disputed", statement, operator)
    return statement


def side_of(actor: Actor, operator: Organisation) -> str:
    """For which side the actor acts. Forbidden for who acts for neither."""
    if actor.may_on(CHECK, area=operator.area_code):
        return "authority"
    if actor.may_on(CONFIRM, area=operator.area_code, owners=(operator.id,)):
        return "operator"
    raise Forbidden("out_of_scope", "不在您的管辖范围内", permission=CONFIRM)


def held_statement(
    session: Session, actor: Actor, number: str, permission: str | None
) -> tuple[LevyStatement, Organisation]:
    """The statement, held. NotFound for who may not see it; with no `permission`, for who acts for neither side."""
    statement = locked_row(
        session,
        select(LevyStatement).where(LevyStatement.number == number),
        NotFound("levy_statement_not_found", "没有这张对账单"),
    )
    operator = session.get_one(Organisation, statement.operator_id)
    wanted = (CHECK, CONFIRM) if permission is None else (permission,)
    for one in wanted:
        owners = () if one == CHECK else (operator.id,)
        if actor.may_on(one, area=operator.area_code, owners=owners):
            return statement, operator
    raise NotFound("levy_statement_not_found", "没有这张对账单")


def _tell(session: Session, statement: LevyStatement) -> None:
    notify(
        session,
        "levy_statement_decided",
        "levy_statement",
        statement.number,
        organisation_id=statement.operator_id,
        detail={"period": statement.period, "state": statement.state},
    )


def record(
    session: Session, actor: Actor, what: str, statement: LevyStatement, operator: Organisation
) -> None:
    """A step of a statement in the audit trail."""
    audit.record(
        session,
        actor,
        f"payments.levy_statement.{what}",
        "levy_statement",
        statement.number,
        area_code=operator.area_code,
        detail={"period": statement.period, "version": statement.version, "total_fen": statement.total_fen},
    )
