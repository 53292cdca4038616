"""Mass exports: asked for with a reason, approved by a second person, written by a job, handed over once within a day.

What can be exported is a tuple of kinds that the composition root names, since most of it lies above this slice. The job reads as
the account that asked, with what that account may see at that moment. The file is encrypted at rest and names who asked for it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Account, Approval
from marketplace.accounts.service import approvals, identity
from marketplace.accounts.service.inbox import notify
from marketplace.core import audit, clock, divisions, files, jobs
from marketplace.core.actor import WHOLE_COUNTRY, Actor, system_actor
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.sheets.export import Value, write_xlsx

ACTION: Final = "mass_export"
JOB: Final = "accounts.export"
ROWS_MAX: Final = 100_000
KEPT: Final = timedelta(hours=24)


Rows = Iterable[Sequence[Value]]
Parameters = Mapping[str, str]


@dataclass(frozen=True)
class ExportKind:
    """Something that can be exported: `permission` must reach the area, `rows` reads as the actor within the area.

    `after` gives what stands behind the table (totals, notes). A kind that is one of many (of a producer, of a month) names its
    `parameters`; `of` checks them as the actor and gives the kind with its title, whenever it is asked for and when it is made.
    """

    code: str
    title_zh: str
    permission: str
    headings: tuple[str, ...]
    rows: Callable[[Session, Actor, str], Rows]
    after: Callable[[Session, Actor, str], Rows] | None = None
    parameters: tuple[str, ...] = ()
    of: Callable[[Session, Actor, str, Parameters], ExportKind] | None = None


@dataclass(frozen=True)
class TakenFile:
    """An export as it is handed over."""

    name: str
    content: bytes


_kinds: dict[str, ExportKind] = {}


def compose(kinds: Sequence[ExportKind]) -> None:
    """Replace the kinds. Called once by the composition root."""
    _kinds.clear()
    _kinds.update({kind.code: kind for kind in kinds})


def kinds() -> tuple[ExportKind, ...]:
    """The kinds, in the order of the composition root."""
    return tuple(_kinds.values())


def ask(
    session: Session, actor: Actor, code: str, area: str, reason: str, parameters: Parameters | None = None
) -> Approval:
    """Ask for an export of an area.

    Needs `statistics.export` and the kind's own permission over the area. Raises Invalid `export_kind`, `export_parameters` or
    `unknown_division`, Conflict `approval_pending`, Forbidden, and what a kind with parameters refuses.
    """
    kind = _kinds.get(code)
    if kind is None:
        raise Invalid("export_kind", "没有这种导出", pointer="/kind")
    area_code = area if area == WHOLE_COUNTRY else divisions.get(area).code
    for permission in ("statistics.export", kind.permission):
        actor.require(permission, area=area_code)
    given = dict(sorted((parameters or {}).items()))
    kind = _narrowed(session, actor, kind, area_code, given)
    return approvals.ask(
        session,
        actor,
        approvals.Request(
            action=ACTION,
            subject_kind="export",
            subject_id=":".join((code, area_code, str(actor.account_id), *given.values())),
            area_code=area_code,
            payload={"kind": code, "title": kind.title_zh} | ({"parameters": given} if given else {}),
            reason=reason,
        ),
    )


def begin(session: Session, actor: Actor, approval: Approval) -> None:
    """Write the job that makes an approved export."""
    jobs.enqueue(
        session,
        JOB,
        {"approval_id": str(approval.id)},
        key=f"export:{approval.id}",
        actor_id=actor.account_id,
    )


def make(session: Session, payload: dict[str, Any]) -> dict[str, Any]:
    """Job ``accounts.export``: write the file of an approved export and tell who asked. Done twice is done once.

    An account that was disabled or lost its role meanwhile gets nothing; so does an export of more than 100,000 rows.
    """
    approval = session.get_one(Approval, uuid.UUID(payload["approval_id"]), with_for_update=True)
    if approval.state != "approved":
        return {"state": approval.state}
    kind = _kinds[approval.payload["kind"]]
    asker = _asker(session, approval)
    refusal = _refusal(kind, asker, approval.area_code)
    rows: list[Sequence[Value]] = []
    after: list[Sequence[Value]] = []
    if asker and not refusal:
        kind = _narrowed(session, asker, kind, approval.area_code, approval.payload.get("parameters", {}))
        rows = list(islice(kind.rows(session, asker, approval.area_code), ROWS_MAX + 1))
        after = list(kind.after(session, asker, approval.area_code)) if kind.after else []
    if len(rows) > ROWS_MAX:
        refusal = "too_many_rows"
    approvals.use(session, system_actor(), approval.id, ACTION, approval.subject_id)
    outcome = {"refused": refusal} if refusal else _store(session, approval, kind, rows, after)
    approval.payload = {**approval.payload, **outcome}
    session.flush()
    audit.record(
        session,
        asker,
        "accounts.export.refused" if refusal else "accounts.export.made",
        "approval",
        approval.id,
        area_code=approval.area_code,
        detail={"kind": kind.code, **outcome},
    )
    notify(
        session,
        "export_ready",
        "approval",
        approval.id,
        account_id=approval.asked_by,
        detail={name: value for name, value in outcome.items() if name != "file_id"},
    )
    return outcome


def take(session: Session, actor: Actor, approval_id: uuid.UUID) -> TakenFile:
    """Hand the file over to who asked for it, once.

    Raises NotFound for anybody else, Conflict `export_not_ready` before it is made, `export_refused` when it was not, and
    `export_gone` when it was taken or its day is over.
    """
    approval = session.get(Approval, approval_id)
    if approval is None or approval.action != ACTION or approval.asked_by != actor.account_id:
        raise NotFound
    if "refused" in approval.payload or approval.state == "refused":
        raise Conflict("export_refused", "导出未获批准或未能生成")
    if "file_id" not in approval.payload:
        raise Conflict("export_not_ready", "导出尚未生成")
    content = files.take_once(session, actor, uuid.UUID(approval.payload["file_id"]))
    if content is None:
        raise Conflict("export_gone", "导出文件已下载或已过期")
    return TakenFile(f"{approval.payload['title']}.xlsx", content)


def _asker(session: Session, approval: Approval) -> Actor | None:
    login = session.scalar(select(Account.login).where(Account.id == approval.asked_by))
    return identity.actor_of_account(session, login) if login else None


def _refusal(kind: ExportKind, asker: Actor | None, area: str) -> str | None:
    if asker is None:
        return "account_closed"
    permitted = all(
        asker.may_on(permission, area=area) for permission in ("statistics.export", kind.permission)
    )
    return None if permitted else "role_lost"


def _narrowed(session: Session, actor: Actor, kind: ExportKind, area: str, given: Parameters) -> ExportKind:
    if set(given) != set(kind.parameters):
        raise Invalid(
            "export_parameters", "该导出的参数不符", pointer="/parameters", known=list(kind.parameters)
        )
    return kind if kind.of is None else kind.of(session, actor, area, given)


def _store(
    session: Session,
    approval: Approval,
    kind: ExportKind,
    rows: Sequence[Sequence[Value]],
    after: Sequence[Sequence[Value]],
) -> dict[str, Any]:
    now = clock.utcnow()
    mark = (
        f"导出账号 {approval.asked_by} 审批 {approval.id} {clock.today().isoformat()} 仅限本次用途,不得转发"
    )
    content = write_xlsx(kind.headings, rows, before=[[kind.title_zh], [mark]], after=[*after, [mark]])
    stored = files.store(
        session,
        system_actor(),
        name=f"{kind.title_zh}.xlsx",
        content=content,
        file_class="restricted",
        area_code=approval.area_code,
        delete_after=now + KEPT,
    )
    return {"file_id": str(stored.id), "rows": len(rows), "sha256": stored.sha256.hex()}
