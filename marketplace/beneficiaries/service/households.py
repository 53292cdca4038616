"""Registering a household and its people, and continuing its history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from marketplace.beneficiaries.facts import HistoryChanging
from marketplace.beneficiaries.models import Household, HouseholdStatus
from marketplace.beneficiaries.rules import HouseholdState, check_start, check_step
from marketplace.beneficiaries.service.access import EDIT, locked, village
from marketplace.beneficiaries.service.identity import Identity, claim, head_cells
from marketplace.beneficiaries.service.members import UNIQUE_PERSON, NewMember, write_member
from marketplace.core import audit, facts
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.ids import uuid7


@dataclass(frozen=True)
class Standing:
    """What a household is from a day on, and the document that says so."""

    state: HouseholdState
    from_day: date
    members: int
    document_no: str
    labour: int = 0
    is_low_income: bool = False

    def check(self) -> None:
        """Invalid when the numbers of people contradict each other or the day lies ahead."""
        if self.labour > self.members:
            raise Invalid("labour", "劳动力不能多于家庭人口", pointer="labour")
        if self.members == 0 and self.state.file_status != "removed":
            raise Invalid("members", "家庭人口至少1人", pointer="members")
        if self.from_day > today():
            raise Invalid("from_day", "生效日不能晚于今天", pointer="from_day")


@dataclass(frozen=True)
class NewHousehold:
    """A household as registered. `area_code` is its village, 12 digits."""

    area_code: str
    file_standard: str
    standing: Standing
    head: Identity | None = None
    members: Sequence[NewMember] = field(default=())
    is_demo: bool = False


def register(session: Session, actor: Actor, new: NewHousehold) -> Household:
    """Put a household on file with its first standing.

    Raises Invalid, Forbidden outside the actor's area, AlreadyExists (`person_known`), and PeriodClosed
    from a subscriber when the standing would reach into closed books.
    """
    actor.require(EDIT, area=village(new.area_code))
    new.standing.check()
    check_start(new.standing.state, new.file_standard, new.standing.from_day)
    head = new.head.normal("/head") if new.head else None
    people = [
        NewMember(m.identity.normal(f"/members/{i}"), m.relation, m.has_labour)
        for i, m in enumerate(new.members)
    ]
    if 1 + len(people) > new.standing.members:
        raise Invalid("members", "登记的成员多于家庭人口", pointer="members")
    identities = [*([head] if head else []), *(m.identity for m in people)]
    claim(session, [who.resident_id for who in identities if who.resident_id])
    facts.publish(session, HistoryChanging(subject="household_status", from_day=new.standing.from_day))
    row_id = uuid7()
    household = Household(
        id=row_id,
        area_code=new.area_code,
        file_standard=new.file_standard,
        is_demo=new.is_demo,
        created_at=utcnow(),
        **head_cells(row_id, head),
    )
    session.add(household)
    with refusing(UNIQUE_PERSON):
        session.flush()
    for member in people:
        write_member(session, household.household_no, member, new.standing.from_day)
    _write(session, actor, household.household_no, new.standing)
    with refusing(UNIQUE_PERSON):
        session.flush()
    audit.record(
        session,
        actor,
        "beneficiaries.household.register",
        "household",
        household.household_no,
        area_code=new.area_code,
    )
    return household


def change_standing(session: Session, actor: Actor, household_no: int, standing: Standing) -> None:
    """Continue a household's history from `standing.from_day`; the present entry ends there.

    Raises IllegalTransition for a step that the tables do not have, Conflict (`history_order`) when the
    day is not after the present entry began, PeriodClosed from a subscriber.
    """
    household = locked(session, actor, household_no, EDIT)
    standing.check()
    present = session.scalars(
        sa.select(HouseholdStatus)
        .where(HouseholdStatus.household_no == household_no)
        .order_by(sa.func.lower(HouseholdStatus.valid).desc())
        .limit(1)
    ).one()
    before = HouseholdState(present.file_status, present.monitor_type, present.monitor_status)
    check_step(before, standing.state, standing.from_day)
    began = present.valid.lower
    if began is None or standing.from_day <= began:
        raise Conflict("history_order", "生效日应晚于现有记录的生效日")
    facts.publish(session, HistoryChanging(subject="household_status", from_day=standing.from_day))
    present.valid = Range(began, standing.from_day)
    session.flush()
    _write(session, actor, household_no, standing)
    session.flush()
    audit.record(
        session,
        actor,
        "beneficiaries.household.standing",
        "household",
        household_no,
        area_code=household.area_code,
        detail={"file_status": standing.state.file_status, "monitor_type": standing.state.monitor_type},
    )


def _write(session: Session, actor: Actor, household_no: int, standing: Standing) -> None:
    session.add(
        HouseholdStatus(
            household_no=household_no,
            valid=Range(standing.from_day, None),
            file_status=standing.state.file_status,
            monitor_type=standing.state.monitor_type,
            monitor_status=standing.state.monitor_status,
            members=standing.members,
            labour=standing.labour,
            is_low_income=standing.is_low_income,
            document_no=standing.document_no,
            recorded_by=actor.audit_id,
            recorded_at=utcnow(),
        )
    )
