"""Is there a demo in the database, and making room for a new one.

A demo leaves two lines in the audit trail, one when it begins and one when it is whole; nothing else is needed to tell
an interrupted one from a finished one, and from data that is somebody's own.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import app
from marketplace.core import audit, db, embedded
from marketplace.core.actor import system_actor
from marketplace.core.clock import utcnow
from marketplace.core.models import AuditRecord
from marketplace.core.settings import Settings
from marketplace.statistics.segments import engine

BEGUN: Final = "demo.load.begun"
WHOLE: Final = "demo.load.finished"
EMPTY, INTERRUPTED, LOADED, FOREIGN = "empty", "interrupted", "loaded", "foreign"


def state() -> str:
    """Return empty, interrupted, loaded, or foreign (somebody's own data) for the connected database."""
    with db.transaction() as session:
        if _has(session, WHOLE):
            return LOADED
        if _has(session, BEGUN):
            return INTERRUPTED
        return FOREIGN if session.scalar(select(AuditRecord.id).limit(1)) is not None else EMPTY


def mark(session: Session, action: str, seed: str) -> None:
    """Write one of the two lines."""
    audit.record(session, system_actor(), action, "demo", seed)


def start_over(settings: Settings) -> None:
    """Drop the embedded database, make a new one and connect to it.  ValueError for a database that is not embedded."""
    if settings.database_url:
        raise ValueError("only the embedded database is ever dropped")
    db.current().dispose()
    embedded.start(settings.data_dir).drop_database(app.DATABASE_NAME)
    segments = engine.installed()
    if segments is not None:
        segments.store.remove(segments.store.names_before(utcnow()))
    app.connect(settings)


def _has(session: Session, action: str) -> bool:
    return session.scalar(select(AuditRecord.id).where(AuditRecord.action == action).limit(1)) is not None
