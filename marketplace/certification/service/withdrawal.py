"""Withdrawing a notice (撤回) before it ends: the list disappears, the fact and its reason stay.

The applications go back to the stage before the notice and may be hung again; one that still hangs on another board stays in
notice, one that is held by an objection stays held until that is answered. Source: docs/rules.md, "Public notice".
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.certification.models import Application, Notice, NoticeItem
from marketplace.certification.rules.schemes import scheme_of
from marketplace.certification.rules.stages import state_before_notice
from marketplace.certification.service.documents import hide_document
from marketplace.certification.service.inbox import tell_of_withdrawn_notice
from marketplace.certification.service.transitions import (
    lock_applications,
    require_office,
    required_text,
    transition,
)
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.errors import Conflict, NotFound


def withdraw_notice(session: Session, actor: Actor, number: str, *, reason: str) -> Notice:
    """Take a notice down while it hangs or before it begins. `reason` is published: no personal data in it.

    Raises NotFound, Forbidden for another office or the applicants' own people, Conflict (``notice_over``, ``notice_withdrawn``).
    """
    words = required_text(reason, "/reason", 500)
    numbers = session.scalars(
        select(Application.number)
        .join(NoticeItem, NoticeItem.application_id == Application.id)
        .join(Notice, Notice.id == NoticeItem.notice_id)
        .where(Notice.number == number)
    ).all()
    if not numbers:
        raise NotFound
    # Applications first, then the notice: the order in which publishing, deciding and objecting take them.
    applications = lock_applications(session, actor, numbers)
    notice = session.scalars(
        select(Notice)
        .where(Notice.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    step = scheme_of(notice.scheme).step_to("in_public_notice")
    if step is None:
        raise NotFound
    for application in applications:
        require_office(actor, step, application.area_code)
    actor.require_other_organisation(*(row.applicant_organisation_id for row in applications))
    if notice.state == "withdrawn":
        raise Conflict("notice_withdrawn", "公示已撤回")
    if notice.ends_on < today():
        raise Conflict("notice_over", "公示期已满")
    notice.state = "withdrawn"
    notice.withdrawn_at = utcnow()
    notice.withdrawn_by = actor.audit_id
    notice.withdrawal_reason = words
    session.flush()
    _send_back(session, actor, notice, applications, words)
    hide_document(session, notice)
    audit.record(
        session,
        actor,
        "certification.notice.withdrawn",
        "notice",
        number,
        area_code=notice.area_code,
        detail={"applications": len(applications)},
    )
    session.flush()
    return notice


def hangs_on_a_board(session: Session, application: Application) -> bool:
    """Whether a notice of the application's present round stands on any board, over or not."""
    hanging = (
        select(NoticeItem.notice_id)
        .join(Notice, Notice.id == NoticeItem.notice_id)
        .where(
            NoticeItem.application_id == application.id,
            NoticeItem.round == application.round,
            Notice.state != "withdrawn",
        )
    )
    return session.scalar(hanging.limit(1)) is not None


def _send_back(
    session: Session, actor: Actor, notice: Notice, applications: list[Application], words: str
) -> None:
    """Those that hang nowhere any more leave the stage of notice; every applicant whose product was shown is told."""
    for application in applications:
        if application.state == "in_public_notice" and not hangs_on_a_board(session, application):
            back = state_before_notice(scheme_of(application.scheme))
            transition(session, application, back, actor, opinion=words)
        tell_of_withdrawn_notice(session, application, notice.number)
