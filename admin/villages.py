"""村集体: the collectives of villages, public bodies whose share stands beside the households' income; registering one."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.own_area import beginning_with, own_area
from marketplace.beneficiaries.models import VillageCollective
from marketplace.beneficiaries.schemas import CollectiveIn, CollectiveListArgs
from marketplace.beneficiaries.service import lists, register_collective
from marketplace.core.actor import Actor
from marketplace.core.http import needs, page_of
from marketplace.web.kit import Form, Listing, Pages, done, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_villages", __name__, url_prefix="/admin/villages")


@pages.show("", needs("agreements.read"))
def listing(session: Session, actor: Actor) -> Response:
    """Collectives of an area, by area code."""
    asked = Listing(beginning_with(CollectiveListArgs, area=own_area(actor)))
    page = page_of(
        session,
        lists.collectives(area=asked.args["area"]),
        keys=[VillageCollective.area_code],
        key_of=lambda row: [row.area_code],
        args=asked.args,
    )
    return render(
        "admin/villages/list.html",
        fragment="results",
        listing=asked,
        page=page,
        may_add=actor.may("beneficiaries.edit"),
    )


@pages.form("/new", needs("beneficiaries.edit"), CollectiveIn)
def new(session: Session, actor: Actor, form: Form) -> Response:
    """Of which village, and what it is called."""
    return render("admin/villages/new.html", form=form)


@new.submit
def add(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Register it."""
    made = register_collective(session, actor, **body)
    return done(f"/admin/villages?area={made.area_code}", _("{name} 已登记", name=made.name))
