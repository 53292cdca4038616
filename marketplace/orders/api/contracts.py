"""Freight, the contract of an order and its signatures, and the acceptance record as a paper."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, needs
from marketplace.core.http.downloads import pdf
from marketplace.orders import schemas, service
from marketplace.orders.api.blueprint import blueprint
from marketplace.orders.api.reading import shown
from marketplace.orders.models import Contract, ContractSignature, SalesOrder
from marketplace.orders.schemas import contracts as shapes
from marketplace.orders.service import acceptance_record, contracts

_PLAIN: Final = (
    "number",
    "kind",
    "state",
    "contract_days",
    "inspection_days",
    "drafted_at",
    "sent_at",
    "signed_at",
    "voided_at",
    "void_reason",
)


def _contract(row: Contract, signatures: list[ContractSignature]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _PLAIN} | {
        "order_number": row.content["order_number"],
        "total_fen": row.content["total_fen"],
        "freight_fen": row.content["freight_fen"],
        "content_sha256": row.content_sha256.hex(),
        "document_sha256": None if row.document_sha256 is None else row.document_sha256.hex(),
        "signatures": [one for one in signatures if one.contract_id == row.id],
    }


def _shown(session: Session, row: Contract) -> dict[str, Any]:
    return _contract(row, contracts.signatures_of(session, [row.id]))


@blueprint.route("/orders/<number>/freight", methods=["POST"])
@endpoint(needs("orders.fulfil"), idempotent=True)
@blueprint.arguments(shapes.FreightIn)
@blueprint.response(200, schemas.OrderOut)
def set_freight(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """The seller sets the freight; refused once the contract is out, or goods or money have moved."""
    order: SalesOrder = service.set_freight(session, actor, number, body["freight_fen"])
    return shown(session, order)


@blueprint.route("/orders/<number>/contracts", methods=["POST"])
@endpoint(needs("orders.contract"), idempotent=True)
@blueprint.arguments(shapes.ContractIn)
@blueprint.response(201, shapes.ContractOut)
def draft(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """The seller drafts the contract, or a supplement once that is signed; its paper is made within seconds."""
    return _shown(session, contracts.draft(session, actor, number, contracts.Agreed(**body)))


@blueprint.route("/orders/<number>/contracts")
@endpoint(needs("orders.read"))
@blueprint.response(200, shapes.ContractListOut)
def of_order(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """The contracts of an order with their signatures."""
    rows = contracts.contracts_of(session, actor, number)
    signatures = contracts.signatures_of(session, [row.id for row in rows])
    return {"items": [_contract(row, signatures) for row in rows]}


@blueprint.route("/contracts/<number>/document")
@endpoint(needs("orders.read"))
@blueprint.response(200, content_type="application/pdf")
def document(session: Session, actor: Actor, number: str) -> Response:
    """The contract as PDF, for the two sides and who checks signatures; its ETag is its SHA-256; the look is recorded."""
    contract, content = contracts.document_of(session, actor, number)
    return pdf(content, contract.number, sha256=contract.document_sha256)


@blueprint.route("/contracts/<number>/dispatch", methods=["POST"])
@endpoint(needs("orders.contract"), idempotent=True)
@blueprint.response(200, shapes.ContractOut)
def send(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """The seller sends its draft to the buyer; nothing in it changes any more."""
    return _shown(session, contracts.send(session, actor, number))


@blueprint.route("/contracts/<number>/voiding", methods=["POST"])
@endpoint(needs("orders.contract"), idempotent=True)
@blueprint.arguments(shapes.VoidIn)
@blueprint.response(200, shapes.ContractOut)
def void(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Call a contract off before both sides have signed it."""
    return _shown(session, contracts.void(session, actor, number, body["reason"]))


@blueprint.route("/contracts/<number>/signatures", methods=["POST"])
@endpoint(needs("orders.contract"), idempotent=True)
@blueprint.arguments(shapes.SignatureIn)
@blueprint.response(201, shapes.SignatureOut)
def sign(session: Session, actor: Actor, body: dict[str, Any], number: str) -> ContractSignature:
    """A side brings its signature: a file with a CA signature, or a scan of the stamped paper."""
    return contracts.sign(session, actor, number, contracts.Signed(**body))


@blueprint.route("/contract-signatures/<uuid:signature_id>/file")
@endpoint(needs("orders.read"))
@blueprint.response(200, content_type="application/octet-stream")
def signature_file(session: Session, actor: Actor, signature_id: uuid.UUID) -> Response:
    """The file of a signature, for the two sides and who checks it; the look is recorded."""
    content = contracts.signature_file(session, actor, signature_id)
    return Response(
        content,
        mimetype="application/octet-stream",
        headers={"Content-Disposition": "attachment", "Cache-Control": "private, no-store"},
    )


@blueprint.route("/contract-signatures/<uuid:signature_id>/check", methods=["POST"])
@endpoint(needs("orders.contract_check"), idempotent=True)
@blueprint.arguments(shapes.SignatureCheckIn)
@blueprint.response(200, shapes.ContractOut)
def check(session: Session, actor: Actor, body: dict[str, Any], signature_id: uuid.UUID) -> dict[str, Any]:
    """Another person of the other side, or of the platform, says whether the signature stands."""
    contract = contracts.check_signature(session, actor, signature_id, **body)
    return _shown(session, contract)


@blueprint.route("/orders/<number>/acceptance-record")
@endpoint(needs("orders.read"))
@blueprint.response(200, content_type="application/pdf")
def acceptance_paper(session: Session, actor: Actor, number: str) -> Response:
    """The acceptance record (验收单) by line, as PDF."""
    paper = acceptance_record.acceptance_record(session, actor, number)
    return pdf(paper.content, f"{number}-acceptance", sha256=paper.sha256)
