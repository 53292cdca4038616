"""Asking for an export: with a reason, over an area that one may export; what names persons waits for a second one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Approval
from marketplace.accounts.service import approvals
from marketplace.accounts.service.exports.kinds import (
    ExportKind,
    OpenKind,
    Order,
    Parameters,
    kind_of,
    narrowed,
)
from marketplace.accounts.service.exports.making import JOB
from marketplace.accounts.service.exports.models import Export
from marketplace.accounts.service.exports.writing import OPEN_JOB
from marketplace.core import audit, clock, divisions, jobs
from marketplace.core.actor import WHOLE_COUNTRY, Actor
from marketplace.core.db import lock_exclusive
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.ids import uuid7
from marketplace.core.models import Job

ACTION: Final = "mass_export"
EXPORT: Final = "statistics.export"
MOST_WAITING: Final = 3
"""Open exports of one account that are not finished: a queue for all is not one person's."""


@dataclass(frozen=True)
class Wish:
    """What somebody asks for: the kind's code, the area, why, its parameters, the format (the kind's first by default)."""

    code: str
    area: str
    reason: str
    parameters: Parameters = field(default_factory=dict)
    file_format: str | None = None


def ask(session: Session, actor: Actor, wish: Wish) -> Export:
    """Ask for an export of an area.

    Needs `statistics.export` and the kind's own permission over the area. Raises Invalid `export_kind`, `export_format`,
    `export_parameters` or `unknown_division`, Conflict `approval_pending` or `exports_waiting`, Forbidden, and what the kind
    refuses.
    """
    kind = kind_of(wish.code)
    file_format = wish.file_format or kind.formats[0]
    if file_format not in kind.formats:
        raise Invalid("export_format", "该导出没有这种格式", pointer="/format", known=list(kind.formats))
    area = wish.area if wish.area == WHOLE_COUNTRY else divisions.get(wish.area).code
    for permission in (EXPORT, kind.permission):
        actor.require(permission, area=area)
    order = Order(actor, area, dict(sorted(wish.parameters.items())), file_format)
    if isinstance(kind, OpenKind):
        return _ask_for_open(session, kind, order, wish.reason)
    return _ask_for_approval(session, kind, order, wish.reason)


def begin(session: Session, actor: Actor, approval: Approval) -> None:
    """Write the job that makes an approved export."""
    export = session.get_one(Export, approval.id)
    _enqueue(session, actor, export, JOB)


def _ask_for_approval(session: Session, kind: ExportKind, order: Order, reason: str) -> Export:
    given = order.parameters
    kind = narrowed(session, order.actor, kind, order.area, given)
    approval = approvals.ask(
        session,
        order.actor,
        approvals.Request(
            action=ACTION,
            subject_kind="export",
            subject_id=":".join((kind.code, order.area, str(order.actor.account_id), *given.values())),
            area_code=order.area,
            payload={"kind": kind.code, "title": kind.title_zh} | ({"parameters": given} if given else {}),
            reason=reason,
        ),
    )
    return _keep(session, approval.id, kind.code, kind.title_zh, order, reason, approval.id)


def _ask_for_open(session: Session, kind: OpenKind, order: Order, reason: str) -> Export:
    title = kind.check(session, order)
    lock_exclusive(session, "accounts.export", str(order.actor.account_id))
    waiting = session.scalar(
        select(func.count())
        .select_from(Export)
        .join(Job, Job.id == Export.job_id)
        .where(Export.asked_by == order.actor.account_id, Job.kind == OPEN_JOB, Job.state == "ready")
    )
    if (waiting or 0) >= MOST_WAITING:
        raise Conflict("exports_waiting", f"您有 {MOST_WAITING} 个导出尚未完成", most=str(MOST_WAITING))
    export = _keep(session, uuid7(), kind.code, title, order, reason, None)
    _enqueue(session, order.actor, export, OPEN_JOB)
    audit.record(
        session,
        order.actor,
        "accounts.export.asked",
        "export",
        export.id,
        area_code=order.area,
        purpose=reason,
        detail={"kind": kind.code, "format": order.file_format, "parameters": dict(order.parameters)},
    )
    session.flush()
    return export


def _keep(
    session: Session,
    export_id: uuid.UUID,
    code: str,
    title: str,
    order: Order,
    reason: str,
    approval_id: uuid.UUID | None,
) -> Export:
    export = Export(
        id=export_id,
        kind=code,
        title=title,
        file_format=order.file_format,
        area_code=order.area,
        parameters=dict(order.parameters),
        reason=reason,
        asked_by=order.actor.account_id,
        asked_at=clock.utcnow(),
        approval_id=approval_id,
        rows_done=0,
    )
    session.add(export)
    session.flush()
    return export


def _enqueue(session: Session, actor: Actor, export: Export, job: str) -> None:
    export.job_id = jobs.enqueue(
        session, job, {"export_id": str(export.id)}, key=f"export:{export.id}", actor_id=actor.account_id
    )
    session.flush()
