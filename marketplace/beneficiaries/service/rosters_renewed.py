"""A roster that begins from an earlier version's: who comes, who goes, whose parts change; and a roster as a spreadsheet.

Producers know households by number only, and are shown none: they say what changes, the rest stays unseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.beneficiaries.models import Agreement, AgreementVersion, RosterShare
from marketplace.beneficiaries.service.rosters import MAX_PARTS, Line
from marketplace.core.errors import FieldProblem, Invalid, InvalidMany
from marketplace.core.sheets.cells import Column, whole_number
from marketplace.core.sheets.table import read_table

_MAX_PROBLEMS: Final = 1_000
COLUMNS: Final = (
    Column("household_no", "户编号", whole_number(1, 2**32 - 1), required=True, aliases=("household_no",)),
    Column("parts", "份额", whole_number(1, MAX_PARTS), required=True, aliases=("parts",)),
)


def renewed(
    session: Session,
    agreement: Agreement,
    given: Sequence[tuple[int, int]],
    *,
    roster_of: int | None,
    left: Sequence[int],
    rows: Sequence[int] = (),
) -> list[Line]:
    """The whole roster. Without `roster_of` what is given; with it that version's, changed by `given` and `left`.

    `rows`: where the lines given stand in a file. Raises Invalid for a version that there is not, InvalidMany for households
    in `left` that are not on that version's roster, or that come and go at once.
    """
    said = [
        Line(number, parts, f"/rows/{rows[index]}" if rows else f"/roster/{index}")
        for index, (number, parts) in enumerate(given)
    ]
    if roster_of is None:
        if left:
            raise Invalid("roster_left", "退出的户须与沿用的版本同时填写", pointer="left")
        return said
    before = _roster(session, agreement, roster_of)
    changed, times = {number for number, _ in given}, Counter(left)
    problems = [
        FieldProblem(f"/left/{index}", "household", "该户不在沿用的花名册中")
        for index, number in enumerate(left)
        if number not in before
    ] + [
        FieldProblem(f"/left/{index}", "household_twice", "同一户出现两次")
        for index, number in enumerate(left)
        if number in changed or times[number] > 1
    ]
    if problems:
        raise InvalidMany("roster", f"花名册{len(problems)}处有误", fields=problems[:_MAX_PROBLEMS])
    gone = changed.union(left)
    kept = [Line(number, parts) for number, parts in before.items() if number not in gone]
    return said + kept


def read_roster_file(content: bytes) -> tuple[list[tuple[int, int]], list[int]]:
    """(household_no, parts) of each row of a CSV or XLSX file, and the rows' numbers as the spreadsheet shows them.

    Raises Invalid (``sheet_…``) for a file that cannot be read, InvalidMany with ``/rows/N/column`` for each bad cell.
    """
    table = read_table(content, COLUMNS)
    if table.errors:
        problems = [
            FieldProblem(f"/rows/{error.row}/{error.column}", error.code, error.message_zh)
            for error in table.errors
        ]
        raise InvalidMany("roster", f"花名册{len(problems)}处有误", fields=problems[:_MAX_PROBLEMS])
    found = [
        (cast("int", row.values["household_no"]), cast("int", row.values["parts"])) for row in table.rows
    ]
    return found, [row.number for row in table.rows]


def _roster(session: Session, agreement: Agreement, version: int) -> dict[int, int]:
    version_id = session.scalar(
        sa.select(AgreementVersion.id).where(
            AgreementVersion.agreement_id == agreement.id, AgreementVersion.version == version
        )
    )
    if version_id is None:
        raise Invalid("roster_of", "协议没有这一版", pointer="roster_of")
    rows = session.execute(
        sa.select(RosterShare.household_no, RosterShare.shares)
        .where(RosterShare.version_id == version_id)
        .order_by(RosterShare.household_no)
    )
    return {row.household_no: row.shares for row in rows}
