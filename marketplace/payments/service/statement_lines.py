"""The lines of a statement become receipts, in a few statements for thousands of lines; what is known already is compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.clock import SHANGHAI, day_of, utcnow
from marketplace.core.ids import readable_number, uuid7
from marketplace.core.json_rows import JsonRows
from marketplace.core.privacy import Cell, vault
from marketplace.core.sheets.problems import RowError
from marketplace.payments.layouts import BankLine
from marketplace.payments.models import BankStatement, CollectingAccount, Receipt
from marketplace.payments.rules import receiving
from marketplace.payments.rules.payers import payer_key
from marketplace.payments.rules.refunds import CURRENCY
from marketplace.payments.service.books import post
from marketplace.payments.service.payout_lines import differing_lines, keep_lines
from marketplace.payments.service.supervised import holder_of

AT_ONCE: Final = 5_000
_RECEIPTS: Final = JsonRows(Receipt)
_WRITE: Final = sql(
    f"{_RECEIPTS.insert('rows')} ON CONFLICT (holder_id, account_id, reference) DO NOTHING RETURNING id"
)


@dataclass(slots=True)
class Outcome:
    """What became of the lines; with errors nothing may stand."""

    added: int = 0
    known: int = 0
    added_fen: int = 0
    lines_out: int = 0
    errors: list[RowError] = field(default_factory=list)


def add_lines(
    session: Session,
    kept: BankStatement,
    organisation: Organisation,
    account: CollectingAccount,
    lines: Sequence[BankLine],
) -> Outcome:
    """Write a receipt for every incoming line that is not known, and its arrival into the books.

    A known line must be what it was: another amount or day under the same number is an error of its row, and the caller refuses
    the file. Known lines are looked at before anything is written, and again by the unique key.
    """
    incoming = [line for line in lines if line.is_incoming]
    outcome = Outcome(lines_out=len(lines) - len(incoming))
    new: list[BankLine] = []
    for some in _batches(incoming):
        new += _unknown(session, organisation, account, some, outcome)
    now = utcnow()
    outcome.errors += [
        RowError(line.row, "", "moment_after_now", "时间晚于现在")
        for line in new
        if arrived_at(line.day, line.clock, now) > now
    ]
    holder = holder_of(organisation.id)
    if holder is None:
        outcome.errors += differing_lines(session, account, lines)
    if outcome.errors:
        return outcome
    for some in _batches(new):
        rows = {row["id"]: row for row in (_row(kept, organisation, account, line, now) for line in some)}
        written = session.connection().execute(_WRITE, {"rows": _RECEIPTS.dump(rows.values())})
        added = [rows[receipt_id] for (receipt_id,) in written]
        events = {f"receipt:{row['id']}": receiving.arrived(holder, row["amount_fen"]) for row in added}
        at = {f"receipt:{row['id']}": row["arrived_at"] for row in added}
        post(session, events, at, is_demo=organisation.is_demo)
        outcome.added += len(added)
        outcome.added_fen += sum(row["amount_fen"] for row in added)
    outcome.known = len(incoming) - outcome.added
    if holder is None:
        timed = [(line, min(arrived_at(line.day, line.clock, now), now)) for line in lines]
        keep_lines(session, kept, account, timed, is_demo=organisation.is_demo)
    return outcome


def _batches(lines: Sequence[BankLine]) -> Iterator[Sequence[BankLine]]:
    return (lines[start : start + AT_ONCE] for start in range(0, len(lines), AT_ONCE))


def _unknown(
    session: Session,
    organisation: Organisation,
    account: CollectingAccount,
    lines: Sequence[BankLine],
    outcome: Outcome,
) -> list[BankLine]:
    """The lines that are not there; what was recorded by hand before the account was registered counts as there."""
    rows = session.execute(
        select(Receipt.reference, Receipt.amount_fen, Receipt.arrived_at).where(
            Receipt.holder_id.is_not_distinct_from(holder_of(organisation.id)),
            or_(Receipt.account_id == account.id, Receipt.account_id.is_(None)),
            Receipt.reference.in_([line.reference for line in lines]),
        )
    )
    known = {reference: (amount_fen, day_of(at)) for reference, amount_fen, at in rows}
    found = []
    for line in lines:
        there = known.get(line.reference)
        if there is None:
            found.append(line)
        elif there != (line.amount_fen, line.day):
            outcome.errors.append(RowError(line.row, "", "line_differs", "与已登记的同号到账金额或日期不符"))
    return found


def arrived_at(day: date, clock: time | None, now: datetime) -> datetime:
    """When a line's money arrived: at its time; of a day alone, at its last second, or now on the present day."""
    moment = datetime.combine(day, clock or time(23, 59, 59), SHANGHAI)
    if clock is not None and moment > now >= moment - timedelta(minutes=10):
        return now  # the bank's clock runs a little ahead of ours
    return min(moment, now) if clock is None else moment


def _row(
    kept: BankStatement,
    organisation: Organisation,
    account: CollectingAccount,
    line: BankLine,
    now: datetime,
) -> dict[str, Any]:
    receipt_id = uuid7()
    sealed = None
    if line.payer_account:
        sealed = vault().encrypt(
            Cell("payments.receipt", "payer_account_enc", receipt_id), line.payer_account
        )
    return {
        "id": receipt_id,
        "number": readable_number("K"),
        "holder_id": holder_of(organisation.id),
        "holder_area": organisation.area_code,
        "account_id": account.id,
        "kind": "bank_transfer",
        "reference": line.reference,
        "payer_name": line.payer_name,
        "payer_key": payer_key(line.payer_name),
        "payer_account_enc": sealed,
        "memo": line.memo,
        "amount_fen": line.amount_fen,
        "currency": CURRENCY,
        "open_fen": line.amount_fen,
        "arrived_at": arrived_at(line.day, line.clock, now),
        "statement_id": kept.id,
        "row_no": line.row,
        "recorded_by": kept.requested_by,
        "recorded_at": now,
        "is_demo": organisation.is_demo,
    }
