"""What an office does to a certificate: suspend, reinstate, propose its revocation; what another person decides of a proposal."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.certification.models import RevocationProposal
from marketplace.certification.rules.standing import REVOCATION_CAUSES, SUSPENSION_CAUSES
from marketplace.certification.schemas.certificates import (
    CertificateReinstatementIn,
    CertificateSuspensionIn,
)
from marketplace.certification.schemas.revocations import (
    RevocationDecisionIn,
    RevocationProposalIn,
    RevocationProposalListArgs,
)
from marketplace.certification.service import public
from marketplace.certification.service.revocation import (
    STATES,
    VERDICTS,
    decide_revocation,
    proposals_seen_by,
    propose_revocation,
)
from marketplace.certification.service.standing import reinstate_certificate, suspend_certificate
from marketplace.core.actor import Actor
from marketplace.core.http import needs, page_of
from marketplace.web.kit import Form, Listing, Pages, choices, done, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_certificate_standing", __name__, url_prefix="/admin")


@pages.form(
    "/certificates/<uuid:certificate_id>/suspension", needs("certification.suspend"), CertificateSuspensionIn
)
def suspension(session: Session, actor: Actor, form: Form, certificate_id: uuid.UUID) -> Response:
    """Why it is suspended."""
    return _show("admin/certificates/suspension.html", session, form, certificate_id, SUSPENSION_CAUSES)


@suspension.submit
def suspend(session: Session, actor: Actor, body: dict[str, Any], certificate_id: uuid.UUID) -> Response:
    """Suspend from now on."""
    suspend_certificate(session, actor, certificate_id, cause=body["cause"], document_no=body["document_no"])
    return done(f"/admin/certificates/{certificate_id}", _("证书已暂停"))


@pages.action(
    "/certificates/<uuid:certificate_id>/reinstatement",
    needs("certification.suspend"),
    CertificateReinstatementIn,
)
def reinstate(session: Session, actor: Actor, body: dict[str, Any], certificate_id: uuid.UUID) -> Response:
    """End a suspension."""
    reinstate_certificate(session, actor, certificate_id, document_no=body["document_no"])
    return done(f"/admin/certificates/{certificate_id}", _("证书已恢复"))


@pages.form(
    "/certificates/<uuid:certificate_id>/revocation",
    needs("certification.revoke_propose"),
    RevocationProposalIn,
)
def revocation(session: Session, actor: Actor, form: Form, certificate_id: uuid.UUID) -> Response:
    """Propose to take it away; another person decides."""
    return _show("admin/certificates/revocation.html", session, form, certificate_id, REVOCATION_CAUSES)


@revocation.submit
def propose(session: Session, actor: Actor, body: dict[str, Any], certificate_id: uuid.UUID) -> Response:
    """The proposal, with its evidence."""
    proposal = propose_revocation(
        session,
        actor,
        certificate_id,
        cause=body["cause"],
        grounds=body["grounds"],
        evidence=body["evidence"],
        void_from=body["void_from"],
    )
    return done("/admin/revocations", _("已提请撤销 {number},须由他人审核", number=proposal.number))


@pages.show("/revocations", needs("certification.revoke_propose"))
def proposals(session: Session, actor: Actor) -> Response:
    """Proposals of my area, oldest first."""
    asked = Listing(RevocationProposalListArgs)
    page = page_of(
        session,
        proposals_seen_by(actor, state=asked.args["state"]),
        keys=(RevocationProposal.proposed_at, RevocationProposal.id),
        key_of=lambda row: (row[0].proposed_at, row[0].id),
        args=asked.args,
        scalars=False,
    )
    return render(
        "admin/certificates/proposals.html",
        fragment="results",
        listing=asked,
        page=page,
        states=STATES,
        causes=REVOCATION_CAUSES,
    )


@pages.form("/revocations/<number>/decision", needs("certification.revoke"), RevocationDecisionIn)
def decision(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """One proposal, and the second person's decision."""
    row = session.execute(proposals_seen_by(actor).where(RevocationProposal.number == number)).first()
    return render(
        "admin/certificates/decision.html",
        form=form,
        proposal=row[0] if row else None,
        certificate=row[1] if row else None,
        states=STATES,
        causes=REVOCATION_CAUSES,
        verdicts=choices(VERDICTS),
        status=200 if row else 404,
    )


@decision.submit
def decide(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Approve or refuse; approved for fraud, sales since that day are restated."""
    decide_revocation(session, actor, number, **body)
    return done("/admin/revocations", _("提请 {number} 已审核", number=number))


def _show(
    template: str, session: Session, form: Form, certificate_id: uuid.UUID, causes: dict[str, str]
) -> Response:
    certificate, producer_name = public.certificate_row(session, certificate_id)
    return render(
        template,
        form=form,
        certificate=certificate,
        producer_name=producer_name,
        causes=choices(causes),
    )
