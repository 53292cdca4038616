"""What each index was built with, and which indices of Elasticsearch are written to: rows, because every process must know."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from marketplace.core.clock import utcnow
from marketplace.core.db import table_of, transaction
from search.models import IndexBuild

EMBEDDED: Final = "search.document"
"""The index in PostgreSQL: a table, always there and always written."""


def written() -> list[str]:
    """Names of the indices in Elasticsearch that every write goes to, the live one and the one being built."""
    with transaction() as session:
        names = select(IndexBuild.name).where(IndexBuild.name != EMBEDDED).order_by(IndexBuild.name)
        return list(session.scalars(names))


def register(name: str, analysis: str) -> None:
    """From the commit on, every write goes to this index too."""
    with transaction() as session:
        session.add(IndexBuild(name=name, state="building", analysis=analysis, started_at=utcnow()))


def keep_only(live: set[str]) -> None:
    """Forget every index of Elasticsearch but those that answer now; these are live, whatever a crash left written."""
    with transaction() as session:
        session.execute(delete(IndexBuild).where(IndexBuild.name.not_in(sorted({*live, EMBEDDED}))))
        session.execute(update(IndexBuild).where(IndexBuild.name.in_(sorted(live))).values(state="live"))


def embedded_built(analysis: str) -> None:
    """The index in PostgreSQL was built anew."""
    values = {"state": "live", "analysis": analysis, "started_at": utcnow()}
    row = insert(table_of(IndexBuild)).values(name=EMBEDDED, **values)
    with transaction() as session:
        session.execute(row.on_conflict_do_update(index_elements=["name"], set_=values))


def built_with(names: Collection[str]) -> str | None:
    """The fingerprint that these indices were built with; None when there is none, or they differ."""
    with transaction() as session:
        found = session.scalars(
            select(IndexBuild.analysis).where(IndexBuild.name.in_(sorted(names))).distinct()
        ).all()
    return found[0] if len(found) == 1 else None
