"""Four eyes: one person asks, another decides; persons are compared, not accounts, and the database checks it again.

An approval is asked for a subject and used once. What it carries of personal data is an encrypted cell of its own row; names of
such fields end in ``_token`` and are never shown.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.codes import APPROVAL_ACTIONS
from marketplace.accounts.models import Approval
from marketplace.accounts.service.inbox import notify
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.ids import uuid7
from marketplace.core.scope import visible


@dataclass(frozen=True)
class Request:
    """What a second person is asked for: `action` of APPROVAL_ACTIONS, the subject, its area, what exactly and why."""

    action: str
    subject_kind: str
    subject_id: str
    area_code: str
    payload: dict[str, Any]
    reason: str
    approval_id: uuid.UUID | None = None  # given when cells of the payload are bound to it


def ask(session: Session, actor: Actor, request: Request) -> Approval:
    """Ask for an approval; the caller has checked that the actor may do the thing itself.

    One pending request per action and subject: Conflict `approval_pending`. Raises Invalid `approval_action`.
    """
    if request.action not in APPROVAL_ACTIONS:
        raise Invalid("approval_action", "审批事项不存在", pointer="/action")
    lock_exclusive(session, "approval", f"{request.action}|{request.subject_kind}|{request.subject_id}")
    if session.scalars(_of_subject(request, "pending")).first() is not None:
        raise Conflict("approval_pending", "同一事项已有待审批申请")
    approval = Approval(
        id=request.approval_id or uuid7(),
        action=request.action,
        subject_kind=request.subject_kind,
        subject_id=request.subject_id,
        area_code=request.area_code,
        payload=request.payload,
        state="pending",
        asked_by=actor.account_id,
        asked_by_person=actor.person_id,
        asked_at=utcnow(),
        reason=request.reason,
    )
    session.add(approval)
    session.flush()
    _record(session, actor, approval, "asked")
    return approval


def decide(
    session: Session, actor: Actor, approval_id: uuid.UUID, *, approve: bool, opinion: str
) -> Approval:
    """Approve or refuse as a second person with `accounts.approve` over the area.

    Raises Forbidden (`same_person`, `own_organisation`, `out_of_scope`), Conflict `approval_decided`, NotFound.
    """
    approval = session.get(Approval, approval_id)
    if approval is None:
        raise NotFound
    actor.require_visible("accounts.approve", area=approval.area_code)
    actor.require_other_person(approval.asked_by_person, what="申请人与审批人")
    if approval.subject_kind == "organisation":
        actor.require_other_organisation(uuid.UUID(approval.subject_id))
    decided = session.execute(
        update(Approval)
        .where(Approval.id == approval_id, Approval.state == "pending")
        .values(
            state="approved" if approve else "refused",
            decided_by=actor.account_id,
            decided_by_person=actor.person_id,
            decided_at=utcnow(),
            opinion=opinion,
        )
        .returning(Approval.id)
    ).all()
    if not decided:
        raise Conflict("approval_decided", "该申请已处理")
    session.refresh(approval)
    if not approve:
        approval.payload = shown(approval)
    _record(session, actor, approval, approval.state)
    notify(
        session,
        "approval_decided",
        "approval",
        approval.id,
        account_id=approval.asked_by,
        detail={"action": approval.action, "state": approval.state},
    )
    return approval


def use(session: Session, actor: Actor, approval_id: uuid.UUID, action: str, subject_id: str) -> Approval:
    """Spend an approved request, once, for the action and subject it was given for.

    Raises Conflict `approval_missing` when it is another's, not approved, refused or used already.
    """
    spent = session.execute(
        update(Approval)
        .where(
            Approval.id == approval_id,
            Approval.state == "approved",
            Approval.action == action,
            Approval.subject_id == subject_id,
        )
        .values(state="used")
        .returning(Approval.id)
    ).all()
    if not spent:
        raise Conflict("approval_missing", "没有可用的审批")
    approval = session.get_one(Approval, approval_id)
    session.refresh(approval)
    _record(session, actor, approval, "used")
    return approval


def listing(actor: Actor, *, state: str | None = None, action: str | None = None) -> Select[Any]:
    """The approvals the actor may decide or asked for; the caller sorts by id and pages."""
    statement = select(Approval).where(
        or_(
            visible(actor, "accounts.approve", area=Approval.area_code),
            Approval.asked_by_person == actor.person_id,
        )
    )
    if state is not None:
        statement = statement.where(Approval.state == state)
    if action is not None:
        statement = statement.where(Approval.action == action)
    return statement


def forget_cells(session: Session, approval: Approval) -> None:
    """Drop the encrypted cells of a spent approval: what they held lives where it belongs now, and nowhere else."""
    approval.payload = shown(approval)
    session.flush()


def shown(approval: Approval) -> dict[str, Any]:
    """The payload without its encrypted cells."""
    return {name: value for name, value in approval.payload.items() if not name.endswith("_token")}


def _of_subject(request: Request, state: str) -> Select[Any]:
    return select(Approval.id).where(
        Approval.action == request.action,
        Approval.subject_kind == request.subject_kind,
        Approval.subject_id == request.subject_id,
        Approval.state == state,
    )


def _record(session: Session, actor: Actor, approval: Approval, verb: str) -> None:
    audit.record(
        session,
        actor,
        f"accounts.approval.{verb}",
        "approval",
        approval.id,
        area_code=approval.area_code,
        detail={"action": approval.action, "subject_id": approval.subject_id},
    )
