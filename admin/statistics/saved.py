"""Saved views of the explorer: a name for its address, one's own or shared with one's office."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from marketplace.core.actor import Actor
from marketplace.core.http import needs, page_of
from marketplace.statistics.saved_views import service
from marketplace.statistics.saved_views.models import SavedView
from marketplace.statistics.schemas.saved_views import (
    SavedViewIn,
    SavedViewListArgs,
    SavedViewShareIn,
)
from marketplace.web.kit import Form, Listing, Pages, done, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_saved_views", __name__, url_prefix="/admin/statistics/views")


@pages.show("", needs("statistics.read"))
def listing(session: Session, actor: Actor) -> Response:
    """My views and those of my office, by name."""
    asked = Listing(SavedViewListArgs)
    page = page_of(
        session,
        service.views_seen(actor),
        keys=[SavedView.name, SavedView.id],
        key_of=lambda row: [row.name, row.id],
        args=asked.args,
    )
    return render(
        "admin/statistics/views.html",
        fragment="results",
        listing=asked,
        page=page,
        me=actor.account_id,
        has_office=actor.organisation_id is not None,
    )


@pages.form("/new", needs("statistics.read"), SavedViewIn)
def new(session: Session, actor: Actor, form: Form) -> Response:
    """A name for the question of the address (`?query=`)."""
    form.fill(query=request.args.get("query", ""))
    return render("admin/statistics/view_form.html", form=form, has_office=actor.organisation_id is not None)


@new.submit
def save(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Save it, and go back to what it shows."""
    view = service.save(session, actor, **body)
    return done(f"/admin/statistics?{view.query}", _("已保存为“{name}”", name=view.name))


@pages.show("/<uuid:view_id>", needs("statistics.read"))
def one(session: Session, actor: Actor, view_id: uuid.UUID) -> Redirect:
    """The view by its own address: the explorer with its question, asked with the authority of who opens it."""
    return redirect(f"/admin/statistics?{service.view_seen(session, actor, view_id).query}")


@pages.action("/<uuid:view_id>/sharing", needs("statistics.read"), SavedViewShareIn)
def share(session: Session, actor: Actor, body: dict[str, Any], view_id: uuid.UUID) -> Response:
    """Share it with the office, or no more."""
    service.share(session, actor, view_id, **body)
    said = _("已与本单位共享") if body["is_shared"] else _("已取消共享")
    return done("/admin/statistics/views", said)


@pages.action("/<uuid:view_id>/removal", needs("statistics.read"))
def remove(session: Session, actor: Actor, view_id: uuid.UUID) -> Response:
    """Delete it."""
    service.remove(session, actor, view_id)
    return done("/admin/statistics/views", _("视图已删除"))
