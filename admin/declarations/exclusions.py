"""上报范围: points of sale whose sales are not fed upward, as the upper instance has them from elsewhere, by day of sale."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.declarations.places import tabs
from admin.menu import SECTION
from admin.own_area import own_organisation
from marketplace.catalogue.models import Channel
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.errors import Forbidden, NotFound
from marketplace.core.http import needs
from marketplace.core.http.fields import Line
from marketplace.statistics.schemas import upward as schemas
from marketplace.statistics.upward import scope, views
from marketplace.statistics.upward.link import upper
from marketplace.web.kit import Form, Pages, done, note, render, signed_in
from marketplace.web.kit import say as _

pages: Final = Pages("admin_upward_exclusions", __name__, url_prefix="/admin/upward/exclusions")

#: Where one stands today.
STANDINGS: Final = {
    "to_come": (note("将不上报"), "info"),
    "excluded": (note("不上报"), "warn"),
    "fed": (note("已恢复上报"), "quiet"),
}


class EndForm(schemas.ExclusionEndIn):
    """The day on which sales are fed again; of which point of sale stands in the address."""

    channel = Line(32, load_default=None)


@pages.show("", signed_in())
def listing(session: Session, actor: Actor) -> Response:
    """All of them in my area. Raises Forbidden for who neither decides nor reconciles."""
    SECTION.require(actor)
    # Who runs points of sale for an organisation holds the permission too, but not over an area.
    may_decide = actor.may(scope.PERMISSION) and own_organisation(actor) is None
    if not (may_decide or actor.may(views.PERMISSION)):
        raise Forbidden
    found = scope.exclusions_seen(session, actor, scope.PERMISSION if may_decide else views.PERMISSION)
    return render(
        "admin/upward/exclusions.html",
        tabs=tabs() if actor.may(views.PERMISSION) else [],
        above=upper(),
        rows=[(row, channel, _standing(row)) for row, channel in found],
        standings={code: (_(title), tone) for code, (title, tone) in STANDINGS.items()},
        may_decide=lambda channel: actor.may_on(scope.PERMISSION, area=channel.area_code),
        may_add=may_decide,
    )


@pages.form("/new", needs(scope.PERMISSION), schemas.ExclusionIn)
def new(session: Session, actor: Actor, form: Form) -> Response:
    """Which point of sale, from which day to come on, and why."""
    return render("admin/upward/exclusion.html", form=form)


@new.submit
def exclude(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Feed nothing of it from that day on."""
    _row, channel = scope.exclude(session, actor, **body)
    return done("/admin/upward/exclusions", _("{name} 已列为由上级另行取得", name=channel.name))


@pages.form("/<code>/end", needs(scope.PERMISSION), EndForm)
def ending(session: Session, actor: Actor, form: Form, code: str) -> Response:
    """From which day to come on its sales are fed again."""
    channel = session.scalars(select(Channel).where(Channel.code == code)).one_or_none()
    if channel is None:
        raise NotFound("channel_not_found", "没有这个销售点")
    actor.require(scope.PERMISSION, area=channel.area_code)
    return render("admin/upward/exclusion_end.html", form=form, channel=channel)


@ending.submit
def end(session: Session, actor: Actor, body: dict[str, Any], code: str) -> Response:
    """Feed it again from that day on."""
    _row, channel = scope.include_again(session, actor, channel=code, until_day=body["until_day"])
    return done("/admin/upward/exclusions", _("{name} 将恢复上报", name=channel.name))


def _standing(row: Any) -> str:
    if row.from_day > today():
        return "to_come"
    return "excluded" if row.until_day is None or row.until_day > today() else "fed"
