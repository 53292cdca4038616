"""Registering a household and its people, and continuing its history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from marketplace.beneficiaries.facts import HistoryChanging
from marketplace.beneficiaries.models import Household, HouseholdMember, HouseholdStatus
from marketplace.beneficiaries.rules import HouseholdState, check_start, check_step
from marketplace.beneficiaries.service.identity import Identity, claim, head_cells, member_cells
from marketplace.core import audit, divisions, facts
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound
from marketplace.core.ids import uuid7

EDIT = "beneficiaries.edit"
READ = "beneficiaries.read"
_TAKEN = AlreadyExists("person_known", "该公民身份号码已在册")
_UNIQUE = {"uq_household_head_id_hash": _TAKEN, "uq_household_member_id_hash": _TAKEN}


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
class NewMember:
    """A person of a household beside its head; `relation` to the head as printed (配偶, 子女 …)."""

    identity: Identity
    relation: str
    has_labour: bool = False


@dataclass(frozen=True)
class NewHousehold:
    """A household as registered. `area_code` is its village, 12 digits."""

    area_code: str
    file_standard: str
    standing: Standing
    head: Identity | None = None
    members: Sequence[NewMember] = field(default=())
    is_demo: bool = False


def village(area_code: str) -> str:
    """The village code of a household; Invalid (`village`) for anything above a village."""
    if len(area_code) != 12 or divisions.level_of(area_code) != "village":
        raise Invalid("village", "农户所在地应为12位村(社区)代码", pointer="area_code")
    return area_code


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
    with refusing(_UNIQUE):
        session.flush()
    for member in people:
        _add_member(session, household.household_no, member, new.standing.from_day)
    _write(session, actor, household.household_no, new.standing)
    with refusing(_UNIQUE):
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


def add_member(
    session: Session, actor: Actor, household_no: int, member: NewMember, from_day: date
) -> HouseholdMember:
    """Add a person from a day on. AlreadyExists (`person_known`) when the person is in any household."""
    household = locked(session, actor, household_no, EDIT)
    normal = NewMember(member.identity.normal(""), member.relation, member.has_labour)
    if from_day > today():
        raise Invalid("from_day", "加入日不能晚于今天", pointer="from_day")
    if normal.identity.resident_id:
        claim(session, [normal.identity.resident_id])
    row = _add_member(session, household_no, normal, from_day)
    with refusing(_UNIQUE):
        session.flush()
    audit.record(
        session,
        actor,
        "beneficiaries.member.add",
        "household",
        household_no,
        area_code=household.area_code,
    )
    return row


def locked(session: Session, actor: Actor, household_no: int, permission: str) -> Household:
    """The household, locked; NotFound when there is none or the actor may not know of it."""
    household = session.scalars(
        sa.select(Household).where(Household.household_no == household_no).with_for_update()
    ).one_or_none()
    if household is None:
        raise NotFound()
    actor.require_visible(permission, area=household.area_code)
    return household


def _add_member(session: Session, household_no: int, member: NewMember, from_day: date) -> HouseholdMember:
    row_id = uuid7()
    row = HouseholdMember(
        id=row_id,
        household_no=household_no,
        relation=member.relation,
        has_labour=member.has_labour,
        from_day=from_day,
        **member_cells(row_id, member.identity),
    )
    session.add(row)
    return row


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
