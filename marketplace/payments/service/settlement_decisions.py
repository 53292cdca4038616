"""What people decide about a proposed run: 审核, 批准, 驳回. Three persons: who proposed, who reviewed, who approved."""

from __future__ import annotations

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.core.locked import locked_row
from marketplace.payments.models import Payout, SettlementItem, SettlementRun
from marketplace.payments.rules.settlement import RUN
from marketplace.payments.service.settlement import record_step
from marketplace.payments.service.settlement_items import NewItem, add_items

APPROVE: Final = "payments.settle_approve"


def review(session: Session, actor: Actor, number: str) -> SettlementRun:
    """审核: proposed → reviewed, by another person than who proposed it."""
    run, organisation = _locked(session, actor, number)
    RUN.require(run.state, "reviewed")
    actor.require_other_person(run.proposed_by_person, what="结算经办人与审核人")
    run.state = "reviewed"
    run.reviewed_by, run.reviewed_by_person = actor.audit_id, actor.person_id
    run.reviewed_at = utcnow()
    session.flush()
    record_step(session, actor, run, organisation, "reviewed")
    return run


def approve(session: Session, actor: Actor, number: str) -> SettlementRun:
    """批准: reviewed → approved, by a third person; its payout is prepared.

    Conflict (`claims_since`) when goods of the producer went back after the run was proposed: refuse it and propose it again, so
    that nobody is paid what is known not to be owed.
    """
    run, organisation = _locked(session, actor, number)
    RUN.require(run.state, "approved")
    actor.require_other_person(
        run.proposed_by_person, run.reviewed_by_person, what="结算经办人、审核人与批准人"
    )
    since = session.scalar(
        select(func.coalesce(func.sum(SettlementItem.amount_fen), 0)).where(
            SettlementItem.producer_organisation_id == run.producer_organisation_id,
            SettlementItem.run_id.is_(None),
            SettlementItem.due_on <= run.through_on,
            SettlementItem.amount_fen < 0,
        )
    )
    if since:
        raise Conflict("claims_since", "结算单生成后有退货扣款,请驳回后重新生成", claims_fen=-int(since))
    run.state = "approved"
    run.approved_by, run.approved_by_person = actor.audit_id, actor.person_id
    run.approved_at = utcnow()
    session.add(
        Payout(
            id=uuid7(),
            number=readable_number("K"),
            run_id=run.id,
            producer_organisation_id=run.producer_organisation_id,
            amount_fen=run.amount_fen,
            is_demo=run.is_demo,
        )
    )
    session.flush()
    record_step(session, actor, run, organisation, "approved")
    return run


def turn_down(session: Session, actor: Actor, number: str, *, reason: str) -> SettlementRun:
    """驳回 before approval: the items are open again, and the same day may be proposed anew."""
    run, organisation = _locked(session, actor, number)
    RUN.require(run.state, "refused")
    run.state = "refused"
    run.refused_by, run.refused_at, run.refusal = actor.audit_id, utcnow(), reason
    session.flush()
    reopen(session, run)
    record_step(session, actor, run, organisation, "refused")
    return run


def reopen(session: Session, run: SettlementRun) -> None:
    """What a run had taken may be taken again: the run keeps its items, and each stands once more for the next one."""
    items = session.scalars(select(SettlementItem).where(SettlementItem.run_id == run.id))
    add_items(
        session,
        [
            NewItem(
                event=f"again:{run.id}:{one.id}",
                producer_organisation_id=one.producer_organisation_id,
                order_id=one.order_id,
                line_id=one.line_id,
                kind=one.kind,
                amount_fen=one.amount_fen,
                due_on=one.due_on,
                at=one.at,
                is_demo=one.is_demo,
            )
            for one in items
        ],
    )


def _locked(session: Session, actor: Actor, number: str) -> tuple[SettlementRun, Organisation]:
    run = locked_row(
        session,
        select(SettlementRun).where(SettlementRun.number == number),
        NotFound("settlement_not_found", "没有这张结算单"),
    )
    organisation = session.get_one(Organisation, run.producer_organisation_id)
    actor.require_visible(APPROVE, area=organisation.area_code)
    return run, organisation
