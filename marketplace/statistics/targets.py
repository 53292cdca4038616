"""Annual targets of areas, and figures declared for years before the service."""

from __future__ import annotations

from datetime import date

from sqlalchemy import false, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.divisions import canonical, get
from marketplace.core.errors import Invalid
from marketplace.core.scope import within_area
from marketplace.statistics.models import DeclaredFigure, Target


def set_target(
    session: Session,
    actor: Actor,
    *,
    area_code: str,
    year: int,
    measure: str,
    amount: int | None,
    raw_text: str,
    source: str,
    sector: str | None = None,
    relative_to: str | None = None,
    is_demo: bool = False,
) -> Target:
    """Add a target (fen or a count) as a new version; the highest version holds. Needs ``statistics.targets`` over the area.

    `amount` None with `relative_to` "previous_year" is a relative target (不低于去年).
    """
    area = get(area_code).code
    actor.require("statistics.targets", area=area)
    if amount is None and relative_to is None:
        raise Invalid("target_empty", "目标应有数额,或说明相对于哪一年", pointer="/amount")
    lock_exclusive(session, "statistics.target", f"{area} {year}")
    latest = session.scalar(
        select(func.max(Target.version)).where(
            Target.area_code == area,
            Target.year == year,
            Target.measure == measure,
            Target.sector.is_not_distinct_from(sector),
        )
    )
    row = Target(
        area_code=area,
        year=year,
        measure=measure,
        sector=sector,
        version=(latest or 0) + 1,
        amount=amount,
        relative_to=relative_to,
        raw_text=raw_text,
        source=source,
        is_demo=is_demo,
        created_at=utcnow(),
    )
    session.add(row)
    audit.record(session, actor, "statistics.target.set", "area", area, area_code=area, detail={"year": year})
    session.flush()
    return row


def list_targets(session: Session, areas: tuple[str, ...], year: int) -> list[Target]:
    """All versions of a year's targets in the areas, ordered by area, measure and version."""
    return list(
        session.scalars(
            select(Target)
            .where(Target.year == year)
            .where(or_(false(), *(within_area(Target.area_code, area) for area in areas)))
            .order_by(Target.area_code, Target.measure, Target.sector, Target.version)
        )
    )


def targets_of(session: Session, year: int, measure: str) -> dict[str, int]:
    """The amounts that hold for a year, by area code; relative targets have none."""
    rows = session.execute(
        select(Target.area_code, Target.amount)
        .ext(distinct_on(Target.area_code))
        .where(Target.year == year, Target.measure == measure, Target.sector.is_(None))
        .order_by(Target.area_code, Target.version.desc())
    )
    return {area: amount for area, amount in rows if amount is not None}


def declare_figure(
    session: Session,
    actor: Actor,
    *,
    area_code: str,
    measure: str,
    from_day: date,
    to_day: date,
    amount: int | None,
    qualifier: str | None,
    raw_text: str,
    source: str,
    note: str | None = None,
) -> DeclaredFigure:
    """Keep a figure as it was declared or published; it never mixes with the ledger. Needs ``statistics.targets``."""
    area = canonical(area_code)
    actor.require("statistics.targets", area=area)
    row = DeclaredFigure(
        area_code=area,
        measure=measure,
        from_day=from_day,
        to_day=to_day,
        amount=amount,
        qualifier=qualifier,
        raw_text=raw_text,
        source=source,
        note=note,
        created_at=utcnow(),
    )
    session.add(row)
    session.flush()
    return row


def declared_exists(session: Session, area_code: str, year: int) -> bool:
    """Whether a figure was declared for the area that covers some of the year."""
    found = session.scalar(
        select(DeclaredFigure.id)
        .where(DeclaredFigure.area_code == area_code)
        .where(DeclaredFigure.from_day <= date(year, 12, 31), DeclaredFigure.to_day >= date(year, 1, 1))
        .limit(1)
    )
    return found is not None
