"""The bank account of an organisation: changed by two persons, kept as an encrypted cell, shown by its last four digits."""

from __future__ import annotations

import base64
import uuid

from sqlalchemy import update
from sqlalchemy.orm import Session

from marketplace.accounts.models import Approval, Organisation
from marketplace.accounts.service import approvals, organisations
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.identifiers import parse_bank_account
from marketplace.core.ids import uuid7
from marketplace.core.privacy import Cell, mask_bank_account, vault

ACTION = "bank_account_change"


def ask_change(
    session: Session, actor: Actor, organisation_id: uuid.UUID, bank_name: str, account: str, reason: str
) -> Approval:
    """Ask for another bank account of an organisation that the actor acts for.

    Raises Invalid `bank_account_shape`, Conflict `approval_pending`, Forbidden, NotFound.
    """
    organisation = organisations.get(session, actor, organisation_id)
    actor.require("accounts.bank", area=organisation.area_code, owners=(organisation.id,))
    number = parse_bank_account(account, pointer="/bank_account")
    approval_id = uuid7()
    token = vault().encrypt(_cell_of_approval(approval_id), number)
    return approvals.ask(
        session,
        actor,
        approvals.Request(
            action=ACTION,
            subject_kind="organisation",
            subject_id=str(organisation.id),
            area_code=organisation.area_code,
            payload={
                "bank_name": bank_name,
                "bank_account_shown": mask_bank_account(number),
                "bank_account_token": base64.b64encode(token).decode(),
            },
            reason=reason,
            approval_id=approval_id,
        ),
    )


def apply_change(session: Session, actor: Actor, approval: Approval) -> None:
    """Write the approved account into the organisation and spend the approval, in the transaction of the decision."""
    organisation_id = uuid.UUID(approval.subject_id)
    spent = approvals.use(session, actor, approval.id, ACTION, approval.subject_id)
    token = base64.b64decode(spent.payload["bank_account_token"])
    number = vault().decrypt(_cell_of_approval(approval.id), token)
    session.execute(
        update(Organisation)
        .where(Organisation.id == organisation_id)
        .values(
            bank_name=spent.payload["bank_name"],
            bank_account_enc=vault().encrypt(_cell(organisation_id), number),
            row_version=Organisation.row_version + 1,
        )
    )
    approvals.forget_cells(session, spent)


def masked(organisation: Organisation) -> str | None:
    """``**** 0128``; None without an account."""
    if organisation.bank_account_enc is None:
        return None
    return mask_bank_account(vault().decrypt(_cell(organisation.id), organisation.bank_account_enc))


def number_of(organisation: Organisation) -> str | None:
    """The full number, for programs that compare or print it on a payment notice; None without an account.

    Whoever shows it to somebody records that (`note_shown`).
    """
    if organisation.bank_account_enc is None:
        return None
    return vault().decrypt(_cell(organisation.id), organisation.bank_account_enc)


def read_full(session: Session, actor: Actor, organisation_id: uuid.UUID, purpose: str) -> str:
    """The full account number, for a payment order; the reading and its purpose are recorded.

    Raises NotFound when there is none or the actor may not see it.
    """
    organisation = session.get(Organisation, organisation_id)
    number = None if organisation is None else number_of(organisation)
    if organisation is None or number is None:
        raise NotFound
    actor.require_visible("payments.record", area=organisation.area_code, owners=(organisation.id,))
    note_shown(session, actor, organisation, purpose)
    return number


def note_shown(session: Session, actor: Actor, organisation: Organisation, purpose: str) -> None:
    """Write into the trail that somebody was shown the full number, and for what."""
    audit.record(
        session,
        actor,
        "accounts.bank_account.read",
        "organisation",
        organisation.id,
        area_code=organisation.area_code,
        purpose=purpose,
    )


def _cell(organisation_id: uuid.UUID) -> Cell:
    return Cell("accounts.organisation", "bank_account_enc", organisation_id)


def _cell_of_approval(approval_id: uuid.UUID) -> Cell:
    return Cell("accounts.approval", "bank_account", approval_id)
