"""Annual targets as versions: the highest holds, an earlier one is never changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, false, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.divisions import get
from marketplace.core.errors import Invalid
from marketplace.core.scope import within_area
from marketplace.core.snapshots import once
from marketplace.statistics.models import Target
from marketplace.statistics.standpoint import Standpoint, known_then, standpoint
from marketplace.statistics.targets.reading import PREVIOUS_YEAR

Key = tuple[object, ...]
Statement = TypeVar("Statement", bound="Select[*tuple[Any, ...]]")
_LOCK = ("statistics.target", "all")


@dataclass(frozen=True)
class NewTarget:
    """A target as it is set. `amount` in the unit of its measure (fen, count, basis points); None with `relative_to` or `reason`.

    `counterpart_area` is the helped area of a target that an agreement between two areas sets; `subject` the published words of
    an `other` target.
    """

    area_code: str
    year: int
    measure: str
    raw_text: str
    source: str
    amount: int | None = None
    sector: str | None = None
    relative_to: str | None = None
    counterpart_area: str | None = None
    subject: str = ""
    upper_amount: int | None = None
    qualifier: str = "exact"
    reason: str | None = None
    indicator: str | None = None
    deadline: str | None = None
    note: str | None = None
    is_demo: bool = False


KEY = ("area_code", "counterpart_area", "year", "measure", "subject", "sector")
_NAMES = tuple(field.name for field in fields(NewTarget))


def set_target(session: Session, actor: Actor, new: NewTarget) -> Target:
    """Add a target as a new version; the highest version holds. Needs ``statistics.targets`` over the area.

    Invalid (``target_empty``) without an amount and without saying to what it relates or why there is none.
    """
    actor.require("statistics.targets", area=get(new.area_code).code)
    if new.amount is None and new.relative_to is None and new.reason is None:
        raise Invalid("target_empty", "目标应有数额,或说明相对于哪一年", pointer="/amount")
    lock_exclusive(session, *_LOCK)
    row = add_version(session, new)
    audit.record(
        session,
        actor,
        "statistics.target.set",
        "area",
        row.area_code,
        area_code=row.area_code,
        detail={"year": row.year},
    )
    session.flush()
    return row


def add_version(session: Session, new: NewTarget) -> Target:
    """The next version of a target. The caller holds the lock and asked for the permission."""
    values = asdict(new) | {"area_code": get(new.area_code).code}
    if new.counterpart_area is not None:
        values["counterpart_area"] = get(new.counterpart_area).code
    known = session.scalar(
        select(Target.version)
        .where(*(getattr(Target, name).is_not_distinct_from(values[name]) for name in KEY))
        .order_by(Target.version.desc())
        .limit(1)
    )
    row = Target(**values, version=(known or 0) + 1, created_at=utcnow())
    session.add(row)
    session.flush()
    return row


def lock_targets(session: Session) -> None:
    """One writer of targets at a time, until the end of the transaction: they are few, and lists of them come twice."""
    lock_exclusive(session, *_LOCK)


def key_of(target: NewTarget | Target) -> Key:
    """What makes two versions versions of one target."""
    return tuple(getattr(target, name) for name in KEY)


def holding(session: Session, years: Iterable[int]) -> dict[Key, NewTarget]:
    """The versions that hold for these years, by key."""
    rows = session.scalars(_latest(select(Target), Target.year.in_(sorted(set(years)))))
    return {key_of(row): NewTarget(**{name: getattr(row, name) for name in _NAMES}) for row in rows}


def list_targets(session: Session, areas: tuple[str, ...], year: int) -> list[Target]:
    """All versions of a year's targets in the areas, ordered by area, measure and version."""
    return list(
        session.scalars(
            select(Target)
            .where(Target.year == year)
            .where(or_(false(), *(within_area(Target.area_code, area) for area in areas)))
            .order_by(
                Target.area_code, Target.measure, Target.subject, Target.sector, Target.version, Target.id
            )
        )
    )


def targets_of(session: Session, year: int, measure: str) -> dict[str, int]:
    """The amounts that hold for a year, by area code; relative targets and those kept as words have none."""
    rows = _of_all_sectors(session, year, measure)
    return {row.area_code: row.amount for row in rows if row.amount is not None}


def relative_targets_of(session: Session, year: int, measure: str) -> dict[str, str]:
    """The published words (不低于去年) of targets that hold for a year without an amount of their own, by area code."""
    rows = _of_all_sectors(session, year, measure)
    return {
        row.area_code: row.raw_text
        for row in rows
        if row.amount is None and row.relative_to == PREVIOUS_YEAR and row.subject == ""
    }


def pair_targets_of(session: Session, year: int, measure: str) -> dict[tuple[str, str], int]:
    """The amounts that agreements between two areas set for a year, by (helping, helped) area code."""
    rows = _of_all_sectors(session, year, measure, of_pairs=True)
    return {(row.area_code, str(row.counterpart_area)): row.amount for row in rows if row.amount is not None}


def _of_all_sectors(
    session: Session, year: int, measure: str, *, of_pairs: bool = False
) -> Sequence[Row[Any]]:
    key = (year, measure, of_pairs, standpoint())
    return once(session, lambda: session.execute(_holding_of(*key)).all(), _of_all_sectors, *key)


@lru_cache(maxsize=64)
def _holding_of(year: int, measure: str, of_pairs: bool, _seen: Standpoint) -> Select[*tuple[Any, ...]]:
    """Built once: reports ask for the same years all day."""
    pair = Target.counterpart_area
    return _latest(
        select(Target.area_code, pair, Target.subject, Target.amount, Target.relative_to, Target.raw_text),
        Target.year == year,
        Target.measure == measure,
        Target.sector.is_(None),
        pair.is_not(None) if of_pairs else pair.is_(None),
        known_then(Target.created_at),
    )


def _latest(of: Statement, *where: ColumnElement[bool]) -> Statement:
    keys = [getattr(Target, name) for name in KEY]
    return of.ext(distinct_on(*keys)).where(*where).order_by(*keys, Target.version.desc())
