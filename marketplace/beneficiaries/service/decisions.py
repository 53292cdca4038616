"""What becomes of a drafted version: submitted, approved, refused, ended. 经办 ≠ 审核."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from marketplace.accounts.models import Account
from marketplace.beneficiaries.facts import AgreementsChanged, HistoryChanging
from marketplace.beneficiaries.models import Agreement, AgreementProduct, AgreementVersion
from marketplace.beneficiaries.rules import VERSION_MACHINE, check_end
from marketplace.beneficiaries.service.agreements import DRAFT, lock_agreement
from marketplace.core import audit, facts
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import Conflict, NotFound
from marketplace.producers.models import Producer

APPROVE = "agreements.approve"


def submit_version(session: Session, actor: Actor, number: str, version: int) -> AgreementVersion:
    """Hand a draft to the county."""
    agreement = lock_agreement(session, actor, number, DRAFT)
    row = _version(session, agreement, version)
    _step(session, actor, agreement, row, "submitted")
    return row


def approve_version(
    session: Session, actor: Actor, number: str, version: int, *, document_no: str, opinion: str
) -> AgreementVersion:
    """The county approves terms, shares of sales and roster; from its first day on the version counts.

    The version in force on that day ends there. Raises Forbidden (`same_person`, `own_organisation`),
    IllegalTransition, Conflict (`agreement_overlap`) when a later version is approved already, and
    PeriodClosed from a subscriber when the first day lies in closed books.
    """
    agreement, row = _to_decide(session, actor, number, version)
    from_day = _first_day(row)
    facts.publish(session, HistoryChanging(subject="agreement", from_day=from_day))
    before = session.scalars(
        sa.select(AgreementVersion).where(
            AgreementVersion.agreement_id == agreement.id,
            AgreementVersion.state == "approved",
            AgreementVersion.valid.contains(from_day),
            sa.func.lower(AgreementVersion.valid) < from_day,
        )
    ).one_or_none()
    if before is not None:
        before.valid = Range(before.valid.lower, from_day)
        session.flush()
    row.document_no = document_no
    _decide(actor, row, opinion)
    # The exclusion constraint has the last word: two approvals at once, or one under a later version.
    overlap = Conflict("agreement_overlap", "与已审定的其他版本有效期重叠")
    with refusing({"ex_agreement_version_overlap": overlap}):
        _step(session, actor, agreement, row, "approved")
    _tell(session, row, before)
    return row


def refuse_version(
    session: Session, actor: Actor, number: str, version: int, *, opinion: str
) -> AgreementVersion:
    """The county refuses; a corrected text is a new version."""
    agreement, row = _to_decide(session, actor, number, version)
    _decide(actor, row, opinion)
    _step(session, actor, agreement, row, "refused")
    return row


def end_version(
    session: Session, actor: Actor, number: str, version: int, *, to_day: date, document_no: str
) -> AgreementVersion:
    """An approved version ends on `to_day` (exclusive), earlier than agreed. Conflict (`agreement_end`)
    for a later day.

    Raises PeriodClosed from a subscriber when the day lies in closed books.
    """
    agreement = lock_agreement(session, actor, number, APPROVE)
    row = _version(session, agreement, version)
    if row.state != "approved":
        raise Conflict("agreement_end", "只有已审定的版本可以终止")
    from_day = _first_day(row)
    check_end(from_day, row.valid.upper, to_day)
    facts.publish(session, HistoryChanging(subject="agreement", from_day=to_day))
    row.valid = Range(from_day, to_day)
    session.flush()
    _record(session, actor, agreement, row, "end", document_no=document_no)
    _tell(session, row)
    return row


def _tell(session: Session, *versions: AgreementVersion | None) -> None:
    """Tell the slices above which products are concerned by versions that begin or end; nothing for none."""
    products = session.scalars(
        sa.select(AgreementProduct.product_id)
        .where(AgreementProduct.version_id.in_([version.id for version in versions if version is not None]))
        .distinct()
        .order_by(AgreementProduct.product_id)
    ).all()
    if products:
        facts.publish(session, AgreementsChanged(product_ids=tuple(products)))


def _to_decide(
    session: Session, actor: Actor, number: str, version: int
) -> tuple[Agreement, AgreementVersion]:
    agreement = lock_agreement(session, actor, number, APPROVE)
    row = _version(session, agreement, version)
    drafter = session.scalar(sa.select(Account.person_id).where(Account.id == row.created_by))
    actor.require_other_person(drafter, what="起草与审定")
    actor.require_other_organisation(
        session.scalar(sa.select(Producer.organisation_id).where(Producer.id == agreement.producer_id))
    )
    return agreement, row


def _version(session: Session, agreement: Agreement, version: int) -> AgreementVersion:
    row = session.scalars(
        sa.select(AgreementVersion)
        .where(AgreementVersion.agreement_id == agreement.id, AgreementVersion.version == version)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound()
    return row


def _first_day(row: AgreementVersion) -> date:
    if row.valid.lower is None:
        raise NotFound()
    return row.valid.lower


def _decide(actor: Actor, row: AgreementVersion, opinion: str) -> None:
    row.approved_by = actor.audit_id
    row.approved_at = utcnow()
    row.opinion = opinion


def _step(session: Session, actor: Actor, agreement: Agreement, row: AgreementVersion, state: str) -> None:
    VERSION_MACHINE.require(row.state, state)
    row.state = state
    session.flush()
    _record(session, actor, agreement, row, state)


def _record(
    session: Session, actor: Actor, agreement: Agreement, row: AgreementVersion, step: str, **detail: str
) -> None:
    audit.record(
        session,
        actor,
        f"beneficiaries.agreement.{step}",
        "agreement",
        agreement.number,
        area_code=agreement.area_code,
        detail={"version": row.version, **detail},
    )
    session.flush()
