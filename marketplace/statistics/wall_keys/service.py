"""Making, knowing and ending the keys of screens."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.accounts.tokens import digest, new_token
from marketplace.core import audit, divisions
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.ids import uuid7
from marketplace.statistics.wall_keys.models import WallKey

DAYS_MAX: Final = 366
NAME_MAX: Final = 60


def make(session: Session, actor: Actor, name: str, area: str, days: int) -> tuple[WallKey, str]:
    """A key for the wall of an area, valid for `days` (1 to 366), and its text, which is not shown again.

    Asks ``statistics.read`` over the area. Invalid (``wall_days``, ``wall_name``, ``unknown_division``), Forbidden.
    """
    code = divisions.get(area).code
    actor.require("statistics.read", area=code)
    if not 1 <= days <= DAYS_MAX:
        raise Invalid("wall_days", f"有效期应为1至{DAYS_MAX}天", pointer="/days")
    if not 0 < len(name.strip()) <= NAME_MAX:
        raise Invalid("wall_name", "请写明大屏挂在哪里", pointer="/name")
    secret, now = new_token(), utcnow()
    key = WallKey(
        id=uuid7(),
        name=name.strip(),
        area_code=code,
        key_hash=digest(secret),
        made_by=actor.audit_id,
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(key)
    session.flush()
    audit.record(session, actor, "statistics.wall_key.made", "wall_key", key.id, area_code=code)
    return key, secret


def known(session: Session, secret: str) -> WallKey | None:
    """The key in force with that text; None for any other. Notes the day on which its screen asked."""
    key = session.scalars(
        select(WallKey).where(
            WallKey.key_hash == digest(secret), WallKey.revoked_at.is_(None), WallKey.expires_at > utcnow()
        )
    ).one_or_none()
    if key is not None and key.seen_on != today():
        session.execute(update(WallKey).where(WallKey.id == key.id).values(seen_on=today()))
    return key


def keys(session: Session) -> Sequence[WallKey]:
    """All keys, newest first, ended ones too."""
    return session.scalars(select(WallKey).order_by(WallKey.made_at.desc(), WallKey.id)).all()


def revoke(session: Session, actor: Actor, key_id: uuid.UUID) -> WallKey:
    """The screen shows nothing any more; a second time changes nothing. NotFound; asks as `make`."""
    key = session.get(WallKey, key_id, with_for_update=True)
    if key is None:
        raise NotFound("wall_key_not_found", "没有这个大屏密钥")
    actor.require("statistics.read", area=key.area_code)
    if key.revoked_at is None:
        key.revoked_at = utcnow()
        session.flush()
        audit.record(
            session, actor, "statistics.wall_key.revoked", "wall_key", key.id, area_code=key.area_code
        )
    return key
