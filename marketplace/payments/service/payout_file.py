"""The payout file as the bank takes it: accounts in full, so every download is recorded."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.privacy import vault
from marketplace.core.sheets.export import Value, write_csv, write_xlsx
from marketplace.payments.models import Payout, PayoutFile, PayoutInstruction, SettlementRun
from marketplace.payments.rules.payout_layouts import LAYOUT_BY_CODE
from marketplace.payments.service.payouts import account_cell
from marketplace.payments.service.settlement import SETTLE


def write_payout_file(
    session: Session, actor: Actor, number: str, *, layout: str, file_format: str
) -> tuple[PayoutFile, bytes]:
    """A payout file in one of the layouts, as csv or xlsx; the same file gives the same bytes. NotFound for one unseen."""
    file = session.scalars(files_seen(actor).where(PayoutFile.number == number)).one_or_none()
    if file is None:
        raise NotFound("payout_file_not_found", "没有这个付款清单")
    lines: list[dict[str, Value]] = [
        {
            "payee_name": line.payee_name,
            "account": vault().decrypt(account_cell(line.id), line.account_enc),
            "bank_name": line.bank_name,
            "amount_fen": line.amount_fen,
            "purpose": f"货款结算 {run_number}",
            "number": f"{payout_number}-{line.attempt}",
        }
        for line, payout_number, run_number in session.execute(
            select(PayoutInstruction, Payout.number, SettlementRun.number)
            .join(Payout, Payout.id == PayoutInstruction.payout_id)
            .join(SettlementRun, SettlementRun.id == Payout.run_id)
            .where(PayoutInstruction.file_id == file.id)
            .order_by(PayoutInstruction.line_no)
        )
    ]
    audit.record(
        session,
        actor,
        "payments.payout_file.read",
        "payout_file",
        file.number,
        purpose="付款清单下载",
        detail={"layout": layout, "lines": len(lines)},
    )
    chosen = LAYOUT_BY_CODE[layout]
    write = write_csv if file_format == "csv" else write_xlsx
    return file, write(chosen.headings, chosen.rows(lines))


def files_seen(actor: Actor) -> Select[PayoutFile]:
    """Payout files, unsorted: of those who settle over the whole country, since a file is of many places; else those one made."""
    statement = select(PayoutFile)
    if actor.may_on(SETTLE, area=None):
        return statement
    return statement.where(PayoutFile.made_by == actor.audit_id)
