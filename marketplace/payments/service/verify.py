"""Whether orders, lines, runs, payouts and the books of money say the same, to the fen. Each check names the first difference.

Run by `flask payments verify`, and daily by the worker; the goal is that nothing is found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.core.db import transaction
from marketplace.payments.rules.accounts import ACCOUNT_BY_CODE, KINDS
from marketplace.payments.service.checks import (
    open_amount_differences,
    receipt_differences,
    waiting_differences,
)
from marketplace.payments.service.invoices.differences import invoice_differences
from marketplace.payments.service.levy_reading import levy_differences
from marketplace.payments.service.verify_statements import STATEMENTS

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """A check and the first thing that breaks it, None when nothing does."""

    code: str
    title: str
    broken: str | None


def verify(session: Session) -> list[Finding]:
    """Every check, read in one snapshot. Nothing is mended here."""
    differences = open_amount_differences(session, limit=1)
    first = (
        f"order {differences[0].order_number}: open {differences[0].open_fen}, booked {differences[0].booked_fen}"
        if differences
        else None
    )
    findings = [Finding("M1", "orders are the books: what is open on each is what its buyer owes", first)]
    checks: list[tuple[str, str, Callable[[Session], str | None]]] = [
        ("M3", "only declared accounts and kinds", _undeclared),
        ("M12", "of every receipt and balance all is explained, once", _receipts),
        ("M13", "what waits in the books is what is open of receipts and balances", _waiting),
        ("M14", "what orders say of their invoices is what the invoices' lines say", _invoices),
        (
            "M16",
            "a levy statement is the sum of its charges, and no charge is agreed twice",
            levy_differences,
        ),
    ]
    for code, title, statement in STATEMENTS:
        found = session.scalar(sql(statement))
        findings.append(Finding(code, title, None if found is None else str(found)))
    for code, title, check in checks:
        findings.append(Finding(code, title, check(session)))
    return sorted(findings, key=lambda one: int(one.code[1:]))


def report_differences() -> int:
    """The daily check: each difference goes to the log as an error; how many there are."""
    with transaction(snapshot=True) as session:
        broken = [one for one in verify(session) if one.broken is not None]
    for one in broken:
        log.error("books_differ", check=one.code, title=one.title, first=one.broken)
    return len(broken)


def _undeclared(session: Session) -> str | None:
    rows = session.execute(
        sql(
            "SELECT DISTINCT kind, debit_account, credit_account FROM payments.transfer"
            " ORDER BY kind, debit_account, credit_account"
        )
    )
    for kind, debit, credit in rows:
        if kind not in KINDS or debit not in ACCOUNT_BY_CODE or credit not in ACCOUNT_BY_CODE:
            return f"{kind}: {debit} from {credit}"
    return None


def _receipts(session: Session) -> str | None:
    found = receipt_differences(session, limit=1)
    return str(found[0]) if found else None


def _waiting(session: Session) -> str | None:
    found = waiting_differences(session)
    return "; ".join(f"{account}: {pair}" for account, pair in sorted(found.items())) or None


def _invoices(session: Session) -> str | None:
    found = invoice_differences(session, limit=1)
    return f"order {found[0].order_number}" if found else None
