"""Importing a bank's statement: the file is kept, a job reads it and adds what is new, all of it or nothing.

What a line is known by is unique within its account, so the same file twice, two overlapping files, or two workers at once add
each line once. What the money is for is decided afterwards, batch by batch (`matching`).
Source: docs/rules.md, "Bank statements".
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Account, Organisation
from marketplace.accounts.service import identity, inbox
from marketplace.core import audit, files, jobs
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import today, utcnow
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.ids import uuid7
from marketplace.core.scope import visible
from marketplace.core.sheets.problems import RowError
from marketplace.payments.layouts import LAYOUT_BY_CODE, Refused, Statement, read_statement
from marketplace.payments.models import BankStatement, CollectingAccount
from marketplace.payments.service.accounts import number_in, registered_account
from marketplace.payments.service.statement_lines import add_lines

JOB: Final = "payments.bank_statement"
_PURPOSE: Final = "导入银行流水"


def ask(
    session: Session, actor: Actor, organisation_id: uuid.UUID, layout: str, name: str, content: bytes
) -> BankStatement:
    """Keep a file of an organisation's account and queue its import.

    Raises Invalid (`layout_unknown`, and `file_…` for what is no table), Conflict (`no_bank_account`), TooLarge, Forbidden,
    NotFound.
    """
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound
    actor.require("payments.record", area=organisation.area_code, owners=(organisation.id,))
    if layout not in LAYOUT_BY_CODE:
        raise Invalid("layout_unknown", "没有这种流水格式", pointer="/layout")
    if registered_account(session, organisation) is None:
        raise Conflict("no_bank_account", "该单位没有登记银行账户")
    # The bank's paper has names and accounts of others: sealed at rest, read by the job alone.
    stored = files.store(
        session,
        system_actor(),
        name=name or "statement",
        content=content,
        file_class="restricted",
        owner_id=organisation.id,
        area_code=organisation.area_code,
    )
    kept = BankStatement(
        id=uuid7(),
        organisation_id=organisation.id,
        area_code=organisation.area_code,
        layout=layout,
        file_id=stored.id,
        file_sha256=hashlib.sha256(content).digest(),
        requested_by=actor.audit_id,
        requested_at=utcnow(),
        lines_in=0,
        lines_added=0,
        lines_known=0,
    )
    session.add(kept)
    session.flush()
    audit.record(
        session, actor, "payments.statement.asked", "bank_statement", kept.id,
        area_code=kept.area_code, detail={"layout": layout},
    )  # fmt: skip
    jobs.enqueue(
        session, JOB, {"statement_id": str(kept.id)}, key=f"statement {kept.id}", actor_id=actor.audit_id
    )
    return kept


def do(session: Session, payload: dict[str, Any]) -> dict[str, Any]:
    """The job: import a queued statement; one that is done stays as it is. A wrong file ends as refused, with its rows."""
    kept = session.get_one(BankStatement, uuid.UUID(payload["statement_id"]), with_for_update=True)
    if kept.state == "queued":
        _run(session, kept)
        told = {"state": kept.state, "added": kept.lines_added, "errors": len(kept.errors)}
        inbox.notify(
            session,
            "import_finished",
            "bank_statement",
            kept.id,
            account_id=kept.requested_by,
            detail=told,
            mail=False,
        )
    return {"state": kept.state, "added": kept.lines_added, "errors": len(kept.errors)}


def _run(session: Session, kept: BankStatement) -> None:
    """Read the file and add its lines, as who asked for it may now."""
    organisation = session.get_one(Organisation, kept.organisation_id)
    actor = _asker(session, kept)
    if kept.requested_by is not None and (
        actor is None
        or not actor.may_on("payments.record", area=organisation.area_code, owners=(organisation.id,))
    ):
        return _refuse(kept, [RowError(0, "", "account", "申请导入的账号已停用或不再有权限")])
    account = registered_account(session, organisation)
    if account is None or kept.file_id is None:
        return _refuse(kept, [RowError(0, "", "no_bank_account", "该单位没有登记银行账户")])
    try:
        content = files.read(session, system_actor(), kept.file_id, purpose=_PURPOSE)
        statement = read_statement(content, LAYOUT_BY_CODE[kept.layout], today())
    except Invalid as refused:
        return _refuse(kept, [RowError(0, "", refused.code, refused.detail)])
    except Refused as refused:
        return _refuse(kept, refused.errors)
    import_statement(session, kept, organisation, account, statement)
    return None


def import_statement(
    session: Session,
    kept: BankStatement,
    organisation: Organisation,
    account: CollectingAccount,
    statement: Statement,
) -> None:
    """Add the lines of a statement that was read; or refuse it, when it is another account's or differs from what is known."""
    if statement.account is not None and not _is_same(statement.account, number_in(account)):
        return _refuse(kept, [RowError(0, "", "another_account", "文件不是该单位登记账户的流水")])
    outcome = add_lines(session, kept, organisation, account, statement.lines)
    if outcome.errors:
        return _refuse(kept, outcome.errors)
    kept.account_id = account.id
    kept.lines_out = outcome.lines_out
    kept.lines_in = outcome.added + outcome.known
    kept.lines_added, kept.lines_known, kept.added_fen = outcome.added, outcome.known, outcome.added_fen
    kept.state = "imported"
    kept.done_at = utcnow()
    session.flush()
    audit.record(
        session, None, "payments.statement.imported", "bank_statement", kept.id,
        area_code=kept.area_code, detail={"added": outcome.added, "known": outcome.known},
    )  # fmt: skip
    return None


def _is_same(told: str, registered: str) -> bool:
    """Banks mask the middle of a number in some files; what is shown must agree."""
    figures = told.replace("-", "")
    if len(figures) != len(registered):
        return False
    return all(one in ("*", other) for one, other in zip(figures, registered, strict=True))


def _refuse(kept: BankStatement, errors: list[RowError] | tuple[RowError, ...]) -> None:
    kept.state = "refused"
    kept.errors = [asdict(error) for error in errors]
    kept.done_at = utcnow()


def _asker(session: Session, kept: BankStatement) -> Actor | None:
    login = session.scalar(select(Account.login).where(Account.id == kept.requested_by))
    return identity.actor_of_account(session, login) if login else None


def statements_seen(actor: Actor) -> Select[BankStatement]:
    """Statements of the accounts that an actor may see, unsorted, for a paged list."""
    return select(BankStatement).where(
        visible(
            actor, "payments.record", area=BankStatement.area_code, owners=[BankStatement.organisation_id]
        )
    )


def statement_of(session: Session, actor: Actor, statement_id: uuid.UUID) -> BankStatement:
    """One statement; NotFound when there is none or the actor may not see it."""
    kept = session.scalar(statements_seen(actor).where(BankStatement.id == statement_id))
    if kept is None:
        raise NotFound
    return kept
