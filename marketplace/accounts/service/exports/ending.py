"""How a run ends: with a file or a refusal, its line in the audit trail and a notice, all in the run's own transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.accounts.service.exports.models import Export
from marketplace.accounts.service.inbox import notify
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.models import StoredFile

KEPT: Final = timedelta(hours=24)


def finish(
    session: Session, asker: Actor | None, export: Export, stored: StoredFile, rows: int
) -> dict[str, Any]:
    """The export has this file of so many rows, until the file's time is over. Gives what the job keeps of it."""
    export.file_id = stored.id
    export.rows = export.rows_done = rows
    export.rows_total = rows
    export.size_bytes = stored.size_bytes
    export.sha256 = stored.sha256
    export.made_at = utcnow()
    export.expires_at = stored.delete_after
    _tell(session, asker, export, "made", {"rows": rows, "sha256": stored.sha256.hex()})
    return {"rows": rows, "size_bytes": stored.size_bytes, "sha256": stored.sha256.hex()}


def end_refused(session: Session, asker: Actor | None, export: Export, code: str) -> dict[str, Any]:
    """Nothing was made, for the reason of that code."""
    export.refused = code
    _tell(session, asker, export, "refused", {"refused": code})
    return {"refused": code}


def _tell(session: Session, asker: Actor | None, export: Export, verb: str, outcome: dict[str, Any]) -> None:
    audit.record(
        session,
        asker,
        f"accounts.export.{verb}",
        "export",
        export.id,
        area_code=export.area_code,
        purpose=export.reason,
        detail={
            "kind": export.kind,
            "format": export.file_format,
            "parameters": export.parameters,
            "size_bytes": export.size_bytes,
        }
        | outcome,
    )
    notify(
        session,
        "export_ready",
        "export",
        export.id,
        account_id=export.asked_by,
        detail={"kind": export.kind, **outcome},
    )
    session.flush()
