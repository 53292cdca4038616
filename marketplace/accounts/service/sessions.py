"""The two halves of a sign-in around the slow hash, and the end of a session.

`begin` reads, `accounts.sign_in` hashes outside any transaction, `finish` writes. Known and unknown names run the same
statements.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, null, select, update
from sqlalchemy.orm import Session

from marketplace.accounts import passwords
from marketplace.accounts.models import Account, SignInSession
from marketplace.accounts.service.inbox import notify
from marketplace.accounts.service.rate_limits import SIGN_IN_BY_ADDRESS, SIGN_IN_BY_LOGIN, spend
from marketplace.accounts.tokens import csrf_token, digest, new_session_secret
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow

_NOBODY: Final = uuid.UUID(int=0)


@dataclass(frozen=True)
class Attempt:
    """What is known of an account before its password is verified; of an unknown name only that."""

    account_id: uuid.UUID
    password_hash: str | None = field(repr=False)
    is_open: bool


@dataclass(frozen=True)
class Limits:
    """How long sessions live and when an account locks."""

    failures: int = 5
    lockout_minutes: int = 15
    session_hours: int = 12


@dataclass(frozen=True)
class SignedIn:
    """A session just opened: its cookie and form token are told once."""

    account_id: uuid.UUID
    secret: str = field(repr=False)
    csrf: str = field(repr=False)
    expires_at: datetime


def begin(session: Session, login: str, address: str) -> Attempt:
    """Count the attempt and read the account. Raises TooManyRequests for the name or the address."""
    spend(session, SIGN_IN_BY_ADDRESS, address)
    spend(session, SIGN_IN_BY_LOGIN, login)
    account = session.execute(
        select(Account.id, Account.password_hash, Account.status, Account.locked_until).where(
            Account.login == login
        )
    ).one_or_none()
    if account is None:
        return Attempt(_NOBODY, None, is_open=False)
    locked = account.locked_until is not None and account.locked_until > utcnow()
    return Attempt(account.id, account.password_hash, is_open=account.status == "active" and not locked)


def finish(session: Session, attempt: Attempt, *, correct: bool, limits: Limits) -> SignedIn | None:
    """Open a session, or count the failure; None when the sign-in is refused.

    The n-th failure in a row locks the account; while it is locked even the right password is refused, in the same words.
    """
    if correct and attempt.is_open:
        return _open(session, attempt.account_id, limits)
    now = utcnow()
    was_locked = Account.locked_until <= now  # a lock that ended: counting begins anew
    failures = case((was_locked, 1), else_=Account.failed_logins + 1)
    until = now + timedelta(minutes=limits.lockout_minutes)
    row = session.execute(
        update(Account)
        .where(Account.id == attempt.account_id)
        .values(
            failed_logins=case((Account.locked_until > now, Account.failed_logins), else_=failures),
            locked_until=case(
                (Account.locked_until > now, Account.locked_until),
                (failures >= limits.failures, until),
                else_=null(),
            ),
        )
        .returning(Account.locked_until)
    ).one_or_none()
    locked_now = row is not None and row.locked_until == until
    audit.record(
        session,
        None,
        "accounts.sign_in.locked" if locked_now else "accounts.sign_in.refused",
        "account",
        attempt.account_id,
    )
    session.flush()
    if locked_now:
        notify(session, "account_locked", "account", attempt.account_id, account_id=attempt.account_id)
    return None


def end(session: Session, actor: Actor, secret: str) -> None:
    """End the session of that cookie, if it is the actor's; a second time changes nothing."""
    session.execute(
        update(SignInSession)
        .where(
            SignInSession.session_hash == digest(secret),
            SignInSession.account_id == actor.account_id,
            SignInSession.ended_at.is_(None),
        )
        .values(ended_at=utcnow())
    )
    audit.record(session, actor, "accounts.session.ended", "account", actor.account_id)


def upgrade_hash(session: Session, attempt: Attempt, password: str) -> None:
    """Hash a password just verified at the present cost, when it was kept at an older one."""
    if attempt.password_hash is not None and passwords.is_outdated(attempt.password_hash):
        session.execute(
            update(Account)
            .where(Account.id == attempt.account_id, Account.password_hash == attempt.password_hash)
            .values(password_hash=passwords.hash_password(password))
        )


def _open(session: Session, account_id: uuid.UUID, limits: Limits) -> SignedIn:
    now = utcnow()
    secret = new_session_secret()
    expires = now + timedelta(hours=limits.session_hours)
    session.execute(
        update(Account).where(Account.id == account_id).values(failed_logins=0, locked_until=None)
    )
    opened = SignInSession(
        account_id=account_id,
        session_hash=digest(secret),
        csrf_hash=digest(csrf_token(secret)),
        created_at=now,
        seen_at=now,
        expires_at=expires,
    )
    session.add(opened)
    audit.record(session, None, "accounts.sign_in.opened", "account", account_id)
    session.flush()
    return SignedIn(account_id, secret, csrf_token(secret), expires)
