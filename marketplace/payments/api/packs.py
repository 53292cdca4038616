"""The reimbursement pack of an order."""

from __future__ import annotations

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, needs
from marketplace.core.http.downloads import pdf
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.service.pack import build_pack


@blueprint.route("/orders/<number>/reimbursement-pack")
@endpoint(needs("payments.read"))
@blueprint.response(200, content_type="application/pdf")
def reimbursement_pack(session: Session, actor: Actor, number: str) -> Response:
    """报销资料包: contract, invoices, acceptance record and payment voucher in one PDF; its cover says what is missing."""
    return pdf(build_pack(session, actor, number).content, f"{number}-pack")
