"""溯源: what everybody may know of a product by the code on its package; of households only how many, never fewer than three."""

from __future__ import annotations

import uuid

from flask import Response
from sqlalchemy.orm import Session

from marketplace.beneficiaries.linkage import LINKAGE_MODES
from marketplace.beneficiaries.service.active import households_behind
from marketplace.certification.models import Certificate
from marketplace.certification.service import public as certificates
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.producers import categories
from marketplace.producers.codes import ENTITY_KINDS, QUALITY_MARKS
from marketplace.producers.service.public import product_and_maker
from marketplace.web.kit import Pages, public, render
from marketplace.web.public.tones import STANDING_TONES

pages = Pages("trace", __name__)
_MODES = {mode.code: mode.title_zh for mode in LINKAGE_MODES}


@pages.show("/trace/<uuid:product_id>", public())
def trace(session: Session, actor: Actor | None, product_id: uuid.UUID) -> Response:
    """Product, producer, county, certificates, linkage."""
    product, producer = product_and_maker(session, product_id)
    at = utcnow()
    rows = session.execute(
        certificates.catalogue(at, product_id=product_id, only_active=False).order_by(
            Certificate.valid_from.desc(), Certificate.catalogue_no
        )
    ).all()
    helped = households_behind(session, [product_id], today()).get(product_id)
    return render(
        "public/trace.html",
        product=product,
        producer=producer,
        kind=ENTITY_KINDS.get(producer.entity_kind, ""),
        category=categories.path_zh(product.category_code),
        marks=[QUALITY_MARKS[code] for code in product.quality_marks if code in QUALITY_MARKS],
        certificates=[certificates.public_certificate(row, name, at) for row, name in rows],
        helped=helped,
        modes=[_MODES[code] for code in helped.modes if code in _MODES] if helped else [],
        tones=STANDING_TONES,
    )
