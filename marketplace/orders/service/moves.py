"""Finding moves of orders between budget units, and who stands above both."""

from __future__ import annotations

import uuid
from typing import Final

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, OrganisationPlace
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.errors import NotFound
from marketplace.core.scope import visible
from marketplace.orders.models import Reattribution, ReattributionConsent, SalesOrder
from marketplace.orders.service.consenting import moves_waiting
from marketplace.orders.service.reading import seen_by

#: As many units as are offered to choose from at once.
MOST_FOUND: Final = 20


def reattributions_seen(
    actor: Actor, *, state: str | None = None, mine: str | None = None
) -> Select[Reattribution]:
    """Moves of orders that an actor may see, or of its own units (`mine` = to_consent: that wait for its word), unsorted, for a
    paged list.
    """
    if mine == "to_consent":
        return moves_waiting(actor)
    units = [Reattribution.from_unit_id, Reattribution.to_unit_id, Reattribution.supervisor_id]
    of_orders = select(SalesOrder.id).where(seen_by(actor))
    statement = select(Reattribution).where(
        or_(
            visible(actor, "orders.read", area=Reattribution.from_area, owners=units),
            visible(actor, "orders.read", area=Reattribution.to_area, owners=units),
            Reattribution.order_id.in_(of_orders),
        )
    )
    return statement if state is None else statement.where(Reattribution.state == state)


def find_reattribution(session: Session, actor: Actor, number: str) -> Reattribution:
    """A move by its number. NotFound when there is none that the actor may see."""
    found = session.scalars(
        reattributions_seen(actor)
        .where(Reattribution.number == number)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("reattribution_not_found", "没有这项归属调整")
    return found


def consents_of(session: Session, row: Reattribution) -> list[ReattributionConsent]:
    """What the parties said, in the order in which they did."""
    return list(
        session.scalars(
            select(ReattributionConsent)
            .where(ReattributionConsent.reattribution_id == row.id)
            .order_by(ReattributionConsent.id)
        )
    )


def units_near(session: Session, unit_id: uuid.UUID | None) -> list[Organisation]:
    """The budget units above, beside and right below a unit today, by name: among them the right one mostly is. None of none."""
    if unit_id is None:
        return []
    above = select(OrganisationPlace.parent_id).where(
        OrganisationPlace.organisation_id == unit_id, OrganisationPlace.valid.contains(today())
    )
    under = select(OrganisationPlace.organisation_id).where(
        or_(OrganisationPlace.parent_id.in_(above), OrganisationPlace.parent_id == unit_id),
        OrganisationPlace.valid.contains(today()),
    )
    return _units(session, or_(Organisation.id.in_(under), Organisation.id.in_(above)), unit_id)


def units_found(session: Session, words: str, unit_id: uuid.UUID | None) -> list[Organisation]:
    """Budget units but that one whose name has `words` in it or whose credit code they are: at most MOST_FOUND, by name."""
    named = or_(Organisation.name.contains(words, autoescape=True), Organisation.uscc == words.upper())
    return _units(session, named, unit_id)


def _units(session: Session, where: ColumnElement[bool], but: uuid.UUID | None) -> list[Organisation]:
    return list(
        session.scalars(
            select(Organisation)
            .where(
                where,
                Organisation.kind == "budget_unit",
                Organisation.status == "active",
                Organisation.id != but,
            )
            .order_by(Organisation.name, Organisation.id)
            .limit(MOST_FOUND)
        )
    )


def area_of(session: Session, unit_id: uuid.UUID) -> str:
    """Whose budget a unit is of: its fiscal area, without one where it is registered."""
    unit = session.get_one(Organisation, unit_id)
    return unit.fiscal_area or unit.area_code


def nearest_above(session: Session, one: uuid.UUID, other: uuid.UUID) -> uuid.UUID | None:
    """The nearest organisation that stands above both today, itself neither; None when they share none."""
    paths = session.scalars(
        select(OrganisationPlace.path).where(
            OrganisationPlace.organisation_id.in_([one, other]), OrganisationPlace.valid.contains(today())
        )
    ).all()
    if len(paths) != 2:
        return None
    nearest: str | None = None
    for left, right in zip(*(path.split(".")[:-1] for path in paths), strict=False):
        if left != right:
            break
        nearest = left
    if nearest is None:
        return None
    return session.scalar(select(Organisation.id).where(Organisation.organisation_no == int(nearest)))
