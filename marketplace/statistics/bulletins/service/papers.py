"""The PDF of an issued bulletin: set by a job from the frozen bytes, kept as a file with its hash.

An open one has two: the whole content for officials, and what everybody may read. Issuing writes the job; the same content gives
the same bytes, so when it runs does not matter.
"""

from __future__ import annotations

from typing import Any, Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core import files
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Unavailable
from marketplace.core.jobs import enqueue
from marketplace.statistics.bulletins.models import Bulletin
from marketplace.statistics.bulletins.paper import paper_of
from marketplace.statistics.bulletins.paper_models import BulletinPaper

log = structlog.get_logger(__name__)
JOB: Final = "statistics.bulletin_paper"
WHOLE: Final = "whole"
FOR_EVERYBODY: Final = "open"
RETRY_SECONDS: Final = 5


def ask_for_papers(session: Session, bulletin: Bulletin) -> None:
    """Write the job that sets the papers, in the transaction that issues the bulletin."""
    enqueue(session, JOB, {"bulletin": bulletin.number}, key=f"{JOB}:{bulletin.number}")


def make_papers(session: Session, payload: dict[str, Any]) -> dict[str, Any]:
    """Job ``statistics.bulletin_paper``: set what is not set yet. Done twice is done once."""
    bulletin = session.scalars(
        select(Bulletin).where(Bulletin.number == payload["bulletin"]).with_for_update()
    ).one()
    contents = {WHOLE: bulletin.content, FOR_EVERYBODY: bulletin.public_content}
    missing = {kind: content for kind, content in contents.items() if content is not None}
    for kind in session.scalars(select(BulletinPaper.kind).where(BulletinPaper.bulletin_id == bulletin.id)):
        missing.pop(kind, None)
    for kind, content in missing.items():
        _set(session, bulletin, kind, bytes(content))
    return {"made": sorted(missing)}


def document_of(session: Session, bulletin: Bulletin, kind: str) -> BulletinPaper:
    """The paper of an issued bulletin.

    Conflict (``bulletin_unissued``) before it is issued, Unavailable (``document_pending``) until its job is done.
    """
    if bulletin.state != "issued":
        raise Conflict("bulletin_unissued", "签发后才有正式文件", state=bulletin.state)
    paper = session.scalar(
        select(BulletinPaper).where(BulletinPaper.bulletin_id == bulletin.id, BulletinPaper.kind == kind)
    )
    if paper is None:
        raise Unavailable("document_pending", "文件正在生成", retry_after_seconds=RETRY_SECONDS)
    return paper


def document_bytes(session: Session, actor: Actor | None, bulletin: Bulletin, paper: BulletinPaper) -> bytes:
    """The PDF's bytes, checked against its hash. That an official has read the whole one is recorded."""
    if paper.kind == FOR_EVERYBODY:
        return files.read_public(session, paper.file_id)
    return files.hand_out(session, actor, paper.file_id, area_code=bulletin.area_code)


def _set(session: Session, bulletin: Bulletin, kind: str, content: bytes) -> None:
    paper = paper_of(bulletin, content)
    stored = files.store(
        session,
        system_actor(),
        name=f"{bulletin.number}.pdf",
        content=paper.content,
        file_class="public" if kind == FOR_EVERYBODY else "internal",
        area_code=bulletin.area_code,
    )
    if paper.missing:
        log.warning("characters_not_in_font", bulletin=bulletin.number, characters=paper.missing)
    session.add(
        BulletinPaper(
            bulletin_id=bulletin.id,
            kind=kind,
            file_id=stored.id,
            sha256=paper.sha256,
            media_type=stored.media_type,
            size_bytes=stored.size_bytes,
            seal_holder="",
            note="",
            added_at=utcnow(),
            added_by=None,
            added_by_person=None,
        )
    )
    session.flush()
