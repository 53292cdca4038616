"""Statements as banks write them, for tests: rows rendered in any layout, and accounts registered as two persons would."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.clock import shanghai, today, utcnow
from marketplace.core.ids import uuid7
from marketplace.core.privacy import Cell, vault
from marketplace.core.sheets.export import write_xlsx
from marketplace.payments.layouts import LAYOUT_BY_CODE, Layout, read_statement
from marketplace.payments.models import BankStatement
from marketplace.payments.service.accounts import registered_account
from marketplace.payments.service.bank_statements import import_statement

ACCOUNT = "6222020200112233445"
DAY = date(2020, 10, 1)
AFTERNOON = shanghai(2020, 10, 1, 16)


@dataclass(frozen=True)
class BankRow:
    """A line of an account; `fen` below zero is money out."""

    fen: int
    payer_name: str = "演示预算单位"
    memo: str = ""
    serial: str = "S1"
    day: date = DAY
    clock: time | None = time(15, 30, 12)
    payer_account: str = "62220000000000001"
    balance_fen: int = 1_000_000


def yuan(fen: int) -> str:
    """1234567 → 12,345.67."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def cell(layout: Layout, field: str, place: int, row: BankRow, number: int, account: str) -> str:
    """What the bank writes into a column."""
    form = next((one for one in layout.moments if "%H" in one), layout.moments[0])
    if row.clock is None:
        form = next((one for one in layout.moments if "%H" not in one), form)
    stamp = _stamp(row, form)
    return {
        "moment": stamp,
        "clock": row.clock.strftime(layout.clocks[0]) if row.clock and layout.clocks else "",
        "income": yuan(row.fen) if row.fen > 0 else "",
        "outgo": yuan(-row.fen) if row.fen < 0 else "",
        "amount": yuan(row.fen if layout.amounts == "signed" else abs(row.fen)),
        "direction": (layout.incoming or ("",))[0] if row.fen > 0 else (layout.outgoing or ("",))[0],
        "currency": "人民币",
        "balance": yuan(row.balance_fen),
        "payer_name": row.payer_name,
        "payer_account": row.payer_account,
        "memo": row.memo if place == 0 else "",
        "serial": row.serial,
        "account": account,
        "ignored": str(number),
    }[field]


def _stamp(row: BankRow, form: str) -> str:
    clock = row.clock or time(0)
    return (
        form.replace("%Y", f"{row.day.year:04d}")
        .replace("%m", f"{row.day.month:02d}")
        .replace("%d", f"{row.day.day:02d}")
        .replace("%H", f"{clock.hour:02d}")
        .replace("%M", f"{clock.minute:02d}")
        .replace("%S", f"{clock.second:02d}")
    )


def table(
    layout: Layout, rows: Sequence[BankRow], account: str = ACCOUNT
) -> tuple[list[str], list[list[str]]]:
    """Headings and cells of the rows in a layout."""
    headings = [one.title for one in layout.headings]
    places = []
    seen: dict[str, int] = {}
    for one in layout.headings:
        places.append(seen.get(one.field, 0))
        seen[one.field] = seen.get(one.field, 0) + 1
    cells = [
        [
            cell(layout, one.field, place, row, number, account)
            for one, place in zip(layout.headings, places, strict=True)
        ]
        for number, row in enumerate(rows, 1)
    ]
    return headings, cells


def before(layout: Layout, account: str = ACCOUNT) -> list[list[str]]:
    """What stands before the table."""
    found = [["账户明细"]] if layout.preamble > 1 else []
    if layout.account_labels:
        found.append([layout.account_labels[0], account])
    return found


def as_csv(layout: Layout, rows: Sequence[BankRow], *, account: str = ACCOUNT, footer: bool = True) -> bytes:
    """A statement as the bank's CSV file, in the bank's encoding."""
    headings, cells = table(layout, rows, account)
    return to_csv(layout, [*before(layout, account), headings, *cells, *_footer(layout, footer)])


def to_csv(layout: Layout, lines: Sequence[Sequence[str]]) -> bytes:
    """Lines in the encoding of a bank."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(lines)
    return out.getvalue().encode(layout.encoding)


def as_xlsx(layout: Layout, rows: Sequence[BankRow], *, account: str = ACCOUNT, footer: bool = True) -> bytes:
    """The same as a workbook."""
    headings, cells = table(layout, rows, account)
    return write_xlsx(headings, cells, before=before(layout, account), after=_footer(layout, footer))


def _footer(layout: Layout, wanted: bool) -> list[list[str]]:
    return [[layout.footers[0], "1,000.00"]] if wanted and layout.footers else []


def register(session: Session, organisation_id: Any, number: str = ACCOUNT) -> Organisation:
    """Give an organisation a bank account, as an approved change does."""
    organisation = session.get_one(Organisation, organisation_id)
    organisation.bank_name = "演示银行梅县支行"
    organisation.bank_account_enc = vault().encrypt(
        Cell("accounts.organisation", "bank_account_enc", organisation.id), number
    )
    session.flush()
    return organisation


def import_file(
    session: Session, organisation: Organisation, content: bytes, layout: str = "ccb"
) -> BankStatement:
    """Import the bytes of a statement at once, without a file and a job; Refused when the file is."""
    account = registered_account(session, organisation)
    assert account is not None
    kept = BankStatement(
        id=uuid7(),
        organisation_id=organisation.id,
        area_code=organisation.area_code,
        layout=layout,
        file_sha256=hashlib.sha256(content).digest(),
        requested_at=utcnow(),
        lines_in=0,
        lines_added=0,
        lines_known=0,
    )
    session.add(kept)
    session.flush()
    statement = read_statement(content, LAYOUT_BY_CODE[layout], today())
    import_statement(session, kept, organisation, account, statement)
    session.flush()
    return kept


def import_rows(
    session: Session, organisation: Organisation, *rows: BankRow, layout: str = "ccb"
) -> BankStatement:
    """Import rows as a statement of the organisation's bank."""
    return import_file(session, organisation, as_csv(LAYOUT_BY_CODE[layout], rows), layout)
