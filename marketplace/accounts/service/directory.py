"""Accounts as their administrators see them: who has one, for whom, with which roles; sessions and tokens, no secret."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Account, ApiToken, Grant, Organisation, Person, SignInSession
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import NotFound
from marketplace.core.scope import visible, within_area

PERMISSION: Final = "accounts.people"
ACCOUNT_STATUSES: Final[dict[str, str]] = {"active": "正常", "disabled": "已停用", "locked": "已锁定"}
#: So many ended sessions of one account are shown, the latest ones.
MOST_SESSIONS: Final = 20


@dataclass(frozen=True)
class AccountView:
    """One account: its person's job name, its organisation, roles (ended ones too), live and late sessions, tokens."""

    account: Account
    person: str
    organisation: Organisation | None
    grants: Sequence[tuple[Grant, str | None]]  # with the name of the organisation it is held for
    sessions: Sequence[SignInSession]
    tokens: Sequence[ApiToken]


def accounts_seen(
    actor: Actor,
    *,
    named: str | None = None,
    role: str | None = None,
    status: str | None = None,
    area: str | None = None,
    organisation_id: uuid.UUID | None = None,
) -> Select[Any]:
    """Rows (account, job name, name and area of its organisation) that the actor administers, unsorted, for a paged list.

    An account of no organisation is seen by who administers the whole country. `named`: what login name or job name begins with
    or contains; `role`: held now; `status`: `ACCOUNT_STATUSES`.
    """
    statement: Select[Any] = _rows().where(visible(actor, PERMISSION, area=Organisation.area_code))
    if named:
        statement = statement.where(
            Account.login.startswith(named.lower(), autoescape=True)
            | Person.display_name.contains(named, autoescape=True)
        )
    if role is not None:
        statement = statement.where(
            exists().where(Grant.account_id == Account.id, Grant.role == role, Grant.ended_at.is_(None))
        )
    if area is not None:
        statement = statement.where(within_area(Organisation.area_code, area))
    if organisation_id is not None:
        statement = statement.where(Account.organisation_id == organisation_id)
    return statement if status is None else statement.where(_has(status, utcnow()))


def roles_of(session: Session, account_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Grant]]:
    """The grants in force of these accounts, oldest first."""
    found: dict[uuid.UUID, list[Grant]] = {one: [] for one in account_ids}
    rows = session.scalars(
        select(Grant)
        .where(Grant.account_id.in_(found), Grant.ended_at.is_(None))
        .order_by(Grant.granted_at, Grant.id)
    )
    for grant in rows:
        found[grant.account_id].append(grant)
    return found


def view(session: Session, actor: Actor, account_id: uuid.UUID) -> AccountView:
    """One account. Raises NotFound for one that the actor does not administer."""
    row = session.execute(accounts_seen(actor).where(Account.id == account_id)).one_or_none()
    if row is None:
        raise NotFound
    account: Account = row.Account
    grants = session.execute(
        select(Grant, Organisation.name)
        .outerjoin(Organisation, Organisation.id == Grant.organisation_id)
        .where(Grant.account_id == account_id)
        .order_by(Grant.ended_at.is_not(None), Grant.granted_at.desc(), Grant.id)
    ).all()
    return AccountView(
        account,
        row.display_name,
        session.get(Organisation, account.organisation_id) if account.organisation_id else None,
        [(one[0], one[1]) for one in grants],
        session.scalars(
            select(SignInSession)
            .where(SignInSession.account_id == account_id)
            .order_by(SignInSession.created_at.desc(), SignInSession.id)
            .limit(MOST_SESSIONS)
        ).all(),
        session.scalars(
            select(ApiToken)
            .where(ApiToken.account_id == account_id)
            .order_by(ApiToken.created_at.desc(), ApiToken.id)
        ).all(),
    )


def status_of(account: Account, at: datetime) -> str:
    """The code of ACCOUNT_STATUSES of an account at an instant: a lock ends by itself."""
    if account.status == "active" and account.locked_until is not None and account.locked_until > at:
        return "locked"
    return account.status


def is_live(key: SignInSession | ApiToken, at: datetime) -> bool:
    """Whether a session or a token opens anything at an instant (the idle limit of sessions apart)."""
    ended = key.revoked_at if isinstance(key, ApiToken) else key.ended_at
    return ended is None and key.expires_at > at


def _rows() -> Any:
    # Any: a Select of particular columns is not a Select of any columns to the type checker.
    return (
        select(
            Account,
            Person.display_name,
            Organisation.name.label("organisation_name"),
            Organisation.area_code.label("area_code"),
        )
        .join(Person, Person.id == Account.person_id)
        .outerjoin(Organisation, Organisation.id == Account.organisation_id)
    )


def _has(status: str, at: datetime) -> Any:
    if status == "locked":
        return and_(Account.status == "active", Account.locked_until > at)
    if status == "active":
        return and_(
            Account.status == "active", or_(Account.locked_until.is_(None), Account.locked_until <= at)
        )
    return Account.status == status
