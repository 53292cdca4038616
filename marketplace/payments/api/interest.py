"""Interest on late payment: how it stands, claimed, received, given up."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, needs
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.models import InterestClaim
from marketplace.payments.schemas import interest as schemas
from marketplace.payments.service import interest as service


@blueprint.route("/orders/<number>/interest")
@endpoint(needs("payments.read"))
@blueprint.response(200, schemas.InterestOut)
def of_order(session: Session, actor: Actor, number: str) -> service.Interest:
    """Interest of an order until today, with the claims of it."""
    return service.interest_of(session, actor, number)


@blueprint.route("/orders/<number>/interest-claims", methods=["POST"])
@endpoint(needs("payments.interest"), idempotent=True)
@blueprint.response(201, schemas.InterestClaimOut)
def claim(session: Session, actor: Actor, number: str) -> InterestClaim:
    """The producer claims what accrued until today and was not claimed before."""
    return service.claim_interest(session, actor, number)


@blueprint.route("/interest-claims/<number>/receipt", methods=["POST"])
@endpoint(needs("payments.interest"), idempotent=True)
@blueprint.arguments(schemas.InterestReceivedIn)
@blueprint.response(200, schemas.InterestClaimOut)
def receive(session: Session, actor: Actor, body: dict[str, Any], number: str) -> InterestClaim:
    """The claimed interest has arrived, whole, in the producer's own account."""
    return service.receive_interest(session, actor, number, reference=body["reference"])


@blueprint.route("/interest-claims/<number>/waiver", methods=["POST"])
@endpoint(needs("payments.interest"), idempotent=True)
@blueprint.response(200, schemas.InterestClaimOut)
def waive(session: Session, actor: Actor, number: str) -> InterestClaim:
    """The producer gives the claim up."""
    return service.waive_interest(session, actor, number)
