"""In which bank accounts money arrives: what organisations have registered, and a copy of it once money was seen there.

An account is registered and changed by two persons in `accounts` (`bank_account_change`); nothing here changes one. The payee of
an order is its seller: the contract's, the invoice's and the account's organisation are one (docs/rules.md, "Payment notices").
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.accounts.service import bank_accounts
from marketplace.core.clock import utcnow
from marketplace.core.ids import uuid7
from marketplace.core.privacy import Cell, vault
from marketplace.payments.models import CollectingAccount

_COLUMN = "payments.collecting_account.account_enc"


def registered_account(session: Session, organisation: Organisation) -> CollectingAccount | None:
    """The copy of the account that an organisation has registered now; made when it is seen first. None without one."""
    number = bank_accounts.number_of(organisation)
    if number is None:
        return None
    found = _find(session, organisation, number)
    if found is not None:
        return found
    account_id = uuid7()
    # Of two who see it first at once one writes it; the key decides.
    session.execute(
        insert(CollectingAccount)
        .values(
            id=account_id,
            organisation_id=organisation.id,
            bank_name=organisation.bank_name or "",
            account_enc=vault().encrypt(_cell(account_id), number),
            account_hash=vault().keyed_hash(_COLUMN, number),
            created_at=utcnow(),
        )
        .on_conflict_do_nothing(index_elements=["organisation_id", "account_hash"])
    )
    return _find(session, organisation, number)


def number_in(account: CollectingAccount) -> str:
    """The full number of an account: for comparing it with a statement's, never for an answer."""
    return vault().decrypt(_cell(account.id), account.account_enc)


def _find(session: Session, organisation: Organisation, number: str) -> CollectingAccount | None:
    return session.scalar(
        select(CollectingAccount).where(
            CollectingAccount.organisation_id == organisation.id,
            CollectingAccount.account_hash.in_(vault().lookup_hashes(_COLUMN, number)),
        )
    )


def _cell(account_id: object) -> Cell:
    return Cell("payments.collecting_account", "account_enc", str(account_id))
