"""Issuing certificates (签发): the last step of the chain, one catalogue batch at a time.

The certificate repeats what was reviewed. If the product has changed since it was submitted, nothing is issued. Numbers run
without gaps inside (scheme, county, year, batch).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Session

from marketplace.certification.facts import CertificateChanged
from marketplace.certification.models import Application, Certificate, CertificateEvent
from marketplace.certification.rules.numbers import catalogue_number
from marketplace.certification.rules.rule_sets import validity_months_for
from marketplace.certification.rules.schemes import Scheme
from marketplace.certification.rules.validity import last_valid_day, renewed_from
from marketplace.certification.service.admission import certificate_in_force
from marketplace.certification.service.decisions import require_notice_over
from marketplace.certification.service.inbox import tell_applicant
from marketplace.certification.service.transitions import (
    governing_of,
    lock_applications,
    require_office,
    require_unprejudiced,
    required_text,
    step_due,
    transition,
)
from marketplace.core import audit, facts
from marketplace.core.actor import Actor
from marketplace.core.clock import day_start, today, utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.errors import Conflict, IllegalTransition, Invalid
from marketplace.producers.models import Product


def issue_certificates(
    session: Session,
    actor: Actor,
    *,
    numbers: Collection[str],
    batch: int,
    opinion: str,
    valid_from: date | None = None,
) -> list[Certificate]:
    """Issue the applications' certificates as `batch` (1-99) of the year, valid from `valid_from` (default today, never earlier).

    A renewal follows its predecessor without overlap; an amendment begins tomorrow at the earliest and ends when its
    predecessor would have. Raises Forbidden for the wrong office or person, IllegalTransition and Conflict when it is not
    due (``notice_running``, ``objection_open``, ``product_changed``, ``certificate_in_force``); all or nothing.
    """
    words = required_text(opinion, "/opinion")
    first_day = valid_from or today()
    if first_day < today():
        raise Invalid("starts_in_past", "有效期不能追溯", pointer="/valid_from")
    if not 1 <= batch <= 99:
        raise Invalid("batch", "批次应为1至99", pointer="/batch")
    applications = lock_applications(session, actor, numbers)
    for application in applications:
        _require_due(actor, application)
    require_unprejudiced(session, actor, applications)
    issued = []
    for application in sorted(applications, key=lambda row: row.number):
        scheme, _ = step_due(application)
        if application.state == "in_public_notice":
            require_notice_over(session, application, scheme)
        transition(session, application, "published", actor, opinion=words)
        issued.append(_issue(session, actor, application, scheme, batch, first_day))
        tell_applicant(session, application)
    session.flush()
    return issued


def _require_due(actor: Actor, application: Application) -> None:
    _, step = step_due(application)
    if application.state == "objection_open":
        raise Conflict("objection_open", "有异议未处理完毕", number=application.number)
    if step is None or step.kind != "issue":
        raise IllegalTransition(
            detail=f"{application.number} 未到签发环节", current=application.state, target="published"
        )
    require_office(actor, step, application.area_code)


def _issue(
    session: Session, actor: Actor, application: Application, scheme: Scheme, batch: int, first_day: date
) -> Certificate:
    product = session.get_one(Product, application.product_id, populate_existing=True)
    reviewed = application.facts["product"]
    if (product.name, product.spec, product.category_code) != (
        reviewed["name"],
        reviewed["spec"],
        reviewed["category_code"],
    ) or (product.origin_area, product.producer_id) != (application.area_code, application.producer_id):
        raise Conflict("product_changed", "产品资料在申报后已变更", number=application.number)
    valid_from, valid_to = _term(session, actor, application, scheme, first_day)
    values = application.facts["values"]
    year = valid_from.year
    certificate = Certificate(
        catalogue_no=_next_number(session, scheme.code, application.area_code, year, batch),
        scheme=scheme.code,
        batch=f"{year}-{batch:02d}",
        product_id=product.id,
        producer_id=product.producer_id,
        area_code=application.area_code,
        application_id=application.id,
        product_name=product.name,
        spec=product.spec,
        category_code=product.category_code,
        valid_from=valid_from,
        valid_to=valid_to,
        suspensions=MultiRange(),
        households_helped=values.get("households_helped"),
        persons_helped=values.get("persons_helped"),
        commodity_value_fen=values.get("commodity_value_fen"),
        issued_by=actor.audit_id,
        issued_at=utcnow(),
    )
    session.add(certificate)
    session.flush()
    add_event(session, actor, certificate, "issued")
    return certificate


def _term(
    session: Session, actor: Actor, application: Application, scheme: Scheme, first_day: date
) -> tuple[date, date]:
    months = validity_months_for(scheme, governing_of(application))
    if application.kind == "new":
        valid_from = first_day
        valid_to = last_valid_day(valid_from, months)
        _require_none_in_force(session, application, valid_from)
        return valid_from, valid_to
    old = session.get_one(
        Certificate, application.renews_certificate_id, with_for_update=True, populate_existing=True
    )
    if old.void_from is not None:
        raise Conflict("certificate_not_in_force", "原证书已失效", number=application.number)
    if application.kind == "renewal":
        valid_from = renewed_from(old.valid_to, first_day)
        _require_none_in_force(session, application, valid_from)
        add_event(session, actor, old, "renewed")
        return valid_from, last_valid_day(valid_from, months)
    valid_from = max(first_day, today() + timedelta(days=1))
    if valid_from > old.valid_to:
        raise Conflict("certificate_not_in_force", "原证书已到期,需重新申报", number=application.number)
    old.void_from = day_start(valid_from)
    old.row_version += 1
    add_event(session, actor, old, "amended")
    return valid_from, old.valid_to


def _require_none_in_force(session: Session, application: Application, valid_from: date) -> None:
    """A product has one certificate of a scheme at a time. Only one application can be open, so nobody else issues meanwhile."""
    other = certificate_in_force(session, application, valid_from)
    if other is not None:
        raise Conflict("certificate_in_force", f"已有有效证书 {other}", number=application.number)


def _next_number(session: Session, scheme: str, area_code: str, year: int, batch: int) -> str:
    prefix = str(catalogue_number(area_code, year, batch, 1))[:-4]
    lock_exclusive(session, "certification.catalogue_no", f"{scheme}:{prefix}")
    last = session.scalar(
        select(func.max(Certificate.catalogue_no)).where(
            Certificate.scheme == scheme,
            Certificate.catalogue_no >= prefix,
            Certificate.catalogue_no < f"{prefix}:",
        )
    )
    sequence = int(last[-4:]) + 1 if last else 1
    return str(catalogue_number(area_code, year, batch, sequence))


def add_event(
    session: Session,
    actor: Actor | None,
    certificate: Certificate,
    kind: str,
    *,
    cause: str | None = None,
    document_no: str | None = None,
) -> None:
    """Write a line of the certificate's history and of the audit trail, now."""
    session.add(
        CertificateEvent(
            certificate_id=certificate.id,
            kind=kind,
            at=utcnow(),
            effective_from=certificate.void_from or utcnow(),
            cause=cause,
            actor_id=actor.audit_id if actor else None,
            document_no=document_no,
        )
    )
    audit.record(
        session,
        actor,
        f"certification.certificate.{kind}",
        "certificate",
        certificate.id,
        area_code=certificate.area_code,
        detail={"scheme": certificate.scheme, "catalogue_no": certificate.catalogue_no}
        | ({"cause": cause} if cause else {}),
    )
    facts.publish(session, CertificateChanged(certificate.id, certificate.product_id, kind))
