"""Saving a question under a name, sharing it with one's office, taking it away. Decision: docs/adr/0030.

A view holds no figures and no authority: opened, its question is asked anew by whoever opens it, over the own area.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import Select, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive, refusing
from marketplace.core.errors import AlreadyExists, Conflict, NotFound
from marketplace.core.ids import uuid7
from marketplace.statistics.saved_views.models import SavedView

MOST: Final = 100
"""Views of one account."""
_KNOWN: Final = {"uq_saved_view_account_id_name": AlreadyExists("view_named", "已有同名的视图,请换一个名称")}


def save(
    session: Session, actor: Actor, name: str, parameters: Mapping[str, str], *, is_shared: bool
) -> SavedView:
    """Save the question of these parameters, which the caller has checked against the known names.

    AlreadyExists (``view_named``); Conflict (``view_office`` to share without an office, ``too_many_views``).
    """
    lock_exclusive(session, "statistics.saved_view", str(actor.account_id))
    saved = session.scalar(
        select(func.count()).select_from(SavedView).where(SavedView.account_id == actor.account_id)
    )
    if (saved or 0) >= MOST:
        raise Conflict("too_many_views", f"每个账号最多保存{MOST}个视图", most=MOST)
    view = SavedView(
        id=uuid7(),
        account_id=actor.account_id,
        name=name,
        query=urlencode(sorted(parameters.items())),
        shared_with=_office(actor) if is_shared else None,
        saved_at=utcnow(),
    )
    with refusing(_KNOWN):
        session.add(view)
        session.flush()
    return view


def views_seen(actor: Actor) -> Select[SavedView]:
    """One's own views and those shared with one's office; unsorted, for a paged list."""
    shared = and_(SavedView.shared_with.is_not(None), SavedView.shared_with == actor.organisation_id)
    return select(SavedView).where(or_(SavedView.account_id == actor.account_id, shared))


def view_seen(session: Session, actor: Actor, view_id: uuid.UUID) -> SavedView:
    """One of them. NotFound."""
    view = session.scalars(views_seen(actor).where(SavedView.id == view_id)).one_or_none()
    if view is None:
        raise NotFound("view_not_found", "没有这个视图")
    return view


def share(session: Session, actor: Actor, view_id: uuid.UUID, *, is_shared: bool) -> SavedView:
    """Share an own view with the office, or no more. NotFound; Conflict (``view_office``)."""
    view = _own(session, actor, view_id)
    view.shared_with = _office(actor) if is_shared else None
    session.flush()
    return view


def remove(session: Session, actor: Actor, view_id: uuid.UUID) -> None:
    """Delete an own view. NotFound for somebody else's."""
    view = _own(session, actor, view_id)
    session.execute(delete(SavedView).where(SavedView.id == view.id))


def _own(session: Session, actor: Actor, view_id: uuid.UUID) -> SavedView:
    view = view_seen(session, actor, view_id)
    if view.account_id != actor.account_id:
        raise NotFound("view_not_found", "没有这个视图")
    return view


def _office(actor: Actor) -> Any:
    if actor.organisation_id is None:
        raise Conflict("view_office", "您的账号不属于任何单位,不能共享")
    return actor.organisation_id
