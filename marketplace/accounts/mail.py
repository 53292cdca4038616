"""Mail about notices: the worker writes each message as a file into ``mail/new`` of the data directory.

The host's mail server collects it from there (docs/operations.md), so that no network call happens inside a transaction and a
job done twice writes the same file again. Without a `mail_sender` nothing is written. A message names what happened and where
to look; it never carries figures or personal data.
"""

from __future__ import annotations

import os
import uuid
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.codes import NOTICE_KINDS
from marketplace.accounts.models import Account, InboxNotice, Person
from marketplace.core.privacy import Cell, vault
from marketplace.core.settings import Settings


def send_notice(session: Session, payload: dict[str, Any]) -> dict[str, Any]:
    """Job ``accounts.mail``: one message per addressee with an address. Returns how many were written."""
    settings: Settings = current_app.extensions["settings"]
    notice = session.get(InboxNotice, uuid.UUID(payload["notice_id"]))
    if not settings.mail_sender or notice is None:
        return {"written": 0}
    written = 0
    for person in _addressees(session, notice):
        if person.mail_enc is not None:
            address = vault().decrypt(Cell("accounts.person", "mail_enc", person.id), person.mail_enc)
            message = compose(settings.mail_sender, address, notice)
            _write(settings.data_dir / "mail" / "new", f"{notice.id}.{person.id}.eml", message)
            written += 1
    return {"written": written}


def compose(sender: str, address: str, notice: InboxNotice) -> EmailMessage:
    """The message about a notice; it says what kind of thing happened and nothing of it."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = sender, address
    message["Subject"] = f"[三专一平台] {NOTICE_KINDS.get(notice.kind, '新通知')}"
    message["Message-ID"] = f"<{notice.id}@sanzhuan.invalid>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        f"您有一条新通知:{NOTICE_KINDS.get(notice.kind, '新通知')}。请登录平台在“通知”中查看。\n"
    )
    return message


def _addressees(session: Session, notice: InboxNotice) -> list[Person]:
    return list(
        session.scalars(
            select(Person)
            .where(
                Person.id.in_(
                    select(Account.person_id).where(
                        Account.status == "active",
                        or_(
                            Account.id == notice.account_id,
                            Account.organisation_id == notice.organisation_id,
                        ),
                    )
                )
            )
            .order_by(Person.id)
        )
    )


def _write(folder: Path, name: str, message: EmailMessage) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder.parent / f"{name}.tmp"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(message.as_bytes())
    draft.replace(folder / name)
