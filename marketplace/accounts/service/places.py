"""The tree of budget units, as versions by day: whose unit a unit was on any day in the past.

A move ends the present version the day before and begins a new one, for the unit and for everything below it. Nothing is
back-dated: an order freezes its buyer's place, and a report of last year must find the tree of last year.
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import Final

from sqlalchemy import and_, func, select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, OrganisationPlace
from marketplace.accounts.service import organisations
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.errors import Conflict, Invalid

DEPTH_MAX: Final = 12
IN_TREE: Final = frozenset({"budget_unit", "authority", "union", "society", "enterprise", "operator"})


def place(
    session: Session,
    actor: Actor,
    organisation_id: uuid.UUID,
    parent_id: uuid.UUID | None,
    from_day: date,
    reason: str,
) -> OrganisationPlace:
    """Put an organisation under a parent (None: a root) from a Shanghai day on, with everything below it.

    The first place may begin on any day; a move not before today, and after all days on which a part of the subtree was placed.
    Raises Invalid (`place_backdated`, `place_cycle`, `place_depth`, `place_kind`),
    Conflict `later_place`, Forbidden, NotFound.
    """
    organisation = organisations.get(session, actor, organisation_id)
    actor.require("accounts.place", area=organisation.area_code)
    if organisation.kind not in IN_TREE or organisation.status != "active":
        raise Invalid("place_kind", "该单位不在预算单位树中", pointer="/organisation_id")
    # The tree changes rarely and as a whole: one change at a time.
    lock_exclusive(session, "organisation_tree", "all")
    prefix = _path_of_parent(session, actor, organisation, parent_id, from_day)
    present = on_day(session, organisation_id, from_day)
    known = session.scalar(select(func.count()).where(OrganisationPlace.organisation_id == organisation_id))
    if known and from_day < today():
        raise Invalid("place_backdated", "隶属关系变更不能早于今天", pointer="/from_day")
    moved = _subtree(session, present, from_day) if present is not None else []
    if known and present is None:
        _refuse_later(session, [organisation_id], from_day)
    _refuse_later(session, [version.organisation_id for version in moved], from_day)
    _end(session, moved, from_day)
    path = f"{prefix}{organisation.organisation_no}"
    if path.count(".") >= DEPTH_MAX:
        raise Invalid("place_depth", f"隶属层级不能超过{DEPTH_MAX}级", pointer="/parent_id")
    created = _begin(session, organisation, parent_id, path, from_day, reason)
    for version in moved:
        if version.organisation_id != organisation_id and present is not None:
            _begin_again(session, version, path + version.path.removeprefix(present.path), from_day, reason)
    session.flush()
    audit.record(
        session,
        actor,
        "accounts.organisation.placed",
        "organisation",
        organisation_id,
        area_code=organisation.area_code,
        detail={
            "parent_id": str(parent_id) if parent_id else None,
            "from": from_day.isoformat(),
            "reason": reason,
        },
    )
    return created


def on_day(session: Session, organisation_id: uuid.UUID, day: date) -> OrganisationPlace | None:
    """The place of an organisation on a Shanghai day; None when it stood in no tree."""
    return session.scalars(
        select(OrganisationPlace).where(
            OrganisationPlace.organisation_id == organisation_id, OrganisationPlace.valid.contains(day)
        )
    ).one_or_none()


def history(session: Session, organisation_id: uuid.UUID) -> list[OrganisationPlace]:
    """All versions of an organisation's place, oldest first."""
    return list(
        session.scalars(
            select(OrganisationPlace)
            .where(OrganisationPlace.organisation_id == organisation_id)
            .order_by(func.lower(OrganisationPlace.valid))
        )
    )


def descendants(session: Session, organisation_id: uuid.UUID, day: date) -> list[uuid.UUID]:
    """Ids of the organisations below one on a Shanghai day, itself included, in order of path."""
    top = on_day(session, organisation_id, day)
    if top is None:
        return [organisation_id]
    return [version.organisation_id for version in _subtree(session, top, day)]


def _path_of_parent(
    session: Session, actor: Actor, organisation: Organisation, parent_id: uuid.UUID | None, day: date
) -> str:
    if parent_id is None:
        return ""
    parent = organisations.get(session, actor, parent_id)
    version = on_day(session, parent_id, day)
    if version is None:
        raise Invalid("place_parent", "上级单位当日不在树中", pointer="/parent_id")
    if str(organisation.organisation_no) in version.path.split("."):
        raise Invalid("place_cycle", "单位不能隶属于自己或自己的下级", pointer="/parent_id")
    if parent.status != "active":
        raise Invalid("place_parent", "上级单位已注销", pointer="/parent_id")
    return f"{version.path}."


def _subtree(session: Session, top: OrganisationPlace, day: date) -> list[OrganisationPlace]:
    # '/' follows '.', so this is every path that goes on from the top's.
    below = and_(OrganisationPlace.path >= f"{top.path}.", OrganisationPlace.path < f"{top.path}/")
    return list(
        session.scalars(
            select(OrganisationPlace)
            .where(OrganisationPlace.valid.contains(day), below | (OrganisationPlace.id == top.id))
            .order_by(OrganisationPlace.path)
        )
    )


def _refuse_later(session: Session, organisation_ids: list[uuid.UUID], day: date) -> None:
    later = session.scalar(
        select(func.count()).where(
            OrganisationPlace.organisation_id.in_(organisation_ids),
            func.lower(OrganisationPlace.valid) >= day,
        )
    )
    if later:
        raise Conflict("later_place", "该日或之后已有隶属关系变更")


def _end(session: Session, versions: list[OrganisationPlace], day: date) -> None:
    for version in versions:
        session.execute(
            update(OrganisationPlace)
            .where(OrganisationPlace.id == version.id)
            .values(valid=Range(version.valid.lower, day))
        )


def _begin(
    session: Session,
    organisation: Organisation,
    parent_id: uuid.UUID | None,
    path: str,
    day: date,
    reason: str,
) -> OrganisationPlace:
    version = OrganisationPlace(
        organisation_id=organisation.id,
        organisation_no=organisation.organisation_no,
        parent_id=parent_id,
        path=path,
        valid=Range(day, None),
        reason=reason,
        created_at=utcnow(),
    )
    session.add(version)
    return version


def _begin_again(session: Session, old: OrganisationPlace, path: str, day: date, reason: str) -> None:
    if path.count(".") >= DEPTH_MAX:
        raise Invalid("place_depth", f"隶属层级不能超过{DEPTH_MAX}级", pointer="/parent_id")
    session.add(
        OrganisationPlace(
            organisation_id=old.organisation_id,
            organisation_no=old.organisation_no,
            parent_id=old.parent_id,
            path=path,
            valid=Range(day, None),
            reason=reason,
            created_at=utcnow(),
        )
    )


def upward(session: Session, organisation_id: uuid.UUID) -> list[uuid.UUID]:
    """Ids from an organisation up to the root of its tree today, itself first; only itself when it stands in no tree."""
    present = on_day(session, organisation_id, today())
    if present is None:
        return [organisation_id]
    numbers = [int(one) for one in present.path.split(".")]
    ids = {
        row.organisation_no: row.id
        for row in session.execute(
            select(Organisation.organisation_no, Organisation.id).where(
                Organisation.organisation_no.in_(numbers)
            )
        )
    }
    return [ids[number] for number in reversed(numbers)]
