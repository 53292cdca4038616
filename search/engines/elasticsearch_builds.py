"""Which indices are written to: rows, because every process that writes must know the one that is being built."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from marketplace.core.clock import utcnow
from marketplace.core.db import transaction
from search.models import IndexBuild


def written() -> list[str]:
    """Names of the indices that every write goes to, the live one and the one being built."""
    with transaction() as session:
        return list(session.scalars(select(IndexBuild.name).order_by(IndexBuild.name)))


def register(name: str, analysis: str) -> None:
    """From the commit on, every write goes to this index too."""
    with transaction() as session:
        session.add(IndexBuild(name=name, state="building", analysis=analysis, started_at=utcnow()))


def keep_only(live: set[str]) -> None:
    """Forget every index but those that answer now; these are live, whatever a crash left written."""
    with transaction() as session:
        session.execute(delete(IndexBuild).where(IndexBuild.name.not_in(sorted(live))))
        session.execute(update(IndexBuild).where(IndexBuild.name.in_(sorted(live))).values(state="live"))
