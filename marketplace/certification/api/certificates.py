"""Certificates: issued and suspended by the offices; the catalogue open to everybody. Revocations: `revocations`."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.certification.api.blueprint import blueprint
from marketplace.certification.models import Certificate
from marketplace.certification.schemas import certificates as shapes
from marketplace.certification.service import public as public_service
from marketplace.certification.service import reading
from marketplace.certification.service.issue import issue_certificates
from marketplace.certification.service.notices import FREE_OF_CHARGE
from marketplace.certification.service.standing import (
    reinstate_certificate,
    suspend_certificate,
)
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.http import endpoint, needs, page_of, public


@blueprint.route("/certificates", methods=["POST"])
@endpoint(needs("certification.issue"), idempotent=True)
@blueprint.arguments(shapes.CertificateIssueIn)
@blueprint.response(201, shapes.CertificatesOut)
def issue(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Issue certificates as one catalogue batch (签发), all or none."""
    issued = issue_certificates(
        session,
        actor,
        numbers=body["numbers"],
        batch=body["batch"],
        opinion=body["opinion"],
        valid_from=body["valid_from"],
    )
    return {"items": [_shown(session, certificate.id) for certificate in issued]}


@blueprint.route("/certificates")
@endpoint(public())
@blueprint.arguments(shapes.CertificateListArgs, location="query")
@blueprint.response(200, shapes.CertificatePage)
def catalogue(session: Session, actor: Actor | None, args: dict[str, Any]) -> dict[str, Any]:
    """The catalogue (目录) by scheme and number. Open to everybody; small counts are masked."""
    at = utcnow()
    page = page_of(
        session,
        public_service.catalogue(
            at,
            scheme=args["scheme"],
            area_code=args["area_code"],
            product_id=args["product_id"],
            only_active=args["only_active"],
        ),
        keys=(Certificate.scheme, Certificate.catalogue_no),
        key_of=lambda row: (row[0].scheme, row[0].catalogue_no),
        args=args,
        scalars=False,
    )
    return {
        "items": [public_service.public_certificate(row, name, at) for row, name in page.items],
        "next_cursor": page.next_cursor,
        "statement": FREE_OF_CHARGE,
    }


@blueprint.route("/certificates/<uuid:certificate_id>")
@endpoint(public())
@blueprint.response(200, shapes.CertificateOut)
def detail(session: Session, actor: Actor | None, certificate_id: uuid.UUID) -> dict[str, Any]:
    """One certificate with its standing now. Open to everybody."""
    return _shown(session, certificate_id)


@blueprint.route("/certificates/<uuid:certificate_id>/events")
@endpoint(needs("certification.read"))
@blueprint.response(200, shapes.CertificateEventsOut)
def events(session: Session, actor: Actor, certificate_id: uuid.UUID) -> dict[str, Any]:
    """The certificate's history, for its area's officials and its producer."""
    return {"items": reading.certificate_history(session, actor, certificate_id)}


@blueprint.route("/certificates/<uuid:certificate_id>/suspension", methods=["POST"])
@endpoint(needs("certification.suspend"), idempotent=True)
@blueprint.arguments(shapes.CertificateSuspensionIn)
@blueprint.response(200, shapes.CertificateOut)
def suspend(
    session: Session, actor: Actor, body: dict[str, Any], certificate_id: uuid.UUID
) -> dict[str, Any]:
    """Suspend from now on (暂停)."""
    suspend_certificate(session, actor, certificate_id, cause=body["cause"], document_no=body["document_no"])
    return _shown(session, certificate_id)


@blueprint.route("/certificates/<uuid:certificate_id>/reinstatement", methods=["POST"])
@endpoint(needs("certification.suspend"), idempotent=True)
@blueprint.arguments(shapes.CertificateReinstatementIn)
@blueprint.response(200, shapes.CertificateOut)
def reinstate(
    session: Session, actor: Actor, body: dict[str, Any], certificate_id: uuid.UUID
) -> dict[str, Any]:
    """End a suspension (恢复)."""
    reinstate_certificate(session, actor, certificate_id, document_no=body["document_no"])
    return _shown(session, certificate_id)


def _shown(session: Session, certificate_id: uuid.UUID) -> dict[str, Any]:
    certificate, producer_name = public_service.certificate_row(session, certificate_id)
    shown = public_service.public_certificate(certificate, producer_name, utcnow())
    return shown | {"statement": FREE_OF_CHARGE}
