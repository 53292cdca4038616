"""What the offices of the chain decide: pass on, return for correction, or reject; one application or a batch.

A batch is all or nothing: every application is checked first, in the same transaction, and one that may not be decided refuses
them all by number. Hanging up a notice and issuing certificates are acts of their own (`notices`, `issue`).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.certification.models import Application, Notice, NoticeItem, Objection
from marketplace.certification.rules.rule_sets import notice_terms_for
from marketplace.certification.rules.schemes import Scheme, Step
from marketplace.certification.service.inbox import tell_applicant
from marketplace.certification.service.transitions import (
    governing_of,
    lock_applications,
    require_office,
    require_unprejudiced,
    required_text,
    step_due,
    transition,
)
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.errors import Conflict, IllegalTransition, Invalid

VERDICTS: Final = {"pass": "通过", "return": "退回", "reject": "不予认定"}
_DECIDED_ELSEWHERE: Final = {"notice": "应先发布公示", "issue": "应签发证书"}


def decide(
    session: Session, actor: Actor, numbers: Collection[str], verdict: str, opinion: str
) -> list[Application]:
    """Decide one application or up to 500 alike. Returns them in id order.

    Raises Invalid for an unknown verdict or a missing opinion, Forbidden for the wrong office, level or person,
    IllegalTransition or Conflict (``notice_running``, ``notice_missing``, ``objection_open``) when it is not their turn.
    """
    if verdict not in VERDICTS:
        raise Invalid("verdict_unknown", "没有这一种意见", pointer="/verdict")
    words = required_text(opinion, "/opinion")
    applications = lock_applications(session, actor, numbers)
    for application in applications:
        _require_turn(actor, application, verdict)
    require_unprejudiced(session, actor, applications)
    for application in applications:
        scheme, step = step_due(application)
        if verdict == "pass" and application.state == "in_public_notice":
            require_notice_over(session, application, scheme)
        if verdict == "return":
            application.returned_from = application.state
        target = {"return": "returned", "reject": "rejected"}.get(verdict) or _state_of(step)
        transition(session, application, target, actor, opinion=words)
        if verdict != "pass":
            tell_applicant(session, application)
    session.flush()
    return applications


def require_notice_over(session: Session, application: Application, scheme: Scheme) -> None:
    """Conflict unless a notice of this round hung on every board its rules ask for, has ended, and no objection is open."""
    terms = notice_terms_for(scheme, governing_of(application))
    if terms is None:
        raise Conflict("notice_missing", "尚未公示")
    hung = session.execute(
        select(Notice.level, func.max(Notice.ends_on))
        .join(NoticeItem, NoticeItem.notice_id == Notice.id)
        .where(
            NoticeItem.application_id == application.id,
            NoticeItem.round == application.round,
            Notice.state != "withdrawn",
        )
        .group_by(Notice.level)
    ).all()
    ends = {row[0]: row[1] for row in hung}
    missing = [level for level in terms.levels if level not in ends]
    if missing:
        raise Conflict("notice_missing", "公示层级不全", levels=missing)
    if max(ends.values()) >= today():
        raise Conflict("notice_running", "公示期未满", ends_on=max(ends.values()).isoformat())
    if has_open_objection(session, application):
        raise Conflict("objection_open", "有异议未处理完毕")


def has_open_objection(session: Session, application: Application) -> bool:
    """Whether any objection to the application, of whatever round, still waits for its answer."""
    waiting = select(Objection.id).where(
        Objection.application_id == application.id, Objection.state == "open"
    )
    return session.scalar(waiting.limit(1)) is not None


def _require_turn(actor: Actor, application: Application, verdict: str) -> None:
    """The office is the one whose turn it is, and this kind of act is due."""
    _, step = step_due(application)
    if application.state == "objection_open":
        raise Conflict("objection_open", "有异议未处理完毕", number=application.number)
    if step is None:
        raise IllegalTransition(
            detail=f"{application.number} 不在审核环节", current=application.state, number=application.number
        )
    require_office(actor, step, application.area_code)
    if verdict == "pass" and step.kind in _DECIDED_ELSEWHERE:
        raise Conflict(f"{step.kind}_due", _DECIDED_ELSEWHERE[step.kind], number=application.number)


def _state_of(step: Step | None) -> str:
    if step is None:
        raise IllegalTransition
    return step.state
