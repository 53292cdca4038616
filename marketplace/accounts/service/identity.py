"""From a token or a session cookie to an actor: one statement, asked at every request."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import DateTime, Select, bindparam, select, update
from sqlalchemy.orm import Session

from marketplace.accounts import permissions
from marketplace.accounts.models import Account, ApiToken, Grant, SignInSession
from marketplace.accounts.tokens import digest
from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, utcnow

_SEEN_EVERY: Final = timedelta(seconds=60)
_WHO: Final = (
    Account.id,
    Account.person_id,
    Account.organisation_id,
    Account.opened_by_unit,
    Grant.role,
    Grant.area_code,
    Grant.organisation_id.label("owner_id"),
)


def _with_grants(statement: Any) -> Select[Any]:
    # Any: a Select of particular columns is not a Select of any columns to the type checker.
    found: Select[Any] = (
        statement.select_from(Account)
        .outerjoin(Grant, (Grant.account_id == Account.id) & Grant.ended_at.is_(None))
        .where(Account.status == "active")
    )
    return found


# Built once, because one of them is asked at every request.
_NOW: Final = bindparam("now", type_=DateTime(timezone=True))
_BY_TOKEN: Final = (
    _with_grants(select(*_WHO, ApiToken.id.label("key_id"), ApiToken.last_used_on))
    .join(ApiToken, ApiToken.account_id == Account.id)
    .where(
        ApiToken.token_hash == bindparam("hash"), ApiToken.revoked_at.is_(None), ApiToken.expires_at > _NOW
    )
)
_BY_SESSION: Final = (
    _with_grants(select(*_WHO, SignInSession.id.label("key_id"), SignInSession.seen_at))
    .join(SignInSession, SignInSession.account_id == Account.id)
    .where(
        SignInSession.session_hash == bindparam("hash"),
        SignInSession.ended_at.is_(None),
        SignInSession.expires_at > _NOW,
        SignInSession.seen_at > bindparam("seen_after", type_=DateTime(timezone=True)),
    )
)


def actor_of_token(session: Session, token: str, request_id: str | None = None) -> Actor | None:
    """The actor of a live API token of an active account; None otherwise. Notes the day of use."""
    now = utcnow()
    rows = session.connection().execute(_BY_TOKEN, {"hash": digest(token), "now": now}).all()
    if not rows:
        return None
    if rows[0].last_used_on != day_of(now):
        session.execute(
            update(ApiToken).where(ApiToken.id == rows[0].key_id).values(last_used_on=day_of(now))
        )
    return _actor(rows, request_id)


def actor_of_session(
    session: Session, secret: str, idle: timedelta, request_id: str | None = None
) -> Actor | None:
    """The actor of a live session of an active account, not idle for longer than `idle`; None otherwise."""
    now = utcnow()
    seen = {"hash": digest(secret), "now": now, "seen_after": now - idle}
    rows = session.connection().execute(_BY_SESSION, seen).all()
    if not rows:
        return None
    if rows[0].seen_at < now - _SEEN_EVERY:
        # A minute's grain is enough for the idle limit and saves a write per request.
        session.execute(update(SignInSession).where(SignInSession.id == rows[0].key_id).values(seen_at=now))
    return _actor(rows, request_id)


def actor_of_account(session: Session, login: str) -> Actor | None:
    """The actor of an active account by its login name: for commands and the demo, which have no request."""
    rows = session.execute(_with_grants(select(*_WHO)).where(Account.login == login)).all()
    return _actor(rows, None) if rows else None


def actor_of_id(session: Session, account_id: uuid.UUID) -> Actor | None:
    """The actor of an active account by its id: in whose name something is done that was asked for earlier."""
    rows = session.execute(_with_grants(select(*_WHO)).where(Account.id == account_id)).all()
    return _actor(rows, None) if rows else None


def _actor(rows: Sequence[Any], request_id: str | None) -> Actor:
    first = rows[0]
    return Actor(
        account_id=first.id,
        person_id=first.person_id,
        organisation_id=first.organisation_id,
        held=tuple(
            permissions.held(row.role, row.area_code, row.owner_id)
            for row in rows
            # A role that an older version of the table knew brings nothing.
            if row.role is not None and permissions.is_role(row.role)
        ),
        opened_by_unit=first.opened_by_unit,
        request_id=request_id,
    )
