"""Making an approved export: rows read as who asked, with what that account may see now, into a marked and sealed file."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Account, Approval
from marketplace.accounts.service import approvals, identity
from marketplace.accounts.service.exports.ending import KEPT, end_refused, finish
from marketplace.accounts.service.exports.kinds import ExportKind, Kind, kind_of, narrowed
from marketplace.accounts.service.exports.models import Export
from marketplace.core import clock, files
from marketplace.core.actor import Actor, system_actor
from marketplace.core.models import StoredFile
from marketplace.core.sheets.export import Value, write_xlsx

JOB: Final = "accounts.export"
ROWS_MAX: Final = 100_000


def make(session: Session, payload: dict[str, Any]) -> dict[str, Any]:
    """Job ``accounts.export``: write the file of an approved export and tell who asked. Done twice is done once.

    An account that was disabled or lost its role meanwhile gets nothing; so does an export of more than 100,000 rows.
    """
    export_id = uuid.UUID(payload["export_id"])
    approval = session.get_one(Approval, export_id, with_for_update=True)
    if approval.state != "approved":
        return {"state": approval.state}
    export = session.get_one(Export, export_id)
    kind = kind_of(export.kind)
    if not isinstance(kind, ExportKind):
        raise TypeError(f"{export.kind} needs no approval")
    asker = asker_of(session, export)
    refusal = refusal_of(kind, asker, export.area_code)
    rows: list[Sequence[Value]] = []
    after: list[Sequence[Value]] = []
    if asker and not refusal:
        kind = narrowed(session, asker, kind, export.area_code, export.parameters)
        rows = list(islice(kind.rows(session, asker, export.area_code), ROWS_MAX + 1))
        after = list(kind.after(session, asker, export.area_code)) if kind.after else []
    if len(rows) > ROWS_MAX:
        refusal = "too_many_rows"
    approvals.use(session, system_actor(), approval.id, approval.action, approval.subject_id)
    if refusal:
        return end_refused(session, asker, export, refusal)
    return finish(session, asker, export, _store(session, export, kind, rows, after), len(rows))


def asker_of(session: Session, export: Export) -> Actor | None:
    """Who asked, with the grants of this moment; None for an account that is closed."""
    login = session.scalar(select(Account.login).where(Account.id == export.asked_by))
    return identity.actor_of_account(session, login) if login else None


def refusal_of(kind: Kind, asker: Actor | None, area: str) -> str | None:
    """Why who asked gets nothing: ``account_closed``, ``role_lost``, or None."""
    if asker is None:
        return "account_closed"
    permitted = all(
        asker.may_on(permission, area=area) for permission in ("statistics.export", kind.permission)
    )
    return None if permitted else "role_lost"


def _store(
    session: Session,
    export: Export,
    kind: ExportKind,
    rows: Sequence[Sequence[Value]],
    after: Sequence[Sequence[Value]],
) -> StoredFile:
    mark = f"导出账号 {export.asked_by} 审批 {export.id} {clock.today().isoformat()} 仅限本次用途,不得转发"
    content = write_xlsx(kind.headings, rows, before=[[kind.title_zh], [mark]], after=[*after, [mark]])
    return files.store(
        session,
        system_actor(),
        name=f"{kind.title_zh}.xlsx",
        content=content,
        file_class="restricted",
        area_code=export.area_code,
        delete_after=clock.utcnow() + KEPT,
    )
