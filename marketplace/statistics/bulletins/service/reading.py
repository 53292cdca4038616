"""Reading bulletins: officials those of their areas, everybody those that are open and issued."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, defer

from marketplace.core import signing
from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.scope import visible, within_area
from marketplace.statistics.bulletins.models import Bulletin, BulletinStep
from marketplace.statistics.bulletins.rules import OPEN

# A list says what a bulletin is; its document may have megabytes.
_WITHOUT_CONTENT = (defer(Bulletin.content), defer(Bulletin.public_content))
_OPEN = (Bulletin.state == "issued", Bulletin.disclosure == OPEN)


def find_bulletin(session: Session, actor: Actor, number: str) -> Bulletin:
    """A bulletin in any state; NotFound unless the actor may read statistics of its area."""
    bulletin = session.scalar(select(Bulletin).where(Bulletin.number == number))
    if bulletin is None:
        raise NotFound
    actor.require_visible("statistics.read", area=bulletin.area_code)
    return bulletin


def find_open_bulletin(session: Session, number: str) -> Bulletin:
    """An issued bulletin that is open (主动公开); NotFound for every other, as if there were none."""
    bulletin = session.scalar(select(Bulletin).where(Bulletin.number == number, *_OPEN))
    if bulletin is None:
        raise NotFound
    return bulletin


def bulletins_seen_by(actor: Actor, args: dict[str, Any]) -> Select[Bulletin]:
    """Bulletins of the actor's areas, in every state."""
    found = select(Bulletin).where(
        visible(actor, "statistics.read", area=Bulletin.area_code), *_filters(args)
    )
    return found.options(*_WITHOUT_CONTENT)


def open_bulletins(args: dict[str, Any]) -> Select[Bulletin]:
    """Issued open bulletins, all versions."""
    return select(Bulletin).where(*_OPEN, *_filters(args)).options(*_WITHOUT_CONTENT)


def _filters(args: dict[str, Any]) -> list[ColumnElement[bool]]:
    columns = {
        "report": Bulletin.report_code,
        "period": Bulletin.period,
        "state": Bulletin.state,
        "disclosure": Bulletin.disclosure,
    }
    found: list[ColumnElement[bool]] = [
        column == args[name] for name, column in columns.items() if args.get(name) is not None
    ]
    if args.get("area") is not None:
        found.append(within_area(Bulletin.area_code, args["area"]))
    return found


def steps_of(session: Session, bulletin: Bulletin) -> list[BulletinStep]:
    """What was done with it, in order."""
    return list(
        session.scalars(
            select(BulletinStep)
            .where(BulletinStep.bulletin_id == bulletin.id)
            .order_by(BulletinStep.at, BulletinStep.id)
        )
    )


def superseded_by(session: Session, bulletin: Bulletin) -> Bulletin | None:
    """The issued version that replaced it."""
    return session.scalar(
        select(Bulletin).where(Bulletin.supersedes_id == bulletin.id, Bulletin.state == "issued")
    )


def versions_beside(
    session: Session, bulletins: Sequence[Bulletin]
) -> dict[uuid.UUID, tuple[str | None, str | None]]:
    """Number of the version before and of the issued version after each, by id."""
    befores = {one.supersedes_id for one in bulletins if one.supersedes_id is not None}
    rows = session.execute(
        select(Bulletin.id, Bulletin.number, Bulletin.supersedes_id, Bulletin.state).where(
            or_(Bulletin.id.in_(befores), Bulletin.supersedes_id.in_([one.id for one in bulletins]))
        )
    ).all()
    numbers = {row.id: row.number for row in rows}
    after = {row.supersedes_id: row.number for row in rows if row.state == "issued"}
    return {
        one.id: (numbers.get(one.supersedes_id) if one.supersedes_id else None, after.get(one.id))
        for one in bulletins
    }


def public_keys(session: Session) -> list[tuple[int, bytes]]:
    """Version and raw public key of every key that signed a bulletin, and of those that sign now, in ascending order."""
    used = session.execute(
        select(Bulletin.key_version, Bulletin.public_key).where(Bulletin.public_key.is_not(None)).distinct()
    )
    signer = signing.signer()
    live = signer.public_keys() if signer is not None else {}
    signed = {(version or 0, bytes(key or b"")) for version, key in used}
    return sorted({*live.items(), *signed})
