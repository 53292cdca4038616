"""A first agreement by page: which way of linkage, then the agreement and its first version in one form.

Both are one use case for who types them; the services are the API's two, in one transaction. What comes of it is a draft, handed
to the county as any other version is.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request
from sqlalchemy.orm import Session

from marketplace.beneficiaries.linkage import INCOME_GROUPS, LINKAGE_MODES
from marketplace.beneficiaries.models import VillageCollective
from marketplace.beneficiaries.service import create_agreement, draft_version, lists
from marketplace.core import divisions
from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.http import needs
from marketplace.producers.models import Producer
from marketplace.producers.service import producers
from marketplace.web.agreements_shown import explain, mode_title
from marketplace.web.kit import Form, Pages, done, hats, render
from marketplace.web.kit import say as _
from marketplace.web.kit.uploads import Keeping
from marketplace.web.producers.agreement_fields import fields_of, with_file
from marketplace.web.producers.agreement_forms import OpeningForm

pages: Final = Pages("producers_agreement_new", __name__, url_prefix="/producer/agreements/new")

#: Own dossiers and collectives of a city in the choices, at most.
MOST_DOSSIERS: Final = 200
MOST_COLLECTIVES: Final = 500


@pages.show("", needs("agreements.draft"))
def choose(session: Session, actor: Actor) -> Response:
    """The ways of linkage by the kind of income that they give, each with its formula for figures of an example."""
    groups = [
        (group, [mode for mode in LINKAGE_MODES if mode.income_group == group]) for group in INCOME_GROUPS
    ]
    return render("producers/agreement_modes.html", groups=groups, mode_title=mode_title, explain=explain)


def _keeping(session: Session, actor: Actor, **_path: Any) -> Keeping:
    """The evidence is the producer's, and for the county that decides, once it is a place."""
    typed = request.form.get("area_code", "").strip()
    area = typed if divisions.is_known(typed) else None
    return Keeping(owner_id=hats.organisation(actor), area_code=area)


@pages.form("/<mode>", needs("agreements.draft"), OpeningForm, keeps=_keeping)
def new(session: Session, actor: Actor, form: Form, mode: str) -> Response:
    """The agreement with the terms of that mode; it begins with the county where the own dossier is produced."""
    _known(mode)
    told = fields_of(session, actor, form, mode, None)
    mine = session.scalars(producers.listing(actor).order_by(Producer.producer_no).limit(MOST_DOSSIERS)).all()
    if mine:
        form.fill(producer_id=mine[0].id, area_code=divisions.at_level(mine[0].production_area, "county"))
    city = _city(form.value("area_code"))
    return render(
        "producers/agreement_new.html",
        form=form,
        mode=mode,
        mode_title=mode_title,
        told=told,
        mine=[(one.id, one.name) for one in mine],
        counties=[(one.code, divisions.full_name(one.code)) for one in _counties(city)],
        collectives=[
            (one.id, f"{one.name} {divisions.full_name(one.area_code)}") for one in _of(session, city)
        ],
    )


@new.submit
def open_one(session: Session, actor: Actor, body: dict[str, Any], mode: str) -> Response:
    """Open it and draft its first version, both or neither."""
    _known(mode)
    agreement = create_agreement(session, actor, mode=mode, **body["opening"])
    version = draft_version(session, actor, agreement.number, with_file(body["version"]))
    return done(
        f"/producer/agreements/{agreement.number}/versions/{version.version}",
        _("协议 {number} 的草稿已保存,请核对后提交", number=agreement.number),
    )


def _known(mode: str) -> None:
    if mode not in {one.code for one in LINKAGE_MODES}:
        raise NotFound


def _city(area_code: str) -> str | None:
    """The city of a place that was typed; None where it is none."""
    return divisions.at_level(area_code, "city") if divisions.is_known(area_code) else None


def _counties(city: str | None) -> tuple[divisions.Division, ...]:
    return () if city is None else divisions.children(city, "county")


def _of(session: Session, city: str | None) -> list[VillageCollective]:
    """The collectives of the city: an agreement's may lie in any of its counties that can be typed."""
    if city is None:
        return []
    statement = lists.collectives(area=city).order_by(VillageCollective.area_code).limit(MOST_COLLECTIVES)
    return list(session.scalars(statement))
