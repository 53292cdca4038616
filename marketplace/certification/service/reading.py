"""What officials and applicants see: applications with their history, objections waiting for an answer, inside their own area."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace.certification.models import (
    Application,
    ApplicationStep,
    Certificate,
    CertificateEvent,
    Notice,
    NoticeItem,
    Objection,
)
from marketplace.certification.service.objections import DECIDE
from marketplace.certification.service.transitions import require_visible
from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.scope import visible, within_area
from marketplace.producers.models import Producer

READ: Final = "certification.read"


@dataclass(frozen=True)
class ApplicationHistory:
    """An application with its steps in order, the numbers of its notices and the certificate it became."""

    application: Application
    steps: tuple[ApplicationStep, ...]
    notice_numbers: tuple[str, ...]
    certificate_id: uuid.UUID | None


def applications_seen_by(
    actor: Actor,
    *,
    state: str | None = None,
    scheme: str | None = None,
    area_code: str | None = None,
    product_id: uuid.UUID | None = None,
) -> Select[Application]:
    """The applications that the actor may read, narrowed by the filters given."""
    statement = select(Application).where(
        visible(actor, READ, area=Application.area_code, owners=(Application.applicant_organisation_id,))
    )
    if state is not None:
        statement = statement.where(Application.state == state)
    if scheme is not None:
        statement = statement.where(Application.scheme == scheme)
    if area_code is not None:
        statement = statement.where(within_area(Application.area_code, area_code))
    if product_id is not None:
        statement = statement.where(Application.product_id == product_id)
    return statement


def application_history(session: Session, actor: Actor, number: str) -> ApplicationHistory:
    """One application; NotFound when it is not there or not visible to the actor."""
    application = session.scalar(select(Application).where(Application.number == number))
    if application is None:
        raise NotFound
    require_visible(actor, application)
    steps = session.scalars(
        select(ApplicationStep)
        .where(ApplicationStep.application_id == application.id)
        .order_by(ApplicationStep.at, ApplicationStep.id)
    )
    notices = session.scalars(
        select(Notice.number)
        .join(NoticeItem, NoticeItem.notice_id == Notice.id)
        .where(NoticeItem.application_id == application.id)
        .order_by(Notice.published_at, Notice.number)
    )
    certificate_id = session.scalar(
        select(Certificate.id).where(Certificate.application_id == application.id)
    )
    return ApplicationHistory(application, tuple(steps), tuple(notices), certificate_id)


def objections_seen_by(actor: Actor, *, state: str | None = None) -> Select[Objection, str, str]:
    """Rows (Objection, application number, notice number) for the offices that answer them."""
    statement = (
        select(Objection, Application.number, Notice.number)
        .join(Application, Application.id == Objection.application_id)
        .join(Notice, Notice.id == Objection.notice_id)
        .where(visible(actor, DECIDE, area=Application.area_code))
    )
    return statement if state is None else statement.where(Objection.state == state)


def certificate_history(
    session: Session, actor: Actor, certificate_id: uuid.UUID
) -> tuple[CertificateEvent, ...]:
    """The certificate's events in order, for its area's officials and its producer; NotFound otherwise."""
    found = session.execute(
        select(Certificate.area_code, Producer.organisation_id)
        .join(Producer, Producer.id == Certificate.producer_id)
        .where(Certificate.id == certificate_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    actor.require_visible(READ, area=found.area_code, owners=(found.organisation_id,))
    return tuple(
        session.scalars(
            select(CertificateEvent)
            .where(CertificateEvent.certificate_id == certificate_id)
            .order_by(CertificateEvent.at, CertificateEvent.id)
        )
    )
