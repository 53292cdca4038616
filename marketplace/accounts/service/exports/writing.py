"""Writing an open export: in a thread beside the worker's other jobs, in bounded memory, telling how far it has come.

The file is written in a folder of the export's own and gets its name in one step, before its row is committed. A run that is
killed leaves that folder; the job, which was not done, begins anew with an empty one. So nobody ever sees half a file.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from marketplace.accounts.service.exports.ending import KEPT, end_refused, finish
from marketplace.accounts.service.exports.kinds import OpenKind, Order, kind_of
from marketplace.accounts.service.exports.making import asker_of, refusal_of
from marketplace.accounts.service.exports.models import Export
from marketplace.core import large_files
from marketplace.core.actor import system_actor
from marketplace.core.clock import utcnow
from marketplace.core.db import transaction
from marketplace.core.errors import DomainError

OPEN_JOB: Final = "accounts.open_export"


@dataclass
class _Told:
    """Progress as others see it: a statement of its own, at most once in `seconds`."""

    export_id: uuid.UUID
    seconds: float = 1.0
    last: float = field(default=float("-inf"))

    def __call__(self, done: int, total: int | None = None) -> None:
        now = time.monotonic()
        if done and now - self.last < self.seconds:
            return
        self.last = now
        values: dict[str, Any] = {"rows_done": done}
        if total is not None:
            values["rows_total"] = total
        with transaction() as session:
            session.execute(update(Export).where(Export.id == self.export_id).values(**values))


def write(session: Session, payload: dict[str, Any]) -> dict[str, Any]:
    """Job ``accounts.open_export``, a long one: write the file and tell who asked. Done twice is done once.

    The job's row is what nobody else may take; `session` writes only at the end, so that progress can be told meanwhile. Who lost
    the account or the role gets nothing, nor does a question that is refused by now.
    """
    export = session.get_one(Export, uuid.UUID(payload["export_id"]))
    if export.made_at is not None or export.refused is not None:
        return {"state": "ended"}
    kind = kind_of(export.kind)
    if not isinstance(kind, OpenKind):
        raise TypeError(f"{export.kind} needs an approval")
    asker = asker_of(session, export)
    refusal = refusal_of(kind, asker, export.area_code)
    if asker is None or refusal is not None:
        return end_refused(session, asker, export, refusal or "account_closed")
    _begin(export.id)
    order = Order(asker, export.area_code, export.parameters, export.file_format)
    with large_files.workspace(export.id) as folder:
        file = folder / f"file.{export.file_format}"
        try:
            rows = kind.write(order, file, _Told(export.id))
        except DomainError as error:
            return end_refused(session, asker, export, error.code)
        stored = large_files.keep(
            session,
            system_actor(),
            export.id,
            file,
            name=f"{export.title}.{export.file_format}",
            file_format=export.file_format,
            area_code=export.area_code,
            delete_after=utcnow() + KEPT,
        )
        return finish(session, asker, export, stored, rows)


def _begin(export_id: uuid.UUID) -> None:
    values = {"started_at": utcnow(), "rows_done": 0, "rows_total": None}
    with transaction() as session:
        session.execute(update(Export).where(Export.id == export_id).values(**values))
