"""Revocations: proposed by one person, decided by another (经办 ≠ 审核)."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.certification.api.blueprint import blueprint
from marketplace.certification.models import Certificate, RevocationProposal
from marketplace.certification.rules.standing import REVOCATION_CAUSES
from marketplace.certification.schemas import revocations as shapes
from marketplace.certification.service.revocation import (
    STATES,
    decide_revocation,
    proposals_seen_by,
    propose_revocation,
)
from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, needs, page_of


@blueprint.route("/certificates/<uuid:certificate_id>/revocation-proposals", methods=["POST"])
@endpoint(needs("certification.revoke_propose"), idempotent=True)
@blueprint.arguments(shapes.RevocationProposalIn)
@blueprint.response(201, shapes.RevocationProposalOut)
def propose(
    session: Session, actor: Actor, body: dict[str, Any], certificate_id: uuid.UUID
) -> dict[str, Any]:
    """Propose to take the certificate away (提请撤销); for fraud back to a day. Another person decides."""
    proposal = propose_revocation(
        session,
        actor,
        certificate_id,
        cause=body["cause"],
        grounds=body["grounds"],
        evidence=body["evidence"],
        void_from=body["void_from"],
    )
    return _shown(proposal, session.get_one(Certificate, certificate_id))


@blueprint.route("/revocation-proposals")
@endpoint(needs("certification.revoke_propose"))
@blueprint.arguments(shapes.RevocationProposalListArgs, location="query")
@blueprint.response(200, shapes.RevocationProposalPage)
def list_proposals(session: Session, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    """Proposals of my area, oldest first: what waits for a decision is `state=open`."""
    page = page_of(
        session,
        proposals_seen_by(actor, state=args["state"], certificate_id=args["certificate_id"]),
        keys=(RevocationProposal.proposed_at, RevocationProposal.id),
        key_of=lambda row: (row[0].proposed_at, row[0].id),
        args=args,
        scalars=False,
    )
    return {
        "items": [_shown(proposal, certificate) for proposal, certificate in page.items],
        "next_cursor": page.next_cursor,
    }


@blueprint.route("/revocation-proposals/<number>/decision", methods=["POST"])
@endpoint(needs("certification.revoke"), idempotent=True)
@blueprint.arguments(shapes.RevocationDecisionIn)
@blueprint.response(200, shapes.RevocationProposalOut)
def decide_proposal(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Approve or refuse a proposal as a second person; approved for fraud, sales since that day are restated."""
    proposal = decide_revocation(
        session,
        actor,
        number,
        verdict=body["verdict"],
        opinion=body["opinion"],
        document_no=body["document_no"],
    )
    return _shown(proposal, session.get_one(Certificate, proposal.certificate_id))


def _shown(proposal: RevocationProposal, certificate: Certificate) -> dict[str, Any]:
    names = (
        "number",
        "certificate_id",
        "cause",
        "void_from",
        "grounds",
        "evidence",
        "state",
        "proposed_by",
        "proposed_at",
        "opinion",
        "document_no",
        "decided_by",
        "decided_at",
    )
    return {name: getattr(proposal, name) for name in names} | {
        "catalogue_no": certificate.catalogue_no,
        "scheme": certificate.scheme,
        "area_code": certificate.area_code,
        "cause_title": REVOCATION_CAUSES[proposal.cause],
        "state_title": STATES[proposal.state],
    }
