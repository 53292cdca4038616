"""Issuing certificates (签发): the last step of the chain, one catalogue batch at a time.

The certificate repeats what was reviewed. If the product has changed since it was submitted, nothing is issued. Numbers run
without gaps inside (scheme, county, year, batch).
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Session

from marketplace.certification.models import Application, Certificate
from marketplace.certification.rules.rule_sets import validity_months_for
from marketplace.certification.rules.validity import last_valid_day, renewed_from
from marketplace.certification.service.decisions import require_notice_over
from marketplace.certification.service.history import add_event
from marketplace.certification.service.inbox import tell_applicant
from marketplace.certification.service.numbering import next_numbers
from marketplace.certification.service.transitions import (
    governing_of,
    lock_applications,
    require_office,
    require_unprejudiced,
    required_text,
    step_due,
    transition,
)
from marketplace.core.actor import Actor
from marketplace.core.clock import day_start, today, utcnow
from marketplace.core.errors import Conflict, IllegalTransition, Invalid
from marketplace.producers.models import Product

# First and last valid Shanghai day, both inclusive.
Term = tuple[date, date]


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
    applications.sort(key=lambda row: row.number)
    for application in applications:
        if application.state == "in_public_notice":
            require_notice_over(session, application, step_due(application)[0])
    products = _products(session, applications)
    terms = _terms(session, actor, applications, first_day)
    for application in applications:
        transition(session, application, "published", actor, opinion=words)
    issued = []
    for scheme, group in groupby(sorted(zip(applications, terms, strict=True), key=_scheme), key=_scheme):
        pairs = list(group)
        places = [(application.area_code, term[0].year) for application, term in pairs]
        for (application, term), number in zip(
            pairs, next_numbers(session, scheme, places, batch), strict=True
        ):
            product = products[application.product_id]
            issued.append(_certificate(actor, application, product, term, number, batch))
    session.add_all(issued)
    session.flush()
    for certificate in issued:
        add_event(session, actor, certificate, "issued")
    for application in applications:
        tell_applicant(session, application)
    session.flush()
    return issued


def _scheme(pair: tuple[Application, Term]) -> str:
    return pair[0].scheme


def _require_due(actor: Actor, application: Application) -> None:
    _, step = step_due(application)
    if application.state == "objection_open":
        raise Conflict("objection_open", "有异议未处理完毕", number=application.number)
    if step is None or step.kind != "issue":
        raise IllegalTransition(
            detail=f"{application.number} 未到签发环节", current=application.state, target="published"
        )
    require_office(actor, step, application.area_code)


def _products(session: Session, applications: Sequence[Application]) -> dict[uuid.UUID, Product]:
    """The products as they are now; Conflict (``product_changed``) when one is no longer what was reviewed."""
    rows = session.scalars(
        select(Product)
        .where(Product.id.in_(sorted(row.product_id for row in applications)))
        .execution_options(populate_existing=True)
    )
    products = {row.id: row for row in rows}
    for application in applications:
        product, reviewed = products[application.product_id], application.facts["product"]
        now = (product.name, product.spec, product.category_code, product.origin_area, product.producer_id)
        then = (reviewed["name"], reviewed["spec"], reviewed["category_code"])
        if now != (*then, application.area_code, application.producer_id):
            raise Conflict("product_changed", "产品资料在申报后已变更", number=application.number)
    return products


def _terms(
    session: Session, actor: Actor, applications: Sequence[Application], first_day: date
) -> list[Term]:
    """First and last day of each certificate. Predecessors are locked in id order, as orders lock them."""
    rows = session.scalars(
        select(Certificate)
        .where(
            Certificate.id.in_(
                sorted(row.renews_certificate_id for row in applications if row.renews_certificate_id)
            )
        )
        .order_by(Certificate.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    predecessors = {row.id: row for row in rows}
    others: defaultdict[tuple[uuid.UUID, str], list[Certificate]] = defaultdict(list)
    for row in session.scalars(
        select(Certificate).where(Certificate.product_id.in_(sorted(row.product_id for row in applications)))
    ):
        others[row.product_id, row.scheme].append(row)
    terms = []
    for application in applications:
        held = others[application.product_id, application.scheme]
        if application.renews_certificate_id is None:
            months = validity_months_for(step_due(application)[0], governing_of(application))
            _require_none_in_force(application, held, first_day)
            terms.append((first_day, last_valid_day(first_day, months)))
        else:
            old = predecessors[application.renews_certificate_id]
            terms.append(_term_after(session, actor, application, old, held, first_day))
    return terms


def _term_after(
    session: Session,
    actor: Actor,
    application: Application,
    old: Certificate,
    held: Sequence[Certificate],
    first_day: date,
) -> Term:
    if old.void_from is not None:
        raise Conflict("certificate_not_in_force", "原证书已失效", number=application.number)
    if application.kind == "renewal":
        valid_from = renewed_from(old.valid_to, first_day)
        _require_none_in_force(application, held, valid_from)
        add_event(session, actor, old, "renewed")
        months = validity_months_for(step_due(application)[0], governing_of(application))
        return valid_from, last_valid_day(valid_from, months)
    valid_from = max(first_day, today() + timedelta(days=1))
    if valid_from > old.valid_to:
        raise Conflict("certificate_not_in_force", "原证书已到期,需重新申报", number=application.number)
    old.void_from = day_start(valid_from)
    old.row_version += 1
    add_event(session, actor, old, "amended")
    return valid_from, old.valid_to


def _require_none_in_force(application: Application, held: Sequence[Certificate], valid_from: date) -> None:
    """A product has one certificate of a scheme at a time. Only one application can be open, so nobody else issues meanwhile."""
    for other in held:
        lasts = other.void_from is None or other.void_from > day_start(valid_from)
        if other.valid_to >= valid_from and lasts:
            raise Conflict(
                "certificate_in_force", f"已有有效证书 {other.catalogue_no}", number=application.number
            )


def _certificate(
    actor: Actor, application: Application, product: Product, term: Term, number: str, batch: int
) -> Certificate:
    values = application.facts["values"]
    valid_from, valid_to = term
    return Certificate(
        catalogue_no=number,
        scheme=application.scheme,
        batch=f"{valid_from.year}-{batch:02d}",
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
