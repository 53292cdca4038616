"""Households as people may see them: masked rows for officials of the area, the full cells by an audited
call.

A household leaves the system only as a count or masked. The full name and number come one at a time, with
a purpose, counted against a limit, and each such read is a record of the audit trail.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.service.rate_limits import Limit, spend
from marketplace.beneficiaries.models import (
    Agreement,
    AgreementVersion,
    Household,
    HouseholdMember,
    HouseholdStatus,
    RosterShare,
)
from marketplace.beneficiaries.service.access import READ
from marketplace.beneficiaries.service.identity import HEAD_TABLE, MEMBER_TABLE, household_of, opened
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.errors import NotFound
from marketplace.core.identifiers import parse_resident_id
from marketplace.core.privacy import mask_name
from marketplace.core.scope import visible, within_area

PERSONAL = "beneficiaries.read_personal"
# The space of identity numbers is small: whoever may ask, asks at most so often.
PERSONAL_LOOKUP = Limit("personal_lookup", 60, 3_600)


@dataclass(frozen=True)
class MaskedHousehold:
    """A household with its standing on a day; of its head only the first character of the name (张*)."""

    household_no: int
    area_code: str
    head_name: str | None
    file_standard: str
    is_demo: bool
    standing: HouseholdStatus | None


@dataclass(frozen=True)
class Person:
    """A person with full cells. Never logged, never stored elsewhere."""

    member_id: uuid.UUID | None  # none for the head
    name: str | None
    resident_id: str | None
    relation: str


def households_on(
    actor: Actor,
    on: date,
    *,
    area: str | None = None,
    file_status: str | None = None,
    monitored: bool = False,
) -> sa.Select[*tuple[Any, ...]]:
    """Statement of (Household, its standing on the day) rows that the actor may see, for a page by
    `household_no`.
    """
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(Household, HouseholdStatus)
        .outerjoin(
            HouseholdStatus,
            sa.and_(
                HouseholdStatus.household_no == Household.household_no, HouseholdStatus.valid.contains(on)
            ),
        )
        .where(visible(actor, READ, area=Household.area_code))
    )
    if area is not None:
        statement = statement.where(within_area(Household.area_code, area))
    if file_status is not None:
        statement = statement.where(HouseholdStatus.file_status == file_status)
    if monitored:
        statement = statement.where(HouseholdStatus.monitor_status == "active")
    return statement


def masked(household: Household, standing: HouseholdStatus | None) -> MaskedHousehold:
    """The row as it may leave."""
    name = opened(HEAD_TABLE, "head_name_enc", household.id, household.head_name_enc)
    return MaskedHousehold(
        household_no=household.household_no,
        area_code=household.area_code,
        head_name=None if name is None else mask_name(name),
        file_standard=household.file_standard,
        is_demo=household.is_demo,
        standing=standing,
    )


def get_masked(session: Session, actor: Actor, household_no: int) -> MaskedHousehold:
    """One household with today's standing; NotFound when there is none or the actor may not know of it."""
    row = session.execute(
        households_on(actor, today()).where(Household.household_no == household_no)
    ).one_or_none()
    if row is None:
        raise NotFound()
    return masked(row[0], row[1])


def history(session: Session, actor: Actor, household_no: int) -> Sequence[HouseholdStatus]:
    """All standings of a household, first to last; NotFound as above."""
    get_masked(session, actor, household_no)
    return session.scalars(
        sa.select(HouseholdStatus)
        .where(HouseholdStatus.household_no == household_no)
        .order_by(sa.func.lower(HouseholdStatus.valid))
    ).all()


def roster_rows(
    session: Session, actor: Actor, number: str, version: int, on: date
) -> sa.Select[*tuple[Any, ...]]:
    """Statement of (Household, standing, parts) of a version's roster, for a page by `household_no`.

    NotFound unless there is such a version and the actor may see households where it was approved.
    """
    row = session.execute(
        sa.select(AgreementVersion.id, Agreement.area_code)
        .join(Agreement, Agreement.id == AgreementVersion.agreement_id)
        .where(Agreement.number == number, AgreementVersion.version == version)
    ).one_or_none()
    if row is None:
        raise NotFound()
    actor.require_visible(READ, area=row.area_code)
    return (
        households_on(actor, on)
        .add_columns(RosterShare.shares)
        .join(RosterShare, RosterShare.household_no == Household.household_no)
        .where(RosterShare.version_id == row.id)
    )


def unmask(session: Session, actor: Actor, household_no: int, purpose: str) -> list[Person]:
    """Head first, then present members, in full. Counted, and recorded with its purpose in the same
    transaction.
    """
    household = _read_in_full(session, actor, household_no, purpose, "beneficiaries.household.unmask")
    head = Person(
        None,
        head_name(household),
        opened(HEAD_TABLE, "head_id_enc", household.id, household.head_id_enc),
        "户主",
    )
    members = session.scalars(
        sa.select(HouseholdMember)
        .where(HouseholdMember.household_no == household_no, HouseholdMember.to_day.is_(None))
        .order_by(HouseholdMember.from_day, HouseholdMember.id)
    )
    return [head] + [
        Person(
            m.id,
            opened(MEMBER_TABLE, "name_enc", m.id, m.name_enc),
            opened(MEMBER_TABLE, "id_enc", m.id, m.id_enc),
            m.relation,
        )
        for m in members
    ]


def read_head(
    session: Session, actor: Actor, household_no: int, purpose: str, action: str
) -> tuple[Household, str | None]:
    """A household with the full name of its head, read for a paper about it; counted, and recorded as `action`."""
    household = _read_in_full(session, actor, household_no, purpose, action)
    return household, head_name(household)


def head_name(household: Household) -> str | None:
    """The full name of the head. Only for callers that have asked for `PERSONAL` and recorded the reading."""
    return opened(HEAD_TABLE, "head_name_enc", household.id, household.head_name_enc)


def _read_in_full(session: Session, actor: Actor, household_no: int, purpose: str, action: str) -> Household:
    household = session.scalars(
        sa.select(Household).where(Household.household_no == household_no)
    ).one_or_none()
    if household is None:
        raise NotFound()
    actor.require_visible(READ, area=household.area_code)
    actor.require(PERSONAL, area=household.area_code)
    spend(session, PERSONAL_LOOKUP, str(actor.account_id))
    audit.record(
        session, actor, action, "household", household_no, area_code=household.area_code, purpose=purpose
    )
    session.flush()
    return household


def look_up(session: Session, actor: Actor, resident_id: str, purpose: str) -> int | None:
    """The household_no of a person of the actor's area; None for everybody else, on file elsewhere or not
    at all.

    Counted and recorded whatever the answer; the record does not say who was asked for.
    """
    number = parse_resident_id(resident_id, today(), pointer="/resident_id")
    spend(session, PERSONAL_LOOKUP, str(actor.account_id))
    found = household_of(session, number)
    area = (
        None
        if found is None
        else session.scalar(sa.select(Household.area_code).where(Household.household_no == found))
    )
    answer = found if area is not None and actor.may_on(PERSONAL, area=area) else None
    audit.record(
        session,
        actor,
        "beneficiaries.household.look_up",
        "household",
        answer or "",
        area_code=area if answer else None,
        purpose=purpose,
        detail={"found": answer is not None},
    )
    session.flush()
    return answer
