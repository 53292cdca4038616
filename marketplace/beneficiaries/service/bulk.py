"""Loading many households at once: a county's register, a benchmark, the demo.

Everything is checked before the first row is written, and rows go by COPY: 200,000 households without
identities load in seconds; sealing a name and a number costs some 30 µs a household more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy as sa
from psycopg.types.range import DateRange
from sqlalchemy.orm import Session

from marketplace.beneficiaries.facts import HistoryChanging
from marketplace.beneficiaries.models import Household, HouseholdMember
from marketplace.beneficiaries.rules import check_start
from marketplace.beneficiaries.service.access import EDIT, village
from marketplace.beneficiaries.service.households import NewHousehold
from marketplace.beneficiaries.service.identity import HASH_COLUMN, head_cells
from marketplace.core import audit, facts
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import AlreadyExists, DomainError, FieldProblem, Invalid, InvalidMany
from marketplace.core.ids import uuid7
from marketplace.core.privacy import vault

_HOUSEHOLD = (
    "id",
    "household_no",
    "area_code",
    "file_standard",
    "head_name_enc",
    "head_id_enc",
    "head_id_hash",
    "is_demo",
    "created_at",
)
_STATUS = (
    "id",
    "household_no",
    "valid",
    "file_status",
    "monitor_type",
    "monitor_status",
    "members",
    "labour",
    "is_low_income",
    "document_no",
    "recorded_by",
    "recorded_at",
)
_MAX_PROBLEMS = 1_000


def load_households(session: Session, actor: Actor, rows: Sequence[NewHousehold]) -> list[int]:
    """Register all rows or none; returns their household numbers in the order given.

    InvalidMany lists every bad row as ``/rows/N`` (1,000 at most). A head who is already on file, or
    twice in the rows, is such a problem. Members are not loaded here: add them one by one.
    """
    checked, problems = _checked(actor, rows)
    numbers = [row.head.resident_id for row in checked if row.head and row.head.resident_id]
    if numbers and not problems:
        problems = _known_people(session, checked)
    if problems:
        raise InvalidMany("rows", f"{len(problems)}行有误,未导入任何一行", fields=problems[:_MAX_PROBLEMS])
    if not checked:
        return []
    for day in sorted({row.standing.from_day for row in checked})[:1]:
        facts.publish(session, HistoryChanging(subject="household_status", from_day=day))
    numbers_given = _reserve(session, len(checked))
    now = utcnow()
    try:
        copy(session, "beneficiaries.household", _HOUSEHOLD, _households(checked, numbers_given, now))
    except psycopg.errors.UniqueViolation as error:
        # One that another transaction registered since the check: the unique index has the last word.
        raise AlreadyExists("person_known", "该公民身份号码已在册") from error
    copy(session, "beneficiaries.household_status", _STATUS, _statuses(actor, checked, numbers_given, now))
    audit.record(
        session,
        actor,
        "beneficiaries.household.load",
        "household",
        numbers_given[0],
        detail={"rows": len(checked), "last": numbers_given[-1]},
    )
    session.flush()
    return numbers_given


def copy(session: Session, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY rows into a table inside the session's transaction. Names are ours, never a client's."""
    connection: Any = session.connection().connection.driver_connection
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copying:
        for row in rows:
            copying.write_row(row)


def _checked(actor: Actor, rows: Sequence[NewHousehold]) -> tuple[list[NewHousehold], list[FieldProblem]]:
    checked: list[NewHousehold] = []
    problems: list[FieldProblem] = []
    allowed: dict[str, DomainError | None] = {}
    for index, row in enumerate(rows):
        try:
            if row.area_code not in allowed:
                allowed[row.area_code] = _refusal(actor, row.area_code)
            refusal = allowed[row.area_code]
            if refusal is not None:
                raise refusal
            if row.members:
                raise Invalid("members", "批量导入不含成员", pointer="members")
            row.standing.check()
            check_start(row.standing.state, row.file_standard, row.standing.from_day)
            head = row.head.normal("/head") if row.head else None
            checked.append(
                NewHousehold(row.area_code, row.file_standard, row.standing, head, (), row.is_demo)
            )
        except DomainError as error:
            problems.append(FieldProblem(f"/rows/{index}", error.code, error.detail))
    return checked, problems


def _refusal(actor: Actor, area_code: str) -> DomainError | None:
    try:
        actor.require(EDIT, area=village(area_code))
    except DomainError as error:
        return error
    return None


def _known_people(session: Session, rows: Sequence[NewHousehold]) -> list[FieldProblem]:
    hashes: dict[bytes, int] = {}
    problems: list[FieldProblem] = []
    for index, row in enumerate(rows):
        if row.head is None or row.head.resident_id is None:
            continue
        for digest in vault().lookup_hashes(HASH_COLUMN, row.head.resident_id):
            if digest in hashes:
                problems.append(FieldProblem(f"/rows/{index}", "person_twice", "同一人在文件中出现两次"))
            hashes[digest] = index
    wanted = sa.func.unnest(sa.literal(list(hashes), sa.ARRAY(sa.LargeBinary))).column_valued("digest")
    heads = sa.select(Household.head_id_hash).where(Household.head_id_hash.in_(sa.select(wanted)))
    members = sa.select(HouseholdMember.id_hash).where(HouseholdMember.id_hash.in_(sa.select(wanted)))
    known = {hashes[digest] for digest in session.scalars(sa.union(heads, members)) if digest is not None}
    problems += [FieldProblem(f"/rows/{i}", "person_known", "该公民身份号码已在册") for i in sorted(known)]
    return problems


def _reserve(session: Session, count: int) -> list[int]:
    statement = sa.text(
        "SELECT nextval(pg_get_serial_sequence('beneficiaries.household', 'household_no'))"
        " FROM generate_series(1, :count)"
    )
    return sorted(session.scalars(statement, {"count": count}))


def _households(
    rows: Sequence[NewHousehold], numbers: Sequence[int], now: datetime
) -> Iterable[tuple[Any, ...]]:
    for row, number in zip(rows, numbers, strict=True):
        row_id: UUID = uuid7()
        cells = head_cells(row_id, row.head)
        yield (
            row_id,
            number,
            row.area_code,
            row.file_standard,
            cells["head_name_enc"],
            cells["head_id_enc"],
            cells["head_id_hash"],
            row.is_demo,
            now,
        )


def _statuses(
    actor: Actor, rows: Sequence[NewHousehold], numbers: Sequence[int], now: datetime
) -> Iterable[tuple[Any, ...]]:
    for row, number in zip(rows, numbers, strict=True):
        standing = row.standing
        yield (
            uuid7(),
            number,
            DateRange(standing.from_day, None, "[)"),
            standing.state.file_status,
            standing.state.monitor_type,
            standing.state.monitor_status,
            standing.members,
            standing.labour,
            standing.is_low_income,
            standing.document_no,
            actor.audit_id,
            now,
        )
