"""API tokens: made by their owner, shown once, kept as a hash, revoked at once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.models import Account, ApiToken
from marketplace.accounts.tokens import digest, new_token
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Invalid, NotFound

DAYS_MAX: Final = 365
TOKENS_MAX: Final = 20


@dataclass(frozen=True)
class MadeToken:
    """A token just made, with the text that is shown once."""

    token: ApiToken
    secret: str = field(repr=False)


def make(session: Session, actor: Actor, label: str, days: int = 90) -> MadeToken:
    """Make a token for the actor's own account, valid for `days` (1 to 365).

    Raises Invalid `token_days`, Conflict `too_many_tokens` at 20 live ones.
    """
    if not 1 <= days <= DAYS_MAX:
        raise Invalid("token_days", f"有效期应为1至{DAYS_MAX}天", pointer="/days")
    now = utcnow()
    # The account's row is the lock, so that the count below is still true when the token is written.
    session.execute(select(Account.id).where(Account.id == actor.account_id).with_for_update())
    live = session.scalar(
        select(func.count()).where(
            ApiToken.account_id == actor.account_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now
        )
    )
    if live is not None and live >= TOKENS_MAX:
        raise Conflict("too_many_tokens", f"有效访问令牌最多{TOKENS_MAX}个")
    secret = new_token()
    token = ApiToken(
        account_id=actor.account_id,
        token_hash=digest(secret),
        label=label,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(token)
    session.flush()
    audit.record(session, actor, "accounts.token.made", "api_token", token.id, detail={"days": days})
    return MadeToken(token, secret)


def of_actor(session: Session, actor: Actor) -> list[ApiToken]:
    """The actor's own tokens, newest first, revoked and expired ones too."""
    return list(
        session.scalars(
            select(ApiToken)
            .where(ApiToken.account_id == actor.account_id)
            .order_by(ApiToken.created_at.desc(), ApiToken.id)
        )
    )


def revoke(session: Session, actor: Actor, token_id: uuid.UUID) -> None:
    """Revoke an own token; a second time changes nothing. Raises NotFound for somebody else's."""
    token = session.get(ApiToken, token_id)
    if token is None or token.account_id != actor.account_id:
        raise NotFound
    session.execute(
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=utcnow())
    )
    audit.record(session, actor, "accounts.token.revoked", "api_token", token_id)
