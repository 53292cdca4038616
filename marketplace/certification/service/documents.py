"""The PDF of a notice: set from the frozen content by a job, kept as a public file with its SHA-256 on the notice.

Setting takes tens of milliseconds, so publishing only writes the job. The same content gives the same bytes, so when it is
made does not matter. Online a notice shows no household and no person, and its paper shows what the notice shows: it stays
readable after the notice has ended, and is hidden when the notice is withdrawn (docs/rules.md, "Public notice").
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.certification.models import Notice
from marketplace.core import files
from marketplace.core.actor import system_actor
from marketplace.core.clock import day_of, in_chinese
from marketplace.core.documents import Paper, render
from marketplace.core.errors import NotFound, Unavailable
from marketplace.core.jobs import enqueue
from marketplace.core.models import StoredFile

log = structlog.get_logger(__name__)
JOB: Final = "certification.notice_document"
TEMPLATE: Final = Path(__file__).parent.parent / "templates" / "notice.typ"
RETRY_SECONDS: Final = 5
_UNITS: Final = {"working": "个工作日", "calendar": "个自然日"}


def ask_for_document(session: Session, notice: Notice) -> None:
    """Write the job that makes the PDF, in the transaction that publishes the notice."""
    enqueue(session, JOB, {"notice": notice.number}, key=f"{JOB}:{notice.number}")


def make_document(session: Session, payload: dict[str, Any]) -> dict[str, Any]:
    """The job: set the PDF, store it, write its hash on the notice. Done twice, or for a withdrawn notice, it does nothing."""
    notice = session.scalars(select(Notice).where(Notice.number == payload["notice"]).with_for_update()).one()
    if notice.document_file_id is not None or notice.state == "withdrawn":
        return {"made": False}
    paper = paper_of(notice)
    stored = files.store(
        session, system_actor(), name=f"{notice.number}.pdf", content=paper.content, file_class="public"
    )
    notice.document_file_id = stored.id
    notice.document_sha256 = paper.sha256
    if paper.missing:
        log.warning("characters_not_in_font", notice=notice.number, characters=paper.missing)
    session.flush()
    return {"made": True, "missing": list(paper.missing)}


def document_of(session: Session, number: str) -> Notice:
    """The notice whose PDF anybody may have now, with its hash.

    NotFound when there is none or (``notice_withdrawn``) no longer; Unavailable (``document_pending``) until its job is done.
    """
    notice = session.scalar(select(Notice).where(Notice.number == number))
    if notice is None:
        raise NotFound
    if notice.state == "withdrawn":
        raise NotFound("notice_withdrawn", "公示已撤回")
    if notice.document_sha256 is None:
        raise Unavailable("document_pending", "公示文件正在生成", retry_after_seconds=RETRY_SECONDS)
    return notice


def document_bytes(session: Session, notice: Notice) -> bytes:
    """The PDF's bytes, checked against its hash."""
    if notice.document_file_id is None:
        raise LookupError("the notice has no document yet")
    return files.read_public(session, notice.document_file_id)


def hide_document(session: Session, notice: Notice) -> None:
    """Keep the PDF of a withdrawn notice as evidence, but no longer as a public file."""
    if notice.document_file_id is not None:
        session.get_one(StoredFile, notice.document_file_id).file_class = "internal"


def paper_of(notice: Notice) -> Paper:
    """Set the PDF of a notice from its frozen content; equal for equal content, whenever it is asked for."""
    return render(TEMPLATE, _fields(notice.content, day_of(notice.published_at)), dated=notice.published_at)


def _fields(content: Mapping[str, Any], published_on: date) -> dict[str, Any]:
    """What templates/notice.typ prints."""
    first, last = date.fromisoformat(content["starts_on"]), date.fromisoformat(content["ends_on"])
    later = "法定节假日安排尚未公布，截止日期以届时安排为准。" if content["dates_provisional"] else ""
    return {
        "title": content["title"],
        "document_no": content["document_no"],
        "number": content["number"],
        "opening": f"经主体申请、逐级审核，下列{len(content['items'])}个产品拟认定为{content['scheme']}，"
        "现予公示，接受社会监督。",
        "period": f"公示时间：{in_chinese(first)}至{in_chinese(last)}（{content['days']}{_UNITS[content['day_unit']]}）。{later}",
        "objections": "如有异议，请在公示期内以实名或匿名方式向受理单位反映。",
        "receiving_unit": content["receiving_unit"],
        "telephone": content["telephone"],
        "statement": content["statement"],
        "issuing_unit": content["issuing_unit"],
        "dated": in_chinese(published_on),
        "items": [
            {
                "row": place,
                "product_name": item["product_name"],
                "spec": item["spec"],
                "producer_name": item["producer_name"],
                "area_name": item["area_name"],
                "households": item["households_helped"] or "—",
            }
            for place, item in enumerate(content["items"], start=1)
        ],
    }
