"""Declared purchases: submitted by a unit, verified by the authority, returned, withdrawn, revoked."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema, signed_in
from marketplace.intake.api.blueprint import blueprint
from marketplace.intake.models import Batch, Purchase, PurchasePaper
from marketplace.intake.rules.purchases import Paper
from marketplace.intake.schemas import purchases as schemas
from marketplace.intake.service import purchase_reading as reading
from marketplace.intake.service import purchase_review, purchases


@blueprint.route("/intake/purchases", methods=["POST"])
@endpoint(needs("intake.declare"), idempotent=True)
@blueprint.arguments(schemas.PurchaseIn)
@blueprint.response(201, schemas.PurchaseOut)
def declare(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Declare what was bought, or helped to be sold, by an invoice or contract; it counts once another person verified it."""
    paper = Paper(**body.pop("paper"))
    organisation_id, seller_uscc, seller_name = (
        body.pop(name) for name in ("organisation_id", "seller_uscc", "seller_name")
    )
    said = purchases.Declared(**body)
    return _out(
        session,
        purchases.declare(
            session,
            actor,
            organisation_id,
            paper,
            seller_uscc=seller_uscc,
            seller_name=seller_name,
            said=said,
        ),
    )


@blueprint.route("/intake/purchases")
@endpoint(signed_in())
@blueprint.arguments(schemas.PurchaseListArgs, location="query")
@blueprint.response(200, page_schema(schemas.PurchaseListItemOut))
def list_purchases(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Declarations of one's own unit, or of the area for which one verifies, newest first."""
    wanted = reading.purchases_seen(actor)
    if args["state"] is not None:
        wanted = wanted.where(Purchase.state == args["state"])
    if args["organisation_id"] is not None:
        wanted = wanted.where(Purchase.declarant_id == args["organisation_id"])
    return page_of(
        session, wanted, keys=[Purchase.id], key_of=lambda row: [row.id], args=args, descending=True
    )


@blueprint.route("/intake/purchases/<number>")
@endpoint(signed_in())
@blueprint.response(200, schemas.PurchaseOut)
def get_purchase(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """A declaration with its steps."""
    return _out(session, reading.find(session, actor, number))


@blueprint.route("/intake/purchases/<number>/resubmission", methods=["POST"])
@endpoint(needs("intake.declare"), idempotent=True)
@blueprint.arguments(schemas.PurchaseSaidIn)
@blueprint.response(200, schemas.PurchaseOut)
def resubmit(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Say anew what was returned, by the same paper."""
    return _out(session, purchases.resubmit(session, actor, number, purchases.Declared(**body)))


@blueprint.route("/intake/purchases/<number>/withdrawal", methods=["POST"])
@endpoint(needs("intake.declare"), idempotent=True)
@blueprint.response(200, schemas.PurchaseOut)
def withdraw(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """Declare it no more."""
    return _out(session, purchases.withdraw(session, actor, number))


@blueprint.route("/intake/purchases/<number>/review", methods=["POST"])
@endpoint(needs("intake.verify"), idempotent=True)
@blueprint.arguments(schemas.PurchaseReviewIn)
@blueprint.response(200, schemas.PurchaseOut)
def review(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Verify, return or refuse a declaration; verified, it enters the books."""
    return _out(session, purchase_review.review(session, actor, number, body["decision"], body["opinion"]))


@blueprint.route("/intake/purchases/<number>/revocation", methods=["POST"])
@endpoint(needs("intake.verify"), idempotent=True)
@blueprint.arguments(schemas.PurchaseRevocationIn)
@blueprint.response(200, schemas.PurchaseOut)
def revoke(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Take back from the books what was verified in error."""
    return _out(session, purchase_review.revoke(session, actor, number, body["opinion"]))


@blueprint.route("/intake/purchases/<number>/files/<uuid:file_id>")
@endpoint(signed_in())
@blueprint.response(200)
def evidence(session: Session, actor: Actor, number: str, file_id: uuid.UUID) -> Response:
    """A file that a declaration is proven by; each reading is recorded."""
    content, media_type = reading.evidence_of(session, actor, number, file_id)
    answer = Response(content, mimetype=media_type)
    answer.headers["Content-Disposition"] = "attachment"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _out(session: Session, purchase: Purchase) -> dict[str, Any]:
    paper = session.get_one(PurchasePaper, purchase.paper_id, populate_existing=True)
    batch = None if purchase.batch_id is None else session.get_one(Batch, purchase.batch_id)
    plain = schemas.PurchaseListItemOut().fields
    return {name: getattr(purchase, name) for name in (*plain, "buyer_uscc", "fund_source")} | {
        "paper": {
            "kind": paper.kind,
            "code": paper.code,
            "number": paper.paper_no,
            "issued_on": paper.issued_on,
            "total_fen": paper.total_fen,
        },
        "seller_uscc": paper.seller_uscc,
        "seller_name": paper.seller_name,
        "left_fen": paper.total_fen - paper.declared_fen,
        "lines": reading.lines_of(session, purchase),
        "file_ids": reading.files_of(session, purchase),
        "batch": None if batch is None else batch.number,
        "steps": reading.steps_of(session, purchase),
    }
