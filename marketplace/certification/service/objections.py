"""Objections (异议) to what a notice shows: anybody may raise one, by name or anonymously, while the notice hangs.

An open objection holds its application until it is answered. Who objected and what they wrote are personal data: encrypted per
cell, read only by the office that answers, each reading recorded.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.certification.models import Application, Notice, NoticeItem, Objection
from marketplace.certification.rules.schemes import scheme_of
from marketplace.certification.rules.stages import state_before_notice
from marketplace.certification.service.inbox import tell_applicant, tell_publisher_of_objection
from marketplace.certification.service.objection_photos import attach_photos, photos_of
from marketplace.certification.service.transitions import required_text, transition
from marketplace.certification.service.withdrawal import hangs_on_a_board
from marketplace.core import audit, files
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.core.models import StoredFile
from marketplace.core.photos import TYPES
from marketplace.core.privacy import Cell, vault

OUTCOMES: Final = {"dismissed": "异议不成立", "upheld": "异议成立"}
CONSEQUENCES: Final = ("returned", "rejected")
DECIDE: Final = "certification.objection_decide"
_PURPOSE: Final = "处理公示异议"


@dataclass(frozen=True)
class ObjectionText:
    """What somebody wrote, decrypted for the office that answers. objector is None for an anonymous one."""

    receipt_no: str
    application_number: str
    state: str
    text: str
    objector: str | None
    photos: Sequence[StoredFile]


def raise_objection(
    session: Session,
    notice_number: str,
    application_number: str,
    text: str,
    *,
    objector: str | None = None,
    photos: Sequence[bytes] = (),
) -> Objection:
    """File an objection of a member of the public; `objector` (name and how to reach them) makes it a real-name one.

    `photos` are files that show what is meant; refusals as `attach_photos`. Raises NotFound unless the notice shows the
    application, Conflict (``notice_over``, ``notice_not_begun``, ``notice_withdrawn``) outside its days and when the
    application is no longer in notice.
    """
    words = required_text(text, "/text")
    found = session.execute(
        select(Notice, Application)
        .join(NoticeItem, NoticeItem.notice_id == Notice.id)
        .join(Application, Application.id == NoticeItem.application_id)
        .where(Notice.number == notice_number, Application.number == application_number)
        .with_for_update(of=Application)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound
    notice, application = found
    session.refresh(notice)  # it may have been withdrawn while the application's lock was waited for
    if notice.state == "withdrawn":
        raise Conflict("notice_withdrawn", "公示已撤回")
    if today() > notice.ends_on:
        raise Conflict("notice_over", "公示期已满")
    if today() < notice.starts_on:
        raise Conflict("notice_not_begun", "公示尚未开始")
    if application.state not in ("in_public_notice", "objection_open"):
        raise Conflict("not_in_notice", "该产品已不在公示中")
    identity = uuid7()
    name = required_text(objector, "/objector", 200) if objector else None
    objection = Objection(
        id=identity,
        receipt_no=readable_number("Y"),
        notice_id=notice.id,
        application_id=application.id,
        is_real_name=name is not None,
        objector_enc=vault().encrypt(_cell("objector_enc", identity), name) if name else None,
        text_enc=vault().encrypt(_cell("text_enc", identity), words),
        raised_at=utcnow(),
    )
    session.add(objection)
    if application.state == "in_public_notice":
        transition(session, application, "objection_open", None, opinion=None)
    session.flush()
    attach_photos(session, objection, application.area_code, photos)
    tell_publisher_of_objection(session, notice, application, objection.receipt_no)
    return objection


def resolve_objection(
    session: Session,
    actor: Actor,
    receipt_no: str,
    *,
    outcome: str,
    resolution: str,
    consequence: str = "returned",
) -> Objection:
    """Answer an objection. Dismissed: the notice goes on when it was the last open one (withdrawn meanwhile, the application goes
    back to the stage before it). Upheld: the application is returned or
    rejected (`consequence`).

    Raises Forbidden for another office, the applicant's own people, and who proposed or submitted the application; Conflict
    (``objection_closed``) when it was answered before.
    """
    if outcome not in OUTCOMES:
        raise Invalid("outcome_unknown", "没有这一种处理结果", pointer="/outcome")
    if consequence not in CONSEQUENCES:
        raise Invalid("consequence_unknown", "没有这一种后续处理", pointer="/consequence")
    words = required_text(resolution, "/resolution")
    application, objection = _locked(session, actor, receipt_no)
    actor.require_other_organisation(application.applicant_organisation_id)
    actor.require_other_person(application.submitted_by_person, what="申报与异议处理")
    if objection.state != "open":
        raise Conflict("objection_closed", "异议已处理")
    objection.state = outcome
    objection.resolution = words
    objection.resolved_by = actor.audit_id
    objection.resolved_at = utcnow()
    session.flush()
    if application.state == "objection_open":
        _go_on(session, actor, application, outcome, words, consequence)
    audit.record(
        session,
        actor,
        f"certification.objection.{outcome}",
        "objection",
        receipt_no,
        area_code=application.area_code,
        detail={"application": application.number},
    )
    session.flush()
    return objection


def read_objection(session: Session, actor: Actor, receipt_no: str) -> ObjectionText:
    """The words and the name, for the office that answers; the reading is recorded."""
    application, objection = _located(session, actor, receipt_no)
    audit.record(
        session,
        actor,
        "certification.objection.read",
        "objection",
        receipt_no,
        area_code=application.area_code,
        purpose=_PURPOSE,
    )
    objector = objection.objector_enc
    return ObjectionText(
        receipt_no=receipt_no,
        application_number=application.number,
        state=objection.state,
        text=vault().decrypt(_cell("text_enc", objection.id), objection.text_enc),
        objector=vault().decrypt(_cell("objector_enc", objection.id), objector) if objector else None,
        photos=photos_of(session, objection.id),
    )


def read_photo(session: Session, actor: Actor, receipt_no: str, file_id: uuid.UUID) -> tuple[str, bytes]:
    """Format (a key of `formats.MEDIA_TYPES`) and bytes of a photo, for the office that answers; the reading is recorded.

    NotFound and Forbidden as for the words; NotFound for a photo that the objection does not have.
    """
    application, objection = _located(session, actor, receipt_no)
    found = next((one for one in photos_of(session, objection.id) if one.id == file_id), None)
    if found is None:
        raise NotFound
    content = files.hand_out(session, actor, file_id, area_code=application.area_code, purpose=_PURPOSE)
    return TYPES[found.media_type], content


def _go_on(
    session: Session, actor: Actor, application: Application, outcome: str, words: str, consequence: str
) -> None:
    if outcome == "upheld":
        if consequence == "returned":
            application.returned_from = "in_public_notice"
        transition(session, application, consequence, actor, opinion=words)
        tell_applicant(session, application)
        return
    waiting = select(Objection.id).where(
        Objection.application_id == application.id, Objection.state == "open"
    )
    if session.scalar(waiting.limit(1)) is None:
        hangs = hangs_on_a_board(session, application)
        target = "in_public_notice" if hangs else state_before_notice(scheme_of(application.scheme))
        transition(session, application, target, actor, opinion=words)


def _locked(session: Session, actor: Actor, receipt_no: str) -> tuple[Application, Objection]:
    """Application first, then objection: the order in which `raise_objection` takes them."""
    application, objection = _located(session, actor, receipt_no)
    session.refresh(application, with_for_update=True)
    session.refresh(objection, with_for_update=True)
    return application, objection


def _located(session: Session, actor: Actor, receipt_no: str) -> tuple[Application, Objection]:
    found = session.execute(
        select(Application, Objection)
        .join(Objection, Objection.application_id == Application.id)
        .where(Objection.receipt_no == receipt_no)
    ).one_or_none()
    if found is None:
        raise NotFound
    application, objection = found
    actor.require_visible("certification.read", area=application.area_code)
    actor.require(DECIDE, area=application.area_code)
    return application, objection


def _cell(column: str, row_id: object) -> Cell:
    return Cell("certification.objection", column, str(row_id))
