"""May this product be put forward at all: place, kind of applicant, and what a renewal or amendment is about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace.certification.models import Application, Certificate
from marketplace.certification.rules.schemes import Scheme
from marketplace.certification.rules.validity import renewal_is_open
from marketplace.core.clock import day_start, today
from marketplace.core.errors import Conflict, Invalid
from marketplace.producers.models import Producer, Product

# Declared by the dossier, never by the applicant.
FROM_DOSSIER: Final = ("entity_kind", "registered_area", "production_area", "product_name")


def require_admitted(scheme: Scheme, application: Application, product: Product, producer: Producer) -> None:
    """Invalid for a place or kind of applicant that the scheme does not take, Conflict for a product that moved or ended."""
    if product.status != "active":
        raise Conflict("product_inactive", "产品已停用")
    if product.origin_area != application.area_code or product.producer_id != application.producer_id:
        raise Conflict("needs_new_application", "产地或主体已变更,需重新申报")
    if not scheme.admits_place(product.origin_area):
        raise Invalid("place_not_admitted", f"{scheme.title}不受理该产地", pointer="/product_id")
    if producer.entity_kind not in scheme.applicant_kinds:
        raise Invalid("applicant_not_admitted", f"{scheme.title}不受理该类主体", pointer="/product_id")


def require_predecessor(session: Session, application: Application, product: Product) -> None:
    """A renewal or amendment needs its certificate, of the same product and scheme and in force; a new one needs none.

    Change of spec or packaging is an amendment; a change of producer, origin county or category asks for a new application.
    """
    certificate_id = application.renews_certificate_id
    if application.kind == "new":
        if certificate_id is not None:
            raise Invalid("certificate_unexpected", "首次认定不引用证书", pointer="/certificate_id")
        if certificate_in_force(session, application, today()) is not None:
            raise Conflict("certificate_in_force", "已有有效证书,应申请续期或变更")
        return
    old = session.get(Certificate, certificate_id) if certificate_id else None
    if old is None or old.product_id != application.product_id or old.scheme != application.scheme:
        raise Invalid("certificate_unknown", "没有该产品在此名录下的证书", pointer="/certificate_id")
    if old.void_from is not None or today() > old.valid_to:
        raise Conflict("certificate_not_in_force", "证书已失效,需重新申报")
    if old.area_code[:6] != product.origin_area[:6] or old.producer_id != product.producer_id:
        raise Conflict("needs_new_application", "产地或主体已变更,需重新申报")
    if old.category_code != product.category_code:
        raise Conflict("needs_new_application", "品类已变更,需重新申报")
    if application.kind == "renewal" and not renewal_is_open(old.valid_to, today()):
        raise Conflict("renewal_not_open", "有效期最后90日内方可申请续期")
    if application.kind == "renewal" and certificate_in_force(
        session, application, old.valid_to + timedelta(days=1)
    ):
        raise Conflict("already_renewed", "证书已续期")
    if application.kind == "amendment" and (old.product_name, old.spec) == (product.name, product.spec):
        raise Conflict("nothing_to_amend", "名称和规格与证书一致")


def certificate_in_force(session: Session, application: Application, day: date) -> str | None:
    """Number of a certificate of the same product and scheme that holds on that Shanghai day or later, if there is one."""
    return session.scalar(
        select(Certificate.catalogue_no)
        .where(
            Certificate.product_id == application.product_id,
            Certificate.scheme == application.scheme,
            Certificate.valid_to >= day,
            or_(Certificate.void_from.is_(None), Certificate.void_from > day_start(day)),
        )
        .order_by(Certificate.catalogue_no)
        .limit(1)
    )
