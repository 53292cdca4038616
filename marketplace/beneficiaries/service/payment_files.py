"""Payment lists as offices keep them: a spreadsheet with a name, an identity number and an amount in 元 a row.

The file itself is kept as evidence, restricted and so encrypted. A row finds its household by number or by identity number,
among the rosters of the agreement only: whoever uploads learns nothing of other households. Names are not compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.beneficiaries.models import Household, HouseholdMember, PaymentList
from marketplace.beneficiaries.service.activity import REPORT
from marketplace.beneficiaries.service.agreements import lock_agreement
from marketplace.beneficiaries.service.identity import HASH_COLUMN
from marketplace.beneficiaries.service.payments import NewPaymentList, import_list, same_list
from marketplace.core import files
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.errors import FieldProblem, InvalidMany
from marketplace.core.identifiers import parse_resident_id
from marketplace.core.privacy import vault
from marketplace.core.sheets.cells import Column, checked, price_fen, text, whole_number
from marketplace.core.sheets.table import Table, TableRow, read_table

_MAX_PROBLEMS: Final = 1_000


@dataclass(frozen=True)
class PaymentFile:
    """An upload and what it is: kind, day and document of the payment."""

    name: str
    content: bytes
    kind: str
    paid_on: date
    document_no: str


def columns() -> tuple[Column, ...]:
    """The headings that a list may have; the household by number or by identity number of a person in it."""
    return (
        Column("household_no", "户编号", whole_number(1, 2**32 - 1)),
        Column(
            "resident_id",
            "公民身份号码",
            checked(lambda number: parse_resident_id(number, today())),
            aliases=("身份证号", "身份证号码"),
        ),
        Column("name", "姓名", text(100), aliases=("户主", "户主姓名")),
        Column(
            "amount_fen", "金额(元)", price_fen(), required=True, aliases=("金额", "发放金额", "实发金额")
        ),
    )


def import_file(session: Session, actor: Actor, number: str, upload: PaymentFile) -> tuple[PaymentList, bool]:
    """Import a CSV or XLSX list, all rows or none; (list, whether it is new).

    Raises Invalid (``sheet_…``) for a file that cannot be read, InvalidMany with ``/rows/N/column`` for each bad cell
    or row, N as the spreadsheet shows it. Several rows of one household are added up.
    """
    agreement = lock_agreement(session, actor, number, REPORT)
    table = read_table(upload.content, columns())
    problems = [
        FieldProblem(f"/rows/{error.row}/{error.column}", error.code, error.message_zh)
        for error in table.errors
    ]
    found = _households(session, table, problems)
    _refuse(problems)
    new = NewPaymentList(upload.kind, upload.paid_on, upload.document_no, _summed(table, found))
    known = same_list(session, agreement, new)
    if known is not None:
        return known, False
    stored = files.store(
        session,
        actor,
        name=upload.name or "发放清单",
        content=upload.content,
        file_class="restricted",
        owner_id=actor.organisation_id,
        area_code=agreement.area_code,
    )
    new = replace(new, evidence_file_id=stored.id)
    try:
        return import_list(session, actor, number, new)
    except InvalidMany as error:
        raise InvalidMany(
            error.code, error.detail, fields=_placed(error.fields, table, found, new.rows)
        ) from error


def _households(session: Session, table: Table, problems: list[FieldProblem]) -> dict[int, int]:
    """The household of each good row, by row number; rows that name none, or two, become problems."""
    by_person = _by_person(
        session, [cast("str", v) for row in table.rows if (v := row.values["resident_id"]) is not None]
    )
    found: dict[int, int] = {}
    for row in table.rows:
        given = cast("int | None", row.values["household_no"])
        person = cast("str | None", row.values["resident_id"])
        if given is None and person is None:
            problems.append(_problem(row, "household", "请填写户编号或公民身份号码"))
            continue
        known = by_person.get(person, 0) if person is not None else given
        if given is not None and known != given:
            problems.append(_problem(row, "household_differs", "户编号与公民身份号码不是同一户"))
        found[row.number] = known or 0  # 0 is in no roster: the same answer as for a household elsewhere
    return found


def _by_person(session: Session, numbers: Sequence[str]) -> dict[str, int]:
    hashes = {digest: number for number in numbers for digest in vault().lookup_hashes(HASH_COLUMN, number)}
    if not hashes:
        return {}
    wanted = sa.select(
        sa.func.unnest(sa.literal(list(hashes), sa.ARRAY(sa.LargeBinary))).column_valued("wanted")
    )
    statement = sa.union_all(
        sa.select(Household.head_id_hash, Household.household_no).where(Household.head_id_hash.in_(wanted)),
        sa.select(HouseholdMember.id_hash, HouseholdMember.household_no).where(
            HouseholdMember.id_hash.in_(wanted), HouseholdMember.to_day.is_(None)
        ),
    )
    return {hashes[digest]: household for digest, household in session.execute(statement) if digest}


def _summed(table: Table, found: dict[int, int]) -> list[tuple[int, int]]:
    total: dict[int, int] = {}
    for row in table.rows:
        household = found[row.number]
        total[household] = total.get(household, 0) + cast("int", row.values["amount_fen"])
    return list(total.items())


def _placed(
    fields: Sequence[FieldProblem], table: Table, found: dict[int, int], rows: Sequence[tuple[int, int]]
) -> list[FieldProblem]:
    """Problems of summed rows as problems of the rows in the file."""
    placed: list[FieldProblem] = []
    for problem in fields:
        index = int(problem.pointer.split("/")[2])
        household = rows[index][0]
        placed += [
            _problem(row, problem.code, problem.message)
            for row in table.rows
            if found[row.number] == household
        ]
    return placed[:_MAX_PROBLEMS]


def _problem(row: TableRow, code: str, message: str) -> FieldProblem:
    return FieldProblem(f"/rows/{row.number}", code, message)


def _refuse(problems: list[FieldProblem]) -> None:
    if problems:
        raise InvalidMany("rows", f"{len(problems)}处有误,未导入任何一行", fields=problems[:_MAX_PROBLEMS])
