"""A county's household register as a spreadsheet: one household a row, all or none.

Nothing of the file is kept: the sealed cells and the standing with its document are what remains of it.
"""

from __future__ import annotations

from datetime import date
from typing import Final, cast

from sqlalchemy.orm import Session

from marketplace.beneficiaries.rules import (
    FILE_STANDARDS,
    FILE_STATUSES,
    MONITOR_STATUSES,
    MONITOR_TYPES,
    HouseholdState,
)
from marketplace.beneficiaries.service.bulk import load_households
from marketplace.beneficiaries.service.households import NewHousehold, Standing
from marketplace.beneficiaries.service.identity import Identity
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.errors import FieldProblem, Invalid, InvalidMany
from marketplace.core.identifiers import parse_person_name, parse_resident_id
from marketplace.core.sheets.cells import Column, checked, choice, day, text, whole_number, yes_no
from marketplace.core.sheets.table import TableRow, read_table

_MAX_PROBLEMS: Final = 1_000


def columns() -> tuple[Column, ...]:
    """The headings of a register; coded columns take the Chinese title or the code."""
    return (
        Column("area_code", "村代码", checked(_village_code), required=True),
        Column("name", "户主姓名", checked(parse_person_name), required=True, aliases=("户主", "姓名")),
        Column(
            "resident_id",
            "公民身份号码",
            checked(lambda number: parse_resident_id(number, today())),
            aliases=("身份证号", "身份证号码"),
        ),
        Column("file_standard", "建档标准", choice(_titles(FILE_STANDARDS)), required=True),
        Column("file_status", "建档状态", choice(_titles(FILE_STATUSES)), required=True),
        Column("monitor_type", "监测类型", choice(_titles(MONITOR_TYPES))),
        Column("monitor_status", "监测状态", choice(_titles(MONITOR_STATUSES))),
        Column("members", "家庭人口", whole_number(1, 99), required=True),
        Column("labour", "劳动力", whole_number(0, 99)),
        Column("is_low_income", "低收入人口", yes_no()),
        Column("from_day", "生效日", day(), required=True),
        Column("document_no", "文号", text(100), required=True),
    )


def import_register(session: Session, actor: Actor, content: bytes, *, is_demo: bool = False) -> list[int]:
    """Register every row of a CSV or XLSX file, or none; their household numbers in the order of the file.

    Raises Invalid (``sheet_…``) for a file that cannot be read, InvalidMany with ``/rows/N`` or ``/rows/N/column`` for each
    bad row or cell, N as the spreadsheet shows it. A person on file already is a bad row, so twice adds nothing.
    """
    table = read_table(content, columns())
    if table.errors:
        problems = [
            FieldProblem(f"/rows/{error.row}/{error.column}", error.code, error.message_zh)
            for error in table.errors
        ]
        raise _refusal(problems)
    try:
        return load_households(session, actor, [_household(row, is_demo) for row in table.rows])
    except InvalidMany as error:
        placed = [
            FieldProblem(f"/rows/{table.rows[_index(problem)].number}", problem.code, problem.message)
            for problem in error.fields
        ]
        raise _refusal(placed) from error


def _household(row: TableRow, is_demo: bool) -> NewHousehold:
    values = row.values
    standing = Standing(
        state=HouseholdState(
            cast("str", values["file_status"]),
            cast("str", values["monitor_type"] or "none"),
            cast("str", values["monitor_status"] or "none"),
        ),
        from_day=cast("date", values["from_day"]),
        members=cast("int", values["members"]),
        document_no=cast("str", values["document_no"]),
        labour=cast("int", values["labour"] or 0),
        is_low_income=bool(values["is_low_income"]),
    )
    head = Identity(cast("str", values["name"]), cast("str | None", values["resident_id"]))
    return NewHousehold(
        cast("str", values["area_code"]), cast("str", values["file_standard"]), standing, head, (), is_demo
    )


def _village_code(code: str) -> str:
    if len(code) != 12 or not (code.isascii() and code.isdigit()):
        raise Invalid("village", "应为12位村(社区)代码")
    return code


def _titles(codes: dict[str, str]) -> dict[str, str]:
    return {title: code for code, title in codes.items()}


def _index(problem: FieldProblem) -> int:
    return int(problem.pointer.split("/")[2])


def _refusal(problems: list[FieldProblem]) -> InvalidMany:
    detail = f"{len(problems)}处有误,未导入任何一行"
    return InvalidMany("rows", detail, fields=problems[:_MAX_PROBLEMS])
