"""Where an export stands, and the handing over to who asked for it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.models import Approval
from marketplace.accounts.service.exports.models import Export
from marketplace.core import files, large_files
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.models import Job

State = Literal["pending", "refused", "failed", "queued", "writing", "ready", "taken", "expired"]
STATES: Final[dict[str, str]] = {
    "pending": "待审批",
    "refused": "未获批准或未能生成",
    "failed": "多次失败,已停止",
    "queued": "排队中",
    "writing": "生成中",
    "ready": "可下载",
    "taken": "已下载",
    "expired": "已过期",
}


@dataclass(frozen=True)
class TakenFile:
    """An export as it is handed over; `body` comes in pieces where the file is large."""

    title: str
    file_format: str
    sha256: bytes
    body: bytes | Iterable[bytes]


@dataclass(frozen=True)
class Standing:
    """An export with what its approval and its job say of it."""

    export: Export
    approval: str | None
    job: str | None

    @property
    def state(self) -> State:
        """What has happened last; time alone makes a file expire."""
        export = self.export
        if export.made_at is not None:
            return self._of_file()
        if export.refused is not None or self.approval == "refused":
            return "refused"
        if self.approval == "pending":
            return "pending"
        if self.job == "dead":
            return "failed"
        return "queued" if export.started_at is None else "writing"

    def _of_file(self) -> State:
        if is_handed_over_once(self.export) and self.export.taken_at is not None:
            return "taken"
        expires_at = self.export.expires_at
        return "expired" if expires_at is None or expires_at <= utcnow() else "ready"


def is_handed_over_once(export: Export) -> bool:
    """Whether it may name persons: then it went through an approval, and who has taken it has it."""
    return export.approval_id is not None


def listing(actor: Actor) -> Select[Export, str, str]:
    """The account's own exports as rows of (export, state of its approval, state of its job); the caller sorts and pages."""
    return (
        select(Export, Approval.state, Job.state)
        .outerjoin(Approval, Approval.id == Export.approval_id)
        .outerjoin(Job, Job.id == Export.job_id)
        .where(Export.asked_by == actor.account_id)
    )


def find(session: Session, actor: Actor, export_id: uuid.UUID) -> Standing:
    """One of the account's own exports; NotFound for anybody else's."""
    row = session.execute(listing(actor).where(Export.id == export_id)).one_or_none()
    if row is None:
        raise NotFound
    return Standing(*row)


def take(session: Session, actor: Actor, export_id: uuid.UUID) -> TakenFile:
    """Hand the file over to who asked for it: once where it may name persons, else as often as asked until it expires.

    Each handing over is recorded. Raises NotFound for anybody else, Conflict `export_not_ready` before it is made,
    `export_refused` when it was not, `export_gone` when it was taken or its day is over; Forbidden for who may no longer export.
    """
    standing = find(session, actor, export_id)
    export = standing.export
    actor.require("statistics.export", area=export.area_code)
    if standing.state in {"refused", "failed"}:
        raise Conflict("export_refused", "导出未获批准或未能生成")
    if export.file_id is None or export.sha256 is None:
        raise Conflict("export_not_ready", "导出尚未生成")
    body: bytes | Iterable[bytes] | None
    if is_handed_over_once(export):
        body = files.take_once(session, actor, export.file_id)
    else:
        body = large_files.hand_over(session, actor, export.file_id, area_code=export.area_code)
    if body is None:
        raise Conflict("export_gone", "导出文件已下载或已过期")
    session.execute(
        update(Export)
        .where(Export.id == export.id, Export.taken_at.is_(None))
        .values(taken_at=utcnow())
        .execution_options(synchronize_session=False)
    )
    return TakenFile(export.title, export.file_format, export.sha256, body)
