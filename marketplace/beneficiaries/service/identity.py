"""Who a household's head or member is: sealed cells, and the keyed hash by which one person is one household.

An identity number is looked up by its hash under every live key, in the heads' and the members' tables
alike, so that nobody stands in two households. The lock on the hash makes that hold against a
registration at the same moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.beneficiaries.models import Household, HouseholdMember
from marketplace.core.clock import today
from marketplace.core.db import lock_exclusive
from marketplace.core.errors import AlreadyExists
from marketplace.core.identifiers import parse_person_name, parse_resident_id
from marketplace.core.privacy import Cell, vault

HASH_COLUMN: Final = "beneficiaries.resident_id"
HEAD_TABLE: Final = "beneficiaries.household"
MEMBER_TABLE: Final = "beneficiaries.household_member"


@dataclass(frozen=True)
class Identity:
    """Name and, where known, resident identity number of a person, as given."""

    name: str
    resident_id: str | None = None

    def normal(self, pointer: str) -> Identity:
        """The one normal form of both; Invalid, naming only the field, when they have none."""
        number = self.resident_id
        return Identity(
            parse_person_name(self.name, pointer=f"{pointer}/name"),
            parse_resident_id(number, today(), pointer=f"{pointer}/resident_id") if number else None,
        )


def resident_hash(number: str) -> bytes:
    """What is stored beside a number: one column for heads and members, so that the two can be compared."""
    return vault().keyed_hash(HASH_COLUMN, number)


def head_cells(row_id: UUID, head: Identity | None) -> dict[str, Any]:
    """Columns of a household's head; all empty without one."""
    if head is None:
        return {"head_name_enc": None, "head_id_enc": None, "head_id_hash": None}
    number = head.resident_id
    seal = vault().encrypt
    return {
        "head_name_enc": seal(Cell(HEAD_TABLE, "head_name_enc", row_id), head.name),
        "head_id_enc": seal(Cell(HEAD_TABLE, "head_id_enc", row_id), number) if number else None,
        "head_id_hash": resident_hash(number) if number else None,
    }


def member_cells(row_id: UUID, person: Identity) -> dict[str, Any]:
    """Columns of a member."""
    number = person.resident_id
    seal = vault().encrypt
    return {
        "name_enc": seal(Cell(MEMBER_TABLE, "name_enc", row_id), person.name),
        "id_enc": seal(Cell(MEMBER_TABLE, "id_enc", row_id), number) if number else None,
        "id_hash": resident_hash(number) if number else None,
    }


def opened(table: str, column: str, row_id: UUID, token: bytes | None) -> str | None:
    """The text of a cell; None for an empty one."""
    return None if token is None else vault().decrypt(Cell(table, column, row_id), token)


def household_of(session: Session, number: str) -> int | None:
    """The household_no in which a person (normal form of the number) is head or present member; None if
    nowhere.
    """
    hashes = vault().lookup_hashes(HASH_COLUMN, number)
    heads = sa.select(Household.household_no).where(Household.head_id_hash.in_(hashes))
    members = sa.select(HouseholdMember.household_no).where(
        HouseholdMember.id_hash.in_(hashes), HouseholdMember.to_day.is_(None)
    )
    return session.scalar(sa.union_all(heads, members).limit(1))


def claim(session: Session, numbers: list[str]) -> None:
    """Hold these numbers for one household until the transaction ends.

    AlreadyExists (`person_known`) when one of them is in a household already: only roles that may edit
    households of the area come this far, nobody else is told. Locks are taken in sorted order.
    """
    for digest in sorted(resident_hash(number).hex() for number in numbers):
        lock_exclusive(session, "resident", digest)
    if len(set(numbers)) != len(numbers) or any(household_of(session, n) is not None for n in numbers):
        raise AlreadyExists("person_known", "该公民身份号码已在册")
