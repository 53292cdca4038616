"""Transfers as a file for people. Amounts in yuan."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import day_of
from marketplace.core.errors import Conflict
from marketplace.core.money import yuan
from marketplace.core.sheets.export import Value, write_csv, write_xlsx
from marketplace.payments.models import Transfer
from marketplace.payments.rules.accounts import ACCOUNT_BY_CODE, KINDS
from marketplace.payments.service.book_reading import names_of, transfers_seen

MOST_ROWS: Final = 50_000
HEADINGS: Final = (
    "序号",
    "日期",
    "摘要",
    "借方科目",
    "借方单位",
    "贷方科目",
    "贷方单位",
    "金额(元)",
    "订单",
    "凭据",
    "冲正序号",
)


def transfer_file(session: Session, actor: Actor, file_format: str, filters: dict[str, Any]) -> bytes:
    """Transfers that the actor may see, by number, as csv or xlsx. Conflict (`too_many_transfers`) above 50,000."""
    found = session.execute(
        transfers_seen(actor, **filters).order_by(Transfer.transfer_no).limit(MOST_ROWS + 1)
    ).all()
    if len(found) > MOST_ROWS:
        raise Conflict("too_many_transfers", "流水过多,请缩小日期范围")
    names = names_of(session, [row.Transfer for row in found])
    rows = [_row(row.Transfer, row.order_number, names) for row in found]
    return (
        write_csv(HEADINGS, rows) if file_format == "csv" else write_xlsx(HEADINGS, rows, sheet_name="流水")
    )


def _row(one: Transfer, order_number: str | None, names: dict[Any, str]) -> list[Value]:
    return [
        one.transfer_no,
        day_of(one.happened_at),
        KINDS[one.kind],
        ACCOUNT_BY_CODE[one.debit_account].title,
        names.get(one.debit_party),
        ACCOUNT_BY_CODE[one.credit_account].title,
        names.get(one.credit_party),
        yuan(one.amount_fen),
        order_number,
        one.event,
        one.reverses_no,
    ]
