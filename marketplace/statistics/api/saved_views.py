"""Saved views: questions under a name, one's own or shared with one's office."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema
from marketplace.statistics.api.blueprint import blueprint
from marketplace.statistics.saved_views import service
from marketplace.statistics.saved_views.models import SavedView
from marketplace.statistics.schemas import saved_views as schemas


@blueprint.route("/statistics/views", methods=["GET"])
@endpoint(needs("statistics.read"))
@blueprint.arguments(schemas.SavedViewListArgs, location="query")
@blueprint.response(200, page_schema(schemas.SavedViewOut))
def list_views(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """One's own views and those of one's office, by name."""
    page = page_of(
        session,
        service.views_seen(actor),
        keys=[SavedView.name, SavedView.id],
        key_of=lambda row: [row.name, row.id],
        args=args,
    )
    return Page([_out(actor, one) for one in page.items], page.next_cursor)


@blueprint.route("/statistics/views", methods=["POST"])
@endpoint(needs("statistics.read"), idempotent=True)
@blueprint.arguments(schemas.SavedViewIn)
@blueprint.response(201, schemas.SavedViewOut)
def save_view(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Save a question under a name."""
    return _out(actor, service.save(session, actor, **body))


@blueprint.route("/statistics/views/<uuid:view_id>/sharing", methods=["POST"])
@endpoint(needs("statistics.read"), idempotent=True)
@blueprint.arguments(schemas.SavedViewShareIn)
@blueprint.response(200, schemas.SavedViewOut)
def share_view(session: Session, actor: Actor, body: dict[str, Any], view_id: uuid.UUID) -> dict[str, Any]:
    """Share an own view with the office, or no more."""
    return _out(actor, service.share(session, actor, view_id, **body))


@blueprint.route("/statistics/views/<uuid:view_id>", methods=["DELETE"])
@endpoint(needs("statistics.read"))
@blueprint.response(204)
def delete_view(session: Session, actor: Actor, view_id: uuid.UUID) -> None:
    """Delete an own view."""
    service.remove(session, actor, view_id)


def _out(actor: Actor, view: SavedView) -> dict[str, Any]:
    return {name: getattr(view, name) for name in ("id", "name", "query", "saved_at")} | {
        "is_shared": view.shared_with is not None,
        "is_own": view.account_id == actor.account_id,
    }
