"""One dossier: what it is, its contacts masked, its products with their certificates, its agreements, its applications."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.beneficiaries.models import Agreement
from marketplace.beneficiaries.rules import VERSION_TITLES
from marketplace.beneficiaries.service import lists
from marketplace.certification.models import Application, Certificate
from marketplace.certification.rules.schemes import STATE_TITLES, schemes
from marketplace.certification.rules.standing import STANDINGS, standing_at
from marketplace.certification.service import holding, reading
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.http import needs, page_of
from marketplace.core.http.paging import PageArgs
from marketplace.producers.codes import ENTITY_KINDS, PRODUCT_STATUSES
from marketplace.producers.models import Producer, Product
from marketplace.producers.service import contacts, producers, products
from marketplace.web.agreements_shown import TONES as AGREEMENT_TONES
from marketplace.web.agreements_shown import mode_title
from marketplace.web.kit import Listing, Pages, render

pages: Final = Pages("admin_producer", __name__, url_prefix="/admin/producers")

STANDING_TONES: Final = {"active": "good", "suspended": "warn", "revoked": "bad", "not_yet_valid": "info"}
APPLICATION_TONES: Final = {
    "published": "good",
    "returned": "warn",
    "objection_open": "warn",
    "rejected": "bad",
}
#: So many agreements and applications of one producer stand on its page.
_MOST: Final = 50


@pages.show("/<uuid:producer_id>", needs("producers.read"))
def one(session: Session, actor: Actor, producer_id: uuid.UUID) -> Response:
    """The dossier with a page of its products."""
    producer = producers.get(session, actor, producer_id)
    asked = Listing(PageArgs)
    page = page_of(
        session,
        products.listing(actor, producer_id=producer_id),
        keys=[Product.product_no],
        key_of=lambda row: [row.product_no],
        args=asked.args,
    )
    held = _certificates(session, actor, producer)
    return render(
        "admin/producers/one.html",
        fragment="results",
        producer=producer,
        kinds=ENTITY_KINDS,
        contacts=contacts.masked(producer),
        agent_of=session.get(Producer, producer.agent_of_id) if producer.agent_of_id else None,
        listing=asked,
        page=page,
        product_statuses=PRODUCT_STATUSES,
        certificates=held,
        in_force={one["row"].product_id for one in held if one["standing"] == "active"},
        findings=[one for one in held if one["standing"] in ("suspended", "revoked")],
        standings=STANDINGS,
        standing_tones=STANDING_TONES,
        agreements=_agreements(session, actor, producer_id),
        agreement_tones=AGREEMENT_TONES,
        version_titles=VERSION_TITLES,
        mode_title=mode_title,
        applications=_applications(session, actor, producer),
        application_tones=APPLICATION_TONES,
        state_titles=STATE_TITLES,
        schemes=schemes(),
        may_edit=actor.may_on(
            "producers.edit", area=producer.production_area, owners=(producer.organisation_id,)
        ),
    )


def _certificates(session: Session, actor: Actor, producer: Producer) -> list[dict[str, Any]]:
    """Its certificates, those that end last first, each with its standing now; none for who may not read certification."""
    if not actor.may(reading.READ):
        return []
    rows = session.scalars(
        holding.certificates_held(actor)
        .where(Certificate.producer_id == producer.id)
        .order_by(Certificate.valid_to.desc(), Certificate.id.desc())
    )
    now = utcnow()
    return [{"row": row, "standing": standing_at(row, now)} for row in rows]


def _agreements(session: Session, actor: Actor, producer_id: uuid.UUID) -> Any:
    if not actor.may("agreements.read"):
        return ()
    return session.execute(
        lists.with_newest(lists.agreements(actor, producer_id=producer_id))
        .order_by(Agreement.agreement_no)
        .limit(_MOST)
    ).all()


def _applications(session: Session, actor: Actor, producer: Producer) -> Any:
    if not actor.may(reading.READ):
        return ()
    return session.scalars(
        reading.applications_seen_by(actor)
        .where(Application.applicant_organisation_id == producer.organisation_id)
        .order_by(Application.created_at.desc(), Application.id.desc())
        .limit(_MOST)
    ).all()
