"""Drawing a bulletin up (拟稿): the report is built and frozen now, so that reviewer and issuer see the very bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.core.ids import readable_number
from marketplace.statistics.bulletins.building import Subject, checked, sealed_bytes
from marketplace.statistics.bulletins.canonical import digest
from marketplace.statistics.bulletins.models import Bulletin
from marketplace.statistics.bulletins.rules import MACHINE
from marketplace.statistics.bulletins.service.reading import find_bulletin, superseded_by
from marketplace.statistics.bulletins.service.steps import write_step

DRAFT = "statistics.bulletin_draft"


@dataclass(frozen=True)
class NewBulletin:
    """A bulletin as it is drawn up. `supersedes` is the number of an issued version, replaced for `reason`."""

    subject: Subject
    title: str
    supplied_by: str
    disclosure: str
    main_to: Sequence[str] = ()
    copy_to: Sequence[str] = ()
    supersedes: str | None = None
    reason: str | None = None


def draft_bulletin(session: Session, actor: Actor, new: NewBulletin) -> Bulletin:
    """Build the report, freeze its bytes, keep them as a draft. Needs ``statistics.bulletin_draft`` over the area.

    Raises what `building.checked` does, NotFound for an unknown predecessor, Invalid (``bulletin_reason``) when a successor has
    no reason or a first version has one, Conflict (``bulletin_not_issued``, ``bulletin_superseded``), Invalid
    (``bulletin_subject``) when the predecessor is about another report, month or area.
    """
    subject = checked(session, new.subject)
    actor.require(DRAFT, area=subject.area_code)
    if actor.is_system:
        raise Forbidden("same_person", "拟稿应由经办人作出")
    if (new.supersedes is None) != (new.reason is None):
        raise Invalid("bulletin_reason", "替代旧版须说明原因,首版不填", pointer="/reason")
    before = None if new.supersedes is None else _predecessor(session, actor, new.supersedes, subject)
    now = utcnow()
    content = sealed_bytes(session, subject, now)
    bulletin = Bulletin(
        number=readable_number("T"),
        state=MACHINE.initial,
        report_code=subject.report,
        period=subject.period,
        area_code=subject.area_code,
        view=subject.view,
        level=subject.level,
        adjusted_to=subject.adjusted_to,
        known_at=now,
        content=content,
        content_sha256=digest(content),
        title=new.title,
        supplied_by=new.supplied_by,
        main_to=list(new.main_to),
        copy_to=list(new.copy_to),
        disclosure=new.disclosure,
        version=1 if before is None else before.version + 1,
        supersedes_id=None if before is None else before.id,
        reason=new.reason,
        drafted_by_person=actor.person_id,
        drafted_at=now,
    )
    session.add(bulletin)
    session.flush()
    write_step(session, actor, bulletin, "drafted", "")
    return bulletin


def _predecessor(session: Session, actor: Actor, number: str, subject: Subject) -> Bulletin:
    try:
        before = find_bulletin(session, actor, number)
    except NotFound:
        raise Invalid("bulletin_unknown", "没有这一期工作动态", pointer="/supersedes") from None
    same = (before.report_code, before.period, before.area_code, before.view, before.level)
    if same != (subject.report, subject.period, subject.area_code, subject.view, subject.level):
        raise Invalid("bulletin_subject", "新版须是同一报表、统计期和地区", pointer="/supersedes")
    if before.state != "issued":
        raise Conflict("bulletin_not_issued", "只有已签发的工作动态可以被替代", state=before.state)
    require_newest(session, before)
    return before


def require_newest(session: Session, before: Bulletin) -> None:
    """Conflict (``bulletin_superseded``) when another version has replaced it already."""
    follower = superseded_by(session, before)
    if follower is not None:
        raise Conflict("bulletin_superseded", "该版已被替代", number=follower.number)
