"""Taking a certificate away (撤销): one person proposes with cause, retroaction and evidence, another person decides.

The decision locks the certificate's row first and takes its instant after that, as `standing` does: an order either came
before it and keeps its certificate, or sees it. What was proposed is judged again under that lock. 经办 ≠ 审核 ≠ 签发:
docs/rules.md.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace.certification.facts import CertificateRevoked
from marketplace.certification.models import Certificate, RevocationProposal
from marketplace.certification.rules.standing import RETROACTIVE_CAUSES, REVOCATION_CAUSES
from marketplace.certification.service.standing import lock_certificate, write_change
from marketplace.certification.service.transitions import required_text
from marketplace.core import audit, facts
from marketplace.core.actor import Actor
from marketplace.core.clock import day_start, today, utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import (
    AlreadyExists,
    Conflict,
    FieldProblem,
    Forbidden,
    Invalid,
    InvalidMany,
    NotFound,
)
from marketplace.core.ids import readable_number
from marketplace.core.locked import locked_row
from marketplace.core.models import StoredFile
from marketplace.core.scope import visible
from marketplace.producers.models import Producer

PROPOSE: Final = "certification.revoke_propose"
DECIDE: Final = "certification.revoke"
VERDICTS: Final = {"approve": "同意撤销", "refuse": "不予撤销"}
STATES: Final = {"open": "待审核", "approved": "已撤销", "refused": "不予撤销"}


def propose_revocation(
    session: Session,
    actor: Actor,
    certificate_id: uuid.UUID,
    *,
    cause: str,
    grounds: str,
    evidence: Collection[uuid.UUID] = (),
    void_from: date | None = None,
) -> RevocationProposal:
    """Propose to take the certificate away; for fraud from the beginning of the Shanghai day `void_from`. Nothing changes yet.

    `evidence` are files that the actor has uploaded, kept with their hashes. Raises Invalid (``cause_unknown``,
    ``retroaction_not_allowed``, ``void_from``, ``file_unknown``, ``evidence_missing`` for retroaction without any),
    Forbidden, Conflict (``certificate_not_in_force``), AlreadyExists (``proposal_open``).
    """
    certificate = session.get(Certificate, certificate_id)
    if certificate is None:
        raise NotFound
    actor.require(PROPOSE, area=certificate.area_code)
    if actor.is_system:
        raise Forbidden("same_person", "提请撤销应由经办人作出")
    actor.require_other_organisation(session.get_one(Producer, certificate.producer_id).organisation_id)
    _require_possible(certificate, cause, void_from, utcnow())
    if void_from is not None and not evidence:
        raise Invalid("evidence_missing", "追溯撤销应附证据", pointer="/evidence")
    proposal = RevocationProposal(
        number=readable_number("R"),
        certificate_id=certificate.id,
        cause=cause,
        void_from=void_from,
        grounds=required_text(grounds, "/grounds"),
        evidence=_papers(session, actor, evidence),
        proposed_by=actor.audit_id,
        proposed_by_person=actor.person_id,
        proposed_at=utcnow(),
    )
    session.add(proposal)
    with refusing({"uq_revocation_proposal_open": AlreadyExists("proposal_open", "已有待审核的撤销提请")}):
        session.flush()
    _record(session, actor, certificate, proposal, "proposed")
    return proposal


def decide_revocation(
    session: Session, actor: Actor, number: str, *, verdict: str, opinion: str, document_no: str | None = None
) -> RevocationProposal:
    """Approve or refuse a proposal. Approved, the certificate is void from now on, or from the proposed day.

    Publishes `CertificateRevoked` in the same transaction. Fraud may be found after a certificate has expired or was amended, so
    only what is void since an earlier instant refuses. Raises Invalid (``verdict_unknown``), NotFound, Forbidden
    (``same_person`` for who proposed it), Conflict (``proposal_decided``, ``certificate_not_in_force``).
    """
    if verdict not in VERDICTS:
        raise Invalid("verdict_unknown", "没有这一种意见", pointer="/verdict")
    words = required_text(opinion, "/opinion")
    proposal = locked_row(session, select(RevocationProposal).where(RevocationProposal.number == number))
    certificate, now = lock_certificate(session, actor, proposal.certificate_id, DECIDE)
    actor.require_other_person(proposal.proposed_by_person, what="撤销的经办与审核")
    if proposal.state != "open":
        raise Conflict("proposal_decided", "该提请已审核", state=proposal.state)
    proposal.state = "approved" if verdict == "approve" else "refused"
    proposal.opinion = words
    proposal.document_no = document_no
    proposal.decided_by = actor.audit_id
    proposal.decided_by_person = actor.person_id
    proposal.decided_at = now
    if verdict == "approve":
        _revoke(session, actor, certificate, proposal, now)
    _record(session, actor, certificate, proposal, proposal.state)
    session.flush()
    return proposal


def proposals_seen_by(
    actor: Actor, *, state: str | None = None, certificate_id: uuid.UUID | None = None
) -> Select[RevocationProposal, Certificate]:
    """Rows (proposal, certificate) for those who may propose in the certificate's area, narrowed by the filters."""
    statement = select(RevocationProposal, Certificate).join(
        Certificate, Certificate.id == RevocationProposal.certificate_id
    )
    statement = statement.where(visible(actor, PROPOSE, area=Certificate.area_code))
    if state is not None:
        statement = statement.where(RevocationProposal.state == state)
    if certificate_id is not None:
        statement = statement.where(RevocationProposal.certificate_id == certificate_id)
    return statement


def _revoke(
    session: Session, actor: Actor, certificate: Certificate, proposal: RevocationProposal, now: datetime
) -> None:
    """Void the locked certificate and tell the slices above."""
    since = _require_possible(certificate, proposal.cause, proposal.void_from, now)
    certificate.revoked_at = now
    certificate.void_from = since
    certificate.revocation_cause = proposal.cause
    write_change(session, actor, certificate, "revoked", proposal.cause, proposal.document_no)
    facts.publish(
        session,
        CertificateRevoked(
            certificate_id=certificate.id,
            product_id=certificate.product_id,
            producer_id=certificate.producer_id,
            scheme=certificate.scheme,
            revoked_at=now,
            void_from=since,
            cause=proposal.cause,
        ),
    )


def _require_possible(
    certificate: Certificate, cause: str, void_from: date | None, now: datetime
) -> datetime:
    """From which instant the certificate would be void; Invalid or Conflict when it cannot be revoked so."""
    if cause not in REVOCATION_CAUSES:
        raise Invalid("cause_unknown", "没有这一撤销原因", pointer="/cause")
    if void_from is not None and cause not in RETROACTIVE_CAUSES:
        raise Invalid("retroaction_not_allowed", "仅弄虚作假可追溯撤销", pointer="/void_from")
    if void_from is not None and not certificate.valid_from <= void_from <= today():
        raise Invalid("void_from", "追溯日期应在证书生效日至今日之间", pointer="/void_from")
    since = day_start(void_from) if void_from else now
    if certificate.revoked_at is not None or (
        certificate.void_from is not None and certificate.void_from <= since
    ):
        raise Conflict("certificate_not_in_force", "证书已失效")
    return since


def _papers(session: Session, actor: Actor, evidence: Collection[uuid.UUID]) -> list[dict[str, Any]]:
    """The files that the actor uploaded, by id, with their hashes; InvalidMany (``file_unknown``) names all others."""
    hashes = {
        row.id: row.sha256
        for row in session.execute(
            select(StoredFile.id, StoredFile.sha256).where(
                StoredFile.id.in_(sorted(set(evidence))), StoredFile.uploaded_by == actor.audit_id
            )
        )
    }
    problems = [
        FieldProblem(f"/evidence/{place}", "file_unknown", "没有这一文件")
        for place, file_id in enumerate(evidence)
        if file_id not in hashes
    ]
    if problems:
        raise InvalidMany("invalid", "证据文件不存在", fields=problems)
    return [{"file_id": str(one), "sha256": hashes[one].hex()} for one in sorted(hashes)]


def _record(
    session: Session, actor: Actor, certificate: Certificate, proposal: RevocationProposal, what: str
) -> None:
    audit.record(
        session,
        actor,
        f"certification.revocation.{what}",
        "certificate",
        certificate.id,
        area_code=certificate.area_code,
        detail={"proposal": proposal.number, "cause": proposal.cause},
    )
