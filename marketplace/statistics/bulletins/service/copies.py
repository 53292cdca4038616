"""Sealed copies: the bulletin as a PDF or OFD that an authority's certificate has signed, or as a scan of the stamped paper.

Brought by one person, held against the bulletin by another (domain: who checked it is recorded; a click is not 签发). They lie
beside the bulletin, whose bytes and signature stay what they are, and are for officials: they show everything.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core import audit, files
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound
from marketplace.core.formats import MEDIA_TYPES, media_type_of, names_in_zip
from marketplace.statistics.bulletins.models import Bulletin
from marketplace.statistics.bulletins.paper_models import BulletinPaper, BulletinPaperCheck
from marketplace.statistics.bulletins.service.reading import find_bulletin

KINDS: Final = {"ca_pdf": "电子签章 PDF", "ca_ofd": "电子签章 OFD", "scan": "盖章扫描件"}
VERDICTS: Final = {"matches": "与签发内容一致", "differs": "与签发内容不一致"}
ADD: Final = "statistics.bulletin_draft"
CHECK: Final = "statistics.bulletin_review"
_TYPES: Final = {
    "ca_pdf": frozenset({MEDIA_TYPES["pdf"]}),
    "ca_ofd": frozenset({MEDIA_TYPES["ofd"]}),
    "scan": frozenset({MEDIA_TYPES["pdf"], "image/png", "image/jpeg"}),
}
_OFD_SIGNATURES: Final = "/Signatures.xml"


@dataclass(frozen=True)
class NewCopy:
    """A file that is brought: of KINDS, with whose seal it bears."""

    kind: str
    name: str
    content: bytes
    seal_holder: str
    note: str = ""


@dataclass(frozen=True)
class Copy:
    """A sealed copy and who has checked it; None while nobody has."""

    paper: BulletinPaper
    check: BulletinPaperCheck | None


def add_copy(session: Session, actor: Actor, number: str, new: NewCopy) -> Copy:
    """Keep a sealed copy of an issued bulletin.

    Needs ``statistics.bulletin_draft``. Conflict (``bulletin_unissued``), Invalid (``copy_type``) for bytes of another type than
    the kind's, (``copy_unsigned``) for a PDF or OFD without a signature in it, AlreadyExists (``copy_known``); and as
    `files.store`.
    """
    bulletin = find_bulletin(session, actor, number)
    actor.require(ADD, area=bulletin.area_code)
    if bulletin.state != "issued":
        raise Conflict("bulletin_unissued", "签发后才有正式文件", state=bulletin.state)
    _check_bytes(new)
    stored = files.store(
        session, system_actor(), name=new.name, content=new.content, area_code=bulletin.area_code
    )
    paper = BulletinPaper(
        bulletin_id=bulletin.id,
        kind=new.kind,
        file_id=stored.id,
        sha256=hashlib.sha256(new.content).digest(),
        media_type=stored.media_type,
        size_bytes=stored.size_bytes,
        seal_holder=new.seal_holder,
        note=new.note,
        added_at=utcnow(),
        added_by=actor.audit_id,
        added_by_person=actor.person_id,
    )
    session.add(paper)
    with refusing({"uq_bulletin_paper_copy": AlreadyExists("copy_known", "该文件已上传")}):
        session.flush()
    _record(session, actor, bulletin, paper, "added")
    return Copy(paper, None)


def check_copy(
    session: Session, actor: Actor, number: str, copy_id: uuid.UUID, *, verdict: str, opinion: str
) -> Copy:
    """Say whether the copy is what was issued, as another person than who brought it; once.

    Needs ``statistics.bulletin_review``. Forbidden (``same_person``), Invalid (``bulletin_opinion``) when it differs and nothing
    is said, Conflict (``copy_checked``), NotFound.
    """
    bulletin = find_bulletin(session, actor, number)
    actor.require(CHECK, area=bulletin.area_code)
    paper = _find(session, bulletin, copy_id).paper
    actor.require_other_person(paper.added_by_person, what="用印件的上传与核对")
    if verdict == "differs" and not opinion:
        raise Invalid("bulletin_opinion", "不一致须写明意见", pointer="/opinion")
    check = BulletinPaperCheck(
        paper_id=paper.id,
        verdict=verdict,
        opinion=opinion,
        added_by_person=paper.added_by_person or uuid.UUID(int=0),
        checked_by=actor.audit_id,
        checked_by_person=actor.person_id,
        checked_at=utcnow(),
    )
    session.add(check)
    with refusing({"uq_bulletin_paper_check_paper_id": Conflict("copy_checked", "该用印件已核对")}):
        session.flush()
    _record(session, actor, bulletin, paper, verdict)
    return Copy(paper, check)


def copies_of(session: Session, bulletin: Bulletin) -> Sequence[Copy]:
    """All sealed copies, in the order in which they were brought."""
    rows = session.execute(
        select(BulletinPaper, BulletinPaperCheck)
        .outerjoin(BulletinPaperCheck, BulletinPaperCheck.paper_id == BulletinPaper.id)
        .where(BulletinPaper.bulletin_id == bulletin.id, BulletinPaper.kind.in_(KINDS))
        .order_by(BulletinPaper.added_at, BulletinPaper.id)
    )
    return [Copy(*row) for row in rows]


def read_copy(
    session: Session, actor: Actor, bulletin: Bulletin, copy_id: uuid.UUID
) -> tuple[BulletinPaper, bytes]:
    """A copy with its bytes; the reading is recorded. NotFound."""
    paper = _find(session, bulletin, copy_id).paper
    return paper, files.hand_out(session, actor, paper.file_id, area_code=bulletin.area_code)


def _find(session: Session, bulletin: Bulletin, copy_id: uuid.UUID) -> Copy:
    for one in copies_of(session, bulletin):
        if one.paper.id == copy_id:
            return one
    raise NotFound


def _check_bytes(new: NewCopy) -> None:
    if new.kind not in KINDS:
        raise Invalid("copy_type", "没有这种用印件", pointer="/kind")
    if media_type_of(new.content) not in _TYPES[new.kind]:
        raise Invalid("copy_type", "文件类型与用印件种类不符", pointer="/file", kind=new.kind)
    # That a signature is there is all that bytes can tell here; whose it is and whether it holds is what the checker looks at.
    if new.kind == "ca_pdf":
        is_signed = b"/ByteRange" in new.content
    else:
        is_signed = any(name.endswith(_OFD_SIGNATURES) for name in names_in_zip(new.content))
    if new.kind != "scan" and not is_signed:
        raise Invalid("copy_unsigned", "文件中没有电子签章", pointer="/file")


def _record(session: Session, actor: Actor, bulletin: Bulletin, paper: BulletinPaper, verb: str) -> None:
    audit.record(
        session,
        actor,
        f"statistics.bulletin_copy.{verb}",
        "bulletin",
        bulletin.number,
        area_code=bulletin.area_code,
        detail={"copy": str(paper.id), "kind": paper.kind, "sha256": paper.sha256.hex()},
    )
    session.flush()
