"""The people of a household beside its head: they join, and leave to join another."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from marketplace.beneficiaries.models import HouseholdMember
from marketplace.beneficiaries.service.access import EDIT, locked
from marketplace.beneficiaries.service.identity import Identity, claim, member_cells
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound
from marketplace.core.ids import uuid7

_TAKEN = AlreadyExists("person_known", "该公民身份号码已在册")
UNIQUE_PERSON = {"uq_household_head_id_hash": _TAKEN, "uq_household_member_id_hash": _TAKEN}


@dataclass(frozen=True)
class NewMember:
    """A person of a household beside its head; `relation` to the head as printed (配偶, 子女 …)."""

    identity: Identity
    relation: str
    has_labour: bool = False


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
    row = write_member(session, household_no, normal, from_day)
    with refusing(UNIQUE_PERSON):
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


def end_member(session: Session, actor: Actor, household_no: int, member_id: uuid.UUID, to_day: date) -> None:
    """A person leaves on `to_day` (exclusive) and may join another household from then on.

    NotFound for nobody of this household, Conflict (`member_left`) for somebody who left already, Invalid for a day
    before the person came or ahead.
    """
    household = locked(session, actor, household_no, EDIT)
    member = session.get(HouseholdMember, member_id)
    if member is None or member.household_no != household_no:
        raise NotFound()
    if member.to_day is not None:
        raise Conflict("member_left", "该成员已离开")
    if not member.from_day < to_day <= today():
        raise Invalid("to_day", "离开日应晚于加入日且不晚于今天", pointer="to_day")
    member.to_day = to_day
    session.flush()
    audit.record(
        session,
        actor,
        "beneficiaries.member.end",
        "household",
        household_no,
        area_code=household.area_code,
    )
    session.flush()


def write_member(session: Session, household_no: int, member: NewMember, from_day: date) -> HouseholdMember:
    """Add the row of a member in normal form; flushed by the caller under `UNIQUE_PERSON`."""
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
