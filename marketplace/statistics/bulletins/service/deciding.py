"""Review (审核) and issue (签发): each by a person of their own. 经办 ≠ 审核 ≠ 签发 (docs/rules.md, "Separation of duties").

Issuing builds the report once more and signs only what comes out the same; then it gives the numbers, and for an open bulletin
decides what of it everybody may read. Nothing issued changes again, by trigger.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.core import signing
from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.errors import Conflict, Invalid
from marketplace.statistics.bulletins.canonical import canonical, digest
from marketplace.statistics.bulletins.models import Bulletin
from marketplace.statistics.bulletins.rules import MACHINE, OPEN, VERDICTS
from marketplace.statistics.bulletins.service.drafting import require_newest
from marketplace.statistics.bulletins.service.papers import ask_for_papers
from marketplace.statistics.bulletins.service.publishing import publish_cells
from marketplace.statistics.bulletins.service.steps import lock_bulletin, write_step
from marketplace.statistics.bulletins.service.verifying import verify_bulletin

REVIEW: Final = "statistics.bulletin_review"
ISSUE: Final = "statistics.bulletin_issue"


def review_bulletin(session: Session, actor: Actor, number: str, *, verdict: str, opinion: str) -> Bulletin:
    """Approve a draft or return it. Forbidden (``same_person``) for who drew it up; IllegalTransition when it is no draft."""
    bulletin = lock_bulletin(session, actor, number, REVIEW)
    step = _step(verdict, "reviewed", opinion)
    MACHINE.require(bulletin.state, step)
    if bulletin.state != "drafted":
        raise Conflict("bulletin_reviewed", "已审核的工作动态由签发人处理", state=bulletin.state)
    actor.require_other_person(bulletin.drafted_by_person, what="工作动态的经办与审核")
    bulletin.state = step
    bulletin.reviewed_by_person = actor.person_id
    bulletin.reviewed_at = utcnow()
    write_step(session, actor, bulletin, step, opinion)
    return bulletin


def issue_bulletin(session: Session, actor: Actor, number: str, *, verdict: str, opinion: str) -> Bulletin:
    """Issue a reviewed bulletin, or return it.

    Forbidden (``same_person``) for who drew it up or reviewed it; IllegalTransition unless it is reviewed; Conflict
    (``bulletin_changed``) when the report comes out otherwise by now, (``signing_key_missing``), (``bulletin_superseded``),
    and for an open one (``publication_computable``) when a small cell would follow from what is public already.
    """
    bulletin = lock_bulletin(session, actor, number, ISSUE)
    step = _step(verdict, "issued", opinion)
    if bulletin.state == "drafted":
        MACHINE.require(bulletin.state, "issued")
    MACHINE.require(bulletin.state, step)
    actor.require_other_person(
        bulletin.drafted_by_person, bulletin.reviewed_by_person, what="工作动态的经办、审核与签发"
    )
    if step == "issued":
        _seal(session, bulletin)
        bulletin.issued_by_person = actor.person_id
    bulletin.state = step
    session.flush()
    write_step(session, actor, bulletin, step, opinion)
    if step == "issued":
        ask_for_papers(session, bulletin)
    return bulletin


def _step(verdict: str, forward: str, opinion: str) -> str:
    if verdict not in VERDICTS:
        raise Invalid("verdict_unknown", "没有这一种意见", pointer="/verdict")
    if verdict == "approve":
        return forward
    if not opinion:
        raise Invalid("bulletin_opinion", "退回须写明意见", pointer="/opinion")
    return "returned"


def _seal(session: Session, bulletin: Bulletin) -> None:
    signer = signing.signer()
    if signer is None:
        raise Conflict("signing_key_missing", "未配置签名密钥,不能签发")
    found = verify_bulletin(session, bulletin)
    if not found.holds:
        row = found.difference.row if found.difference is not None else ""
        column = found.difference.column if found.difference is not None else ""
        raise Conflict("bulletin_changed", "报表已与拟稿时不同,请重新拟稿", row=row, column=column)
    _number(session, bulletin)
    bulletin.issued_at = utcnow()
    if bulletin.disclosure == OPEN:
        bulletin.public_content = publish_cells(session, bulletin)
        bulletin.public_imprint = _imprint(session, bulletin, bytes(bulletin.public_content))
        bulletin.public_signature = signer.sign(bulletin.public_imprint).signature
    bulletin.imprint = _imprint(session, bulletin, bytes(bulletin.content))
    signed = signer.sign(bulletin.imprint)
    bulletin.signature, bulletin.public_key = signed.signature, signed.public_key
    bulletin.key_version = signed.key_version


def _number(session: Session, bulletin: Bulletin) -> None:
    """期号 of the area and year, 总期号 of the area, without gaps; a new version keeps those of the one it replaces."""
    lock_exclusive(session, "statistics.bulletin", bulletin.area_code)
    if bulletin.supersedes_id is not None:
        before = session.get_one(Bulletin, bulletin.supersedes_id)
        require_newest(session, before)
        bulletin.year, bulletin.issue_no, bulletin.total_no = before.year, before.issue_no, before.total_no
        return
    year = day_of(utcnow()).year
    issued = (Bulletin.area_code == bulletin.area_code, Bulletin.state == "issued")
    last, total = session.execute(
        select(func.max(Bulletin.issue_no).filter(Bulletin.year == year), func.max(Bulletin.total_no)).where(
            *issued
        )
    ).one()
    bulletin.year, bulletin.issue_no, bulletin.total_no = year, (last or 0) + 1, (total or 0) + 1


def _imprint(session: Session, bulletin: Bulletin, content: bytes) -> bytes:
    """What is signed: the numbers, the words and the digest of the bytes. No person stands in it."""
    before = None if bulletin.supersedes_id is None else session.get_one(Bulletin, bulletin.supersedes_id)
    issued_at = bulletin.issued_at
    imprint: dict[str, Any] = {
        "number": bulletin.number,
        "area": bulletin.area_code,
        "year": bulletin.year,
        "issue_no": bulletin.issue_no,
        "total_no": bulletin.total_no,
        "version": bulletin.version,
        "supersedes": None if before is None else before.number,
        "reason": bulletin.reason,
        "report": bulletin.report_code,
        "period": bulletin.period,
        "title": bulletin.title,
        "supplied_by": bulletin.supplied_by,
        "main_to": bulletin.main_to,
        "copy_to": bulletin.copy_to,
        "disclosure": bulletin.disclosure,
        "issued_at": issued_at.isoformat(timespec="microseconds") if issued_at is not None else None,
        "content_sha256": digest(content).hex(),
    }
    return canonical(imprint)
