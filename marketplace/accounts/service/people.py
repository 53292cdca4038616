"""People and their accounts. Administrators open, disable and reset accounts; they never choose a password.

A person may hold several accounts; four-eyes rules compare persons. Phone and mail are encrypted cells.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.accounts import passwords
from marketplace.accounts.models import Account, ApiToken, Organisation, Person, SignInSession
from marketplace.accounts.rules import parse_login
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Forbidden, Invalid, NotFound
from marketplace.core.identifiers import parse_mobile
from marketplace.core.ids import uuid7
from marketplace.core.privacy import Cell, vault


@dataclass(frozen=True)
class OpenedAccount:
    """An account just opened or reset, with the password that is shown once."""

    account: Account
    password: str = field(repr=False)


def add_person(
    session: Session, actor: Actor, display_name: str, *, phone: str | None = None, mail: str | None = None
) -> Person:
    """Add a person by job name (梅县区经办员). Raises Invalid (`name`, `mobile_shape`, `mail`) and Forbidden."""
    if not actor.may("accounts.people"):
        raise Forbidden("role")
    return new_person(session, actor, display_name, phone=phone, mail=mail)


def new_person(
    session: Session, actor: Actor, display_name: str, *, phone: str | None = None, mail: str | None = None
) -> Person:
    """As `add_person`, for a use case that has asked for another permission."""
    if not display_name.strip():
        raise Invalid("name", "名称不能为空", pointer="/display_name")
    person = Person(id=uuid7(), display_name=display_name.strip(), created_at=utcnow())
    if phone is not None:
        person.phone_enc = vault().encrypt(
            Cell("accounts.person", "phone_enc", person.id), parse_mobile(phone, pointer="/phone")
        )
    if mail is not None:
        person.mail_enc = vault().encrypt(Cell("accounts.person", "mail_enc", person.id), _mail(mail))
    session.add(person)
    session.flush()
    audit.record(session, actor, "accounts.person.added", "person", person.id)
    return person


def open_account(
    session: Session,
    actor: Actor,
    person_id: uuid.UUID,
    login: str,
    *,
    organisation_id: uuid.UUID | None = None,
    opened_by_unit: bool = False,
) -> OpenedAccount:
    """Open an account with a random password, returned once.

    `opened_by_unit` marks accounts that a budget unit opened (先货后款 is for these alone).
    Raises Invalid `login`, AlreadyExists `login_taken`, NotFound, Forbidden.
    """
    organisation = session.get(Organisation, organisation_id) if organisation_id is not None else None
    if session.get(Person, person_id) is None or (organisation_id is not None and organisation is None):
        raise NotFound
    actor.require("accounts.people", area=organisation.area_code if organisation else None)
    return new_account(session, actor, person_id, login, organisation, opened_by_unit=opened_by_unit)


def new_account(
    session: Session,
    actor: Actor,
    person_id: uuid.UUID,
    login: str,
    organisation: Organisation | None,
    *,
    opened_by_unit: bool,
) -> OpenedAccount:
    """As `open_account`, for a use case that has asked for another permission."""
    password = passwords.new_password()
    account = Account(
        person_id=person_id,
        organisation_id=organisation.id if organisation else None,
        login=parse_login(login, pointer="/login"),
        password_hash=passwords.hash_password(password),
        opened_by_unit=opened_by_unit,
        status="active",
        failed_logins=0,
        created_at=utcnow(),
    )
    with refusing({"uq_account_login": AlreadyExists("login_taken", "登录名已被使用")}):
        session.add(account)
        session.flush()
    audit.record(
        session,
        actor,
        "accounts.account.opened",
        "account",
        account.id,
        area_code=organisation.area_code if organisation else None,
        detail={"opened_by_unit": opened_by_unit},
    )
    return OpenedAccount(account, password)


def disable(session: Session, actor: Actor, account_id: uuid.UUID) -> None:
    """Disable an account; its sessions and tokens are dead with the commit. Raises Conflict, NotFound, Forbidden."""
    switch(session, actor, _administered(session, actor, account_id), "active", "disabled")


def enable(session: Session, actor: Actor, account_id: uuid.UUID) -> None:
    """Enable a disabled account; nothing that ended with it comes back. Raises Conflict, NotFound, Forbidden."""
    switch(session, actor, _administered(session, actor, account_id), "disabled", "active")


def reset_password(session: Session, actor: Actor, account_id: uuid.UUID) -> OpenedAccount:
    """Replace a forgotten password by a random one, returned once; lockout, sessions and tokens end."""
    return new_secret(session, actor, _administered(session, actor, account_id))


def new_secret(session: Session, actor: Actor, account: Account) -> OpenedAccount:
    """As `reset_password`, of a locked account that the actor administers."""
    account_id = account.id
    password = passwords.new_password()
    account.password_hash = passwords.hash_password(password)
    account.failed_logins, account.locked_until = 0, None
    session.flush()
    end_everything(session, account_id)
    audit.record(session, actor, "accounts.password.reset", "account", account_id)
    return OpenedAccount(account, password)


def change_own_password(
    session: Session, actor: Actor, present: str, wanted: str, profile: str = "asvs"
) -> None:
    """Change the own password; all sessions and tokens of the account end, the present one too.

    Raises Forbidden `password_wrong`, Invalid `password_weak`.
    """
    account = session.get(Account, actor.account_id)
    if account is None or not passwords.verify_password(account.password_hash, present):
        raise Forbidden("password_wrong", "当前密码不正确")
    passwords.check_password(wanted, login=account.login, profile=profile, pointer="/new_password")
    account.password_hash = passwords.hash_password(wanted)
    session.flush()
    end_everything(session, account.id)
    audit.record(session, actor, "accounts.password.changed", "account", account.id)


def end_everything(session: Session, account_id: uuid.UUID) -> None:
    """End all sessions and revoke all tokens of an account."""
    now = utcnow()
    session.execute(
        update(SignInSession)
        .where(SignInSession.account_id == account_id, SignInSession.ended_at.is_(None))
        .values(ended_at=now)
    )
    session.execute(
        update(ApiToken)
        .where(ApiToken.account_id == account_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def switch(session: Session, actor: Actor, account: Account, present: str, wanted: str) -> None:
    """Change the status of a locked account that the actor administers; a disabled one has nothing open any more."""
    account_id = account.id
    changed = session.execute(
        update(Account)
        .where(Account.id == account_id, Account.status == present)
        .values(status=wanted, failed_logins=0, locked_until=None)
        .returning(Account.id)
    ).all()
    if not changed:
        raise Conflict("account_status", "账号当前状态不允许此操作")
    session.refresh(account)
    audit.record(session, actor, f"accounts.account.{wanted}", "account", account_id)
    if wanted == "disabled":
        end_everything(session, account_id)


def _administered(session: Session, actor: Actor, account_id: uuid.UUID) -> Account:
    account = session.scalars(select(Account).where(Account.id == account_id).with_for_update()).one_or_none()
    if account is None:
        raise NotFound
    organisation = session.get(Organisation, account.organisation_id) if account.organisation_id else None
    actor.require_visible("accounts.people", area=organisation.area_code if organisation else None)
    if account.person_id == actor.person_id:
        raise Forbidden("same_person", "不能管理自己的账号")
    return account


def _mail(text: str) -> str:
    mail = text.strip()
    name, at, host = mail.rpartition("@")
    if (
        not at
        or not name
        or "." not in host
        or len(mail) > 254
        or not mail.isascii()
        or any(c <= " " for c in mail)
    ):
        raise Invalid("mail", "邮箱地址不正确", pointer="/mail")
    return mail
