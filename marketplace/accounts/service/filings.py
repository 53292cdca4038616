"""Reserve filings (预留份额填报): a unit declares its canteen's total and ratio for a year.

Filings are versions; the latest accepted one holds.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from marketplace.accounts import rules
from marketplace.accounts.models import Account, Organisation, ReserveFiling
from marketplace.accounts.service import organisations
from marketplace.accounts.service.filing_contacts import contact_cells
from marketplace.accounts.service.inbox import notify
from marketplace.core import audit, clock
from marketplace.core.actor import Actor
from marketplace.core.db import lock_exclusive
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.ids import uuid7
from marketplace.core.scope import visible

_FISCAL: Final = func.coalesce(Organisation.fiscal_area, Organisation.area_code)


@dataclass(frozen=True)
class NewFiling:
    """What a unit declares for a year; amounts in fen, the ratio in bp; whom to ask about it."""

    organisation_id: uuid.UUID
    year: int
    canteen_kind: str
    canteen_total_fen: int
    reserve_bp: int
    represented_by: uuid.UUID | None = None
    contact: str | None = None
    phone: str | None = None


def file(session: Session, actor: Actor, new: NewFiling) -> ReserveFiling:
    """File a new version for a unit and year; an accepted one holds until this one is accepted.

    reserve_fen = ceil(total × ratio). Filing after the deadline is taken and shows as late. Raises Invalid (`filing_unit` and
    those of `rules.check_filing`), Forbidden, NotFound.
    """
    unit = organisations.get(session, actor, new.organisation_id)
    actor.require("accounts.filing", area=fiscal_area(unit), owners=(unit.id,))
    if unit.kind != "budget_unit" or unit.status != "active":
        raise Invalid("filing_unit", "只有在用的预算单位填报预留份额", pointer="/organisation_id")
    _check_representative(session, unit, new)
    rules.check_filing(
        rules.Filing(
            new.year, new.canteen_kind, new.canteen_total_fen, new.reserve_bp, new.represented_by is not None
        ),
        rules.reserve_rule_for(fiscal_area(unit), new.year),
    )
    lock_exclusive(session, "reserve_filing", f"{unit.id}|{new.year}")
    filing_id = uuid7()
    filing = ReserveFiling(
        id=filing_id,
        **contact_cells(filing_id, new.contact, new.phone),
        organisation_id=unit.id,
        year=new.year,
        version=_last_version(session, unit.id, new.year) + 1,
        canteen_kind=new.canteen_kind,
        represented_by=new.represented_by,
        canteen_total_fen=new.canteen_total_fen,
        reserve_bp=new.reserve_bp,
        reserve_fen=rules.reserve_fen(new.canteen_total_fen, new.reserve_bp),
        state="filed",
        filed_by=actor.account_id,
        filed_at=clock.utcnow(),
    )
    session.add(filing)
    session.flush()
    _record(session, actor, filing, unit, "filed")
    return filing


def review(
    session: Session, actor: Actor, filing_id: uuid.UUID, *, accept: bool, opinion: str
) -> ReserveFiling:
    """Accept a filing or return it with a reason, as the finance department of the unit's budget.

    Raises Conflict (`filing_superseded` when a newer version was filed, `filing_reviewed`), Forbidden (`same_person` compares
    persons, `own_organisation`), NotFound.
    """
    filing = session.get(ReserveFiling, filing_id)
    if filing is None:
        raise NotFound
    unit = session.get_one(Organisation, filing.organisation_id)
    actor.require_visible("accounts.filing_review", area=fiscal_area(unit))
    actor.require_other_organisation(unit.id)
    actor.require_other_person(_person_of(session, filing.filed_by), what="填报人与审核人")
    lock_exclusive(session, "reserve_filing", f"{unit.id}|{filing.year}")
    if filing.version != _last_version(session, unit.id, filing.year):
        raise Conflict("filing_superseded", "该单位已重新填报")
    reviewed = session.execute(
        update(ReserveFiling)
        .where(ReserveFiling.id == filing_id, ReserveFiling.state == "filed")
        .values(
            state="accepted" if accept else "returned",
            reviewed_by=actor.account_id,
            reviewed_at=clock.utcnow(),
            opinion=opinion,
        )
        .returning(ReserveFiling.id)
    ).all()
    if not reviewed:
        raise Conflict("filing_reviewed", "该填报已审核")
    session.refresh(filing)
    _record(session, actor, filing, unit, filing.state)
    notify(
        session,
        f"filing_{filing.state}",
        "reserve_filing",
        filing.id,
        organisation_id=unit.id,
        detail={"year": filing.year, "version": filing.version},
    )
    return filing


def holding(session: Session, organisation_id: uuid.UUID, year: int) -> ReserveFiling | None:
    """The filing that holds for a unit and year: the latest accepted version. For orders and reports; asks no permission."""
    return session.scalars(
        select(ReserveFiling)
        .where(
            ReserveFiling.organisation_id == organisation_id,
            ReserveFiling.year == year,
            ReserveFiling.state == "accepted",
        )
        .order_by(ReserveFiling.version.desc())
        .limit(1)
    ).one_or_none()


def holding_of_year(year: int) -> Select[Any]:
    """The filings that hold in a year, one per unit, for report R4."""
    return (
        select(ReserveFiling)
        .where(ReserveFiling.year == year, ReserveFiling.state == "accepted")
        .ext(distinct_on(ReserveFiling.organisation_id))
        .order_by(ReserveFiling.organisation_id, ReserveFiling.version.desc())
    )


def listing(
    actor: Actor,
    *,
    organisation_id: uuid.UUID | None = None,
    year: int | None = None,
    state: str | None = None,
) -> Select[Any]:
    """The filings the actor may see, all versions; the caller sorts by id and pages."""
    statement = (
        select(ReserveFiling)
        .join(Organisation, Organisation.id == ReserveFiling.organisation_id)
        .where(visible(actor, "accounts.filing_read", area=_FISCAL, owners=(ReserveFiling.organisation_id,)))
    )
    wanted = (
        (ReserveFiling.organisation_id, organisation_id),
        (ReserveFiling.year, year),
        (ReserveFiling.state, state),
    )
    return statement.where(*(column == value for column, value in wanted if value is not None))


def late_ones(session: Session, filings: Sequence[ReserveFiling]) -> set[uuid.UUID]:
    """Ids of those that were filed after the day that the area's rule of their year sets; one statement for all."""
    areas = {
        row.id: row.area
        for row in session.execute(
            select(Organisation.id, _FISCAL.label("area")).where(
                Organisation.id.in_({filing.organisation_id for filing in filings})
            )
        )
    }
    late = set()
    for filing in filings:
        rule = rules.reserve_rule_for(areas[filing.organisation_id], filing.year)
        if rule is not None and rule.due_on is not None and clock.day_of(filing.filed_at) > rule.due_on:
            late.add(filing.id)
    return late


def _check_representative(session: Session, unit: Organisation, new: NewFiling) -> None:
    if new.represented_by is None:
        return
    other = session.get(Organisation, new.represented_by)
    if other is None or other.id == unit.id or other.kind != "budget_unit":
        raise Invalid("represented_by", "代填单位应为另一预算单位", pointer="/represented_by")


def _last_version(session: Session, organisation_id: uuid.UUID, year: int) -> int:
    found = session.scalar(
        select(func.max(ReserveFiling.version)).where(
            ReserveFiling.organisation_id == organisation_id, ReserveFiling.year == year
        )
    )
    return found or 0


def _person_of(session: Session, account_id: uuid.UUID) -> uuid.UUID | None:
    return session.scalar(select(Account.person_id).where(Account.id == account_id))


def fiscal_area(unit: Organisation) -> str:
    """Whose finance department reviews: that of the budget that pays."""
    return unit.fiscal_area or unit.area_code


def _record(session: Session, actor: Actor, filing: ReserveFiling, unit: Organisation, verb: str) -> None:
    audit.record(
        session,
        actor,
        f"accounts.filing.{verb}",
        "reserve_filing",
        filing.id,
        area_code=fiscal_area(unit),
        detail={"year": filing.year, "version": filing.version, "reserve_fen": filing.reserve_fen},
    )
