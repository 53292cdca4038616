"""The catalogue for officials: filters, one certificate with its history, and two batches side by side."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, Final

from flask import Response, request
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from admin.own_area import beginning_with, own_area
from marketplace.certification.models import Certificate
from marketplace.certification.rules.schemes import schemes
from marketplace.certification.rules.standing import REVOCATION_CAUSES, STANDINGS, SUSPENSION_CAUSES
from marketplace.certification.schemas.certificates import CertificateListArgs
from marketplace.certification.schemas.common import SCHEMES
from marketplace.certification.service import batches, public, queues, reading
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.http import needs, page_of
from marketplace.core.http.fields import AreaCode, Line, OneOf
from marketplace.web.kit import Listing, Pages, note, render
from marketplace.web.kit.words import label

pages: Final = Pages("admin_certificates", __name__, url_prefix="/admin/certificates")

SOON: Final = timedelta(days=30)
EVENTS: Final = {
    "issued": note("签发"),
    "suspended": note("暂停"),
    "reinstated": note("恢复"),
    "revoked": note("撤销"),
    "expiring": note("临近到期"),
    "expired": note("到期"),
    "renewed": note("续期"),
    "amended": note("变更"),
}
CHANGES: Final = {"added": note("新增"), "gone": note("不再列入"), "changed": note("规格变更")}


class BatchArgs(Schema):
    """Which two batches of which scheme are compared."""

    scheme = OneOf(SCHEMES, load_default="provincial")
    area_code = AreaCode(load_default=None)
    before = Line(20, load_default="")
    after = Line(20, load_default="")
    page_size = fields.Integer(load_default=50)


@pages.show("", needs("certification.read"))
def listing(session: Session, actor: Actor) -> Response:
    """The catalogue by scheme and number; `ending=1`: those in force that end within thirty days, soonest first."""
    asked = Listing(beginning_with(CertificateListArgs, area_code=own_area(actor)))
    at = utcnow()
    is_ending = bool(request.args.get("ending"))
    if is_ending:
        ending = queues.certificates_ending(actor, today(), today() + SOON)
        page = page_of(
            session,
            public.with_producer(ending),
            keys=(Certificate.valid_to, Certificate.id),
            key_of=lambda row: (row[0].valid_to, row[0].id),
            args=asked.args,
            scalars=False,
        )
    else:
        page = page_of(
            session,
            public.catalogue(
                at,
                scheme=asked.args["scheme"],
                area_code=asked.args["area_code"],
                only_active=asked.args["only_active"],
            ),
            keys=(Certificate.scheme, Certificate.catalogue_no),
            key_of=lambda row: (row[0].scheme, row[0].catalogue_no),
            args=asked.args,
            scalars=False,
        )
    return render(
        "admin/certificates/list.html",
        fragment="results",
        listing=asked,
        page=page,
        rows=[public.public_certificate(row, name, at) for row, name in page.items],
        is_ending=is_ending,
        # The catalogue is public everywhere; what the offices do with a certificate is shown in its area alone.
        is_mine=lambda row: actor.may_on("certification.read", area=row["area_code"]),
        schemes=[(one.code, label(one.title)) for one in schemes().values()],
    )


@pages.show("/batches", needs("certification.read"))
def compare(session: Session, actor: Actor) -> Response:
    """The batches of a scheme, and what differs between two."""
    asked = Listing(BatchArgs)
    args = asked.args
    found = batches.batches(session, actor, args["scheme"], args["area_code"])
    lines = (
        batches.difference(session, actor, args["scheme"], args["before"], args["after"], args["area_code"])
        if args["before"] and args["after"]
        else []
    )
    return render(
        "admin/certificates/batches.html",
        fragment="results",
        listing=asked,
        batches=found,
        choices=[(one.batch, one.batch) for one in found],
        lines=lines,
        changes=CHANGES,
        most=batches.MOST_LINES,
        schemes=[(one.code, label(one.title)) for one in schemes().values()],
    )


@pages.show("/<uuid:certificate_id>", needs("certification.read"))
def one(session: Session, actor: Actor, certificate_id: uuid.UUID) -> Response:
    """One certificate: what it says, how it stands, what happened to it, and what the office may do."""
    certificate, producer_name = public.certificate_row(session, certificate_id)
    events = reading.certificate_history(session, actor, certificate_id)
    return render(
        "admin/certificates/one.html",
        certificate=public.public_certificate(certificate, producer_name, utcnow()),
        certificate_no=certificate.certificate_no,
        events=[_event(one) for one in events],
        standings=STANDINGS,
        may_suspend=actor.may_on("certification.suspend", area=certificate.area_code),
        may_propose=actor.may_on("certification.revoke_propose", area=certificate.area_code),
    )


def _event(event: Any) -> dict[str, Any]:
    causes = SUSPENSION_CAUSES | REVOCATION_CAUSES
    told = [label(causes.get(event.cause, event.cause)) if event.cause else "", event.document_no or ""]
    return {
        "title": label(EVENTS.get(event.kind, event.kind)),
        "at": event.at,
        "note": " · ".join(filter(None, told)),
        "tone": {"suspended": "warn", "revoked": "bad", "expired": "warn"}.get(event.kind, "done"),
    }
