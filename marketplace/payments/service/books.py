"""Writing the ledger of money and reading its balances. Nothing here decides what a transfer should be: `rules.accounts` does."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, case, func, literal, select, union_all
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import Conflict
from marketplace.core.json_rows import JsonRows
from marketplace.payments.models import Transfer
from marketplace.payments.rules.accounts import ACCOUNT_BY_CODE, KINDS, Leg

_REVERSED: Final = {"uq_transfer_reverses_no": Conflict("already_reversed", "该笔已冲正")}
_ROWS: Final = JsonRows(Transfer)
#: The text of the statement that books what `dump` made of transfers, given as the parameter `rows`; a replay writes nothing.
POST: Final = f"{_ROWS.insert('rows')} ON CONFLICT (event, line_no) DO NOTHING"
_POST: Final = sql(POST)


def post(
    session: Session,
    events: Mapping[str, Sequence[Leg]],
    happened_at: datetime | Mapping[str, datetime],
    *,
    is_demo: bool = False,
) -> int:
    """Book what each event moved; how many transfers were written. `happened_at` is that of all events, or of each.

    An event that is booked already is left as it is: 0 for a replay. LookupError for an account or kind nobody declared.
    """
    rows = rows_of(events, happened_at, is_demo=is_demo)
    if not rows:
        return 0
    return session.connection().execute(_POST, {"rows": dump(rows)}).rowcount


def rows_of(
    events: Mapping[str, Sequence[Leg]],
    happened_at: datetime | Mapping[str, datetime],
    *,
    is_demo: bool,
) -> list[dict[str, object]]:
    """The transfers of events as rows, not yet written. LookupError as for `post`."""
    now = utcnow()
    return [
        _row(event, number, leg)
        | {
            "happened_at": happened_at if isinstance(happened_at, datetime) else happened_at[event],
            "booked_at": now,
            "is_demo": is_demo,
        }
        for event, legs in events.items()
        for number, leg in enumerate(legs, 1)
    ]


def dump(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows of `rows_of` as the one parameter of `POST`."""
    return _ROWS.dump(rows)


def reverse(session: Session, event: str, by: str, happened_at: datetime) -> int:
    """Book the opposite of every transfer of `event` as the event `by`; how many.

    Conflict (`already_reversed`) when one of them was reversed before; LookupError when nothing was booked under `event`.
    """
    booked = session.scalars(select(Transfer).where(Transfer.event == event).order_by(Transfer.line_no)).all()
    if not booked:
        raise LookupError(f"nothing is booked under {event}")
    now = utcnow()
    opposite = [
        Transfer(
            event=by,
            line_no=one.line_no,
            kind="reversed",
            debit_account=one.credit_account,
            debit_party=one.credit_party,
            credit_account=one.debit_account,
            credit_party=one.debit_party,
            order_id=one.order_id,
            amount_fen=one.amount_fen,
            happened_at=happened_at,
            booked_at=now,
            reverses_no=one.transfer_no,
            is_demo=one.is_demo,
        )
        for one in booked
    ]
    with refusing(_REVERSED):
        session.add_all(opposite)
        session.flush()
    return len(booked)


def sides(
    *where: ColumnElement[bool],
) -> Select[tuple[str, uuid.UUID | None, uuid.UUID | None, int, datetime]]:
    """Every transfer twice, as (account, party, order_id, amount_fen, happened_at): positive if debited, negative if credited."""
    debit = select(
        Transfer.debit_account.label("account"),
        Transfer.debit_party.label("party"),
        Transfer.order_id,
        Transfer.amount_fen.label("amount_fen"),
        Transfer.happened_at,
    ).where(*where)
    credit = select(
        Transfer.credit_account,
        Transfer.credit_party,
        Transfer.order_id,
        -Transfer.amount_fen,
        Transfer.happened_at,
    ).where(*where)
    both = union_all(debit, credit).subquery()
    return select(both.c.account, both.c.party, both.c.order_id, both.c.amount_fen, both.c.happened_at)


def balance(
    session: Session, account: str, *, party: uuid.UUID | None = None, order_id: uuid.UUID | None = None
) -> int:
    """What stands on an account in fen, on its usual side: positive is a debt to us, or our debt to another.

    `party` and `order_id` narrow it; without them it is the whole account's.
    """
    debit = case((Transfer.debit_account == account, Transfer.amount_fen), else_=literal(0))
    credit = case((Transfer.credit_account == account, Transfer.amount_fen), else_=literal(0))
    if party is not None:
        debit = case((Transfer.debit_party == party, debit), else_=literal(0))
        credit = case((Transfer.credit_party == party, credit), else_=literal(0))
    statement = select(func.coalesce(func.sum(debit - credit), 0)).where(
        (Transfer.debit_account == account) | (Transfer.credit_account == account)
    )
    if order_id is not None:
        statement = statement.where(Transfer.order_id == order_id)
    found = int(session.scalar(statement) or 0)
    return found if ACCOUNT_BY_CODE[account].side == "debit" else -found


def _row(event: str, number: int, leg: Leg) -> dict[str, object]:
    for side in (leg.debit, leg.credit):
        if side.account not in ACCOUNT_BY_CODE:
            raise LookupError(f"no account {side.account}")
    if leg.kind not in KINDS:
        raise LookupError(f"no kind of transfer {leg.kind}")
    return {
        "event": event,
        "line_no": number,
        "kind": leg.kind,
        "debit_account": leg.debit.account,
        "debit_party": leg.debit.party,
        "credit_account": leg.credit.account,
        "credit_party": leg.credit.party,
        "order_id": leg.order_id,
        "amount_fen": leg.amount_fen,
    }
