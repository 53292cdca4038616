"""How much waits and since when, for every list of the to-do page by one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import DateTime, Select, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from marketplace.core.clock import day_of, today

#: More than that is not counted: a list of hundreds is long enough to be begun.
MOST = 999


@dataclass(frozen=True)
class Pile:
    """How many things wait, and the Shanghai day of the oldest; no day when nothing does."""

    count: int
    oldest: date | None

    @property
    def age_days(self) -> int:
        """How many days the oldest waits."""
        return (today() - self.oldest).days if self.oldest else 0


def piles(session: Session, lists: Sequence[tuple[str, Select[*tuple[Any, ...]], Any]]) -> Mapping[str, Pile]:
    """The piles of several lists (code, statement, the column that says since when)."""
    if not lists:
        return {}
    counts = [
        select(
            literal(code).label("code"), func.count().label("how_many"), func.min(since.c.at).label("oldest")
        )
        for code, since in ((code, _short(statement, at)) for code, statement, at in lists)
    ]
    return {
        row.code: Pile(row.how_many, day_of(row.oldest) if isinstance(row.oldest, datetime) else row.oldest)
        for row in session.execute(union_all(*counts))
    }


def _short(statement: Select[*tuple[Any, ...]], at: Any) -> Any:
    """The oldest of a list, as far as they are counted."""
    only: Select[Any] = statement.with_only_columns(
        cast(at, DateTime(timezone=True)).label("at"), maintain_column_froms=True
    )
    return only.order_by(None).order_by(at).limit(MOST).subquery()
