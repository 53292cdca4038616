"""Tasks at cabinets, assigned, and done with what was moved, what was counted after it, and a photo."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Account
from marketplace.accounts.service.inbox import notify
from marketplace.catalogue.models import Channel
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.models import StoredFile
from marketplace.intake.cabinets.models import Cabinet, CabinetStock, CabinetTask
from marketplace.intake.cabinets.rules.goods import MILLI, Goods
from marketplace.intake.cabinets.service.acting import Brought, bring, take_count
from marketplace.intake.cabinets.service.books import Movement, book, lock_cabinets
from marketplace.intake.cabinets.service.making import OPEN
from marketplace.intake.cabinets.service.promises import keep_promises


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done for a task: lines brought (restock) or units taken out (recall), slots counted after it, the photo."""

    lines: Sequence[Brought] = ()
    units: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    file_id: uuid.UUID | None = None
    at: datetime | None = None
    note: str | None = None


def assign(session: Session, actor: Actor, number: str, account_id: uuid.UUID) -> CabinetTask:
    """Give an open task to an account of the operator (again: to another one), or to oneself.

    NotFound; Conflict (``task_over``); Invalid (``account_elsewhere``).
    """
    task, channel = _held(session, actor, number)
    account = session.get(Account, account_id)
    if account is None or (
        account_id != actor.account_id
        and (channel.operator_id is None or account.organisation_id != channel.operator_id)
    ):
        raise Invalid("account_elsewhere", "没有这个账号,或不是运营单位的账号", pointer="/account_id")
    task.state, task.assigned_to = "assigned", account_id
    task.assigned_by, task.assigned_at = actor.audit_id, utcnow()
    session.flush()
    notify(session, "cabinet_task_assigned", "cabinet_task", task.number, account_id=account_id, mail=False)
    _record(session, actor, "assigned", task, channel)
    return task


def assignees(session: Session, channel: Channel) -> Sequence[Account]:
    """The accounts of the operator that are in use, by login: to them a task is given."""
    if channel.operator_id is None:
        return ()
    return session.scalars(
        select(Account)
        .where(Account.organisation_id == channel.operator_id, Account.status == "active")
        .order_by(Account.login)
    ).all()


def complete(session: Session, actor: Actor, number: str, done: Done) -> CabinetTask:
    """Book what was done and end the task: of two who finish one task, one does.

    NotFound; Conflict (``task_over``, and as `bring` and `take_count`); Invalid (``evidence_missing``, ``evidence_unknown``,
    ``lines_elsewhere``): goods that were taken out are shown on a photo of the operator's.
    """
    task, channel = _held(session, actor, number)
    cabinet = session.get_one(Cabinet, task.device_id)
    _check_photo(session, actor, channel, task, done)
    if task.kind == "restock":
        if any(one.slot != task.slot_code for one in done.lines):
            raise Invalid("lines_elsewhere", "只能登记该任务货道的补货", pointer="/lines")
        bring(session, actor, channel, cabinet, done.lines, done.at)
        units = sum(one.units for one in done.lines)
    else:
        units = done.units
        _take_out(session, actor, channel, cabinet, task, done)
    if done.counts:
        # Who counts has finished moving: the count is of a moment later.
        take_count(session, channel, cabinet, done.counts, done.at or utcnow(), actor.audit_id)
    task.state, task.done_units = "done", units
    task.done_by, task.done_at = actor.audit_id, done.at or utcnow()
    task.evidence_file_id, task.note = done.file_id, done.note
    session.flush()
    _record(session, actor, "done", task, channel)
    return task


def _take_out(
    session: Session, actor: Actor, channel: Channel, cabinet: Cabinet, task: CabinetTask, done: Done
) -> None:
    if not done.units:
        return
    stock = session.get_one(CabinetStock, (task.device_id, task.goods_key))
    moved = Movement(
        goods=Goods(stock.product_id, stock.goods_name),
        kind="recall",
        at=done.at or utcnow(),
        milli=done.units * MILLI,
        slot=task.slot_code,
        lot_no=task.lot_no,
        source_id=task.id,
        reason=task.cause,
    )
    book(session, cabinet, [moved], actor.audit_id)
    keep_promises(session, channel)


def _held(session: Session, actor: Actor, number: str) -> tuple[CabinetTask, Channel]:
    """The task, open, with the cabinets of its channel held before it."""
    row = session.execute(
        select(CabinetTask, Channel)
        .join(Channel, Channel.id == CabinetTask.channel_id)
        .where(CabinetTask.number == number)
    ).one_or_none()
    if row is None:
        raise NotFound("task_not_found", "没有这个任务")
    task, channel = row.CabinetTask, row.Channel
    actor.require_visible("intake.submit", area=channel.area_code, owners=(channel.operator_id,))
    lock_cabinets(session, channel.id)
    session.refresh(task, with_for_update=True)
    if task.state not in OPEN:
        raise Conflict("task_over", "该任务已结束", state=task.state)
    return task, channel


def _check_photo(session: Session, actor: Actor, channel: Channel, task: CabinetTask, done: Done) -> None:
    if done.file_id is None:
        if task.kind == "recall" and done.units:
            raise Invalid("evidence_missing", "下架须附照片", pointer="/file_id")
        return
    stored = session.get(StoredFile, done.file_id)
    is_own = stored is not None and (
        stored.uploaded_by == actor.audit_id
        or (channel.operator_id is not None and stored.owner_organisation_id == channel.operator_id)
    )
    if stored is None or not is_own or not stored.media_type.startswith("image/"):
        raise Invalid("evidence_unknown", "没有这张照片,或不是本单位上传的照片", pointer="/file_id")


def _record(session: Session, actor: Actor, what: str, task: CabinetTask, channel: Channel) -> None:
    audit.record(
        session,
        actor,
        f"intake.cabinet_task.{what}",
        "cabinet_task",
        task.number,
        area_code=channel.area_code,
        detail={"kind": task.kind, "cause": task.cause},
    )
