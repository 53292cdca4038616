"""审计: the trail by actor, object, purpose and time, as a file too; and who read whose personal data, how often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson
from flask import Response
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from admin.audit_words import detail_lines, short_id, subject_title
from marketplace.accounts.schemas import AuditQuery
from marketplace.accounts.service import audit_trail
from marketplace.core.actor import Actor
from marketplace.core.db import transaction
from marketplace.core.errors import TooLarge
from marketplace.core.http import filters_of, needs, page_of
from marketplace.core.models import AuditRecord
from marketplace.core.sheets.stream import SHEET_ROWS
from marketplace.web.kit import Listing, Pages, render, streamed_csv, streamed_xlsx, wanted_format
from marketplace.web.kit import say as _
from marketplace.web.kit.shown import moment

pages: Final = Pages("admin_audit", __name__, url_prefix="/admin/audit")

#: So many readers stand above the list.
_MOST_READERS: Final = 20
_ROWS_AT_ONCE: Final = 2_000
#: Of the columns of `_headings` in a spreadsheet, in characters.
_WIDTHS: Final = (10, 19, 20, 16, 30, 20, 38, 14, 24, 60, 38)


@pages.show("", needs("audit.read"))
def listing(session: Session, actor: Actor) -> Response:
    """The records, newest first."""
    asked = Listing(AuditQuery)
    filters = filters_of(asked.args)
    found = audit_trail.records(actor, **filters)
    if wanted_format() == "csv":
        return streamed_csv(_("审计记录"), _headings(), _pages(found))
    if wanted_format():
        _require_one_sheet(session, found)
        return streamed_xlsx(_("审计记录"), _headings(), _pages(found), widths=_WIDTHS)
    page = page_of(
        session,
        audit_trail.with_names(found),
        keys=[AuditRecord.id],
        key_of=lambda row: [row.AuditRecord.id],
        args=asked.args,
        descending=True,
        scalars=False,
    )
    return render(
        "admin/audit.html",
        fragment="results",
        listing=asked,
        page=page,
        readers=_readers(session, found) if filters["with_purpose"] else (),
        subject_title=subject_title,
        short_id=short_id,
        detail_lines=detail_lines,
    )


def _require_one_sheet(session: Session, found: Select[Any]) -> None:
    """TooLarge (``trail_too_long``) for more records than a sheet holds, before anything is written."""
    some = found.with_only_columns(AuditRecord.id).limit(SHEET_ROWS + 1).subquery()
    if (session.scalar(select(func.count()).select_from(some)) or 0) > SHEET_ROWS:
        raise TooLarge(
            "trail_too_long",
            f"超过{SHEET_ROWS:,}条,一张电子表格放不下:请改取CSV(不限条数),或缩短起止日期",
            most=SHEET_ROWS,
        )


def _pages(found: Select[Any]) -> Iterator[list[list[Any]]]:
    """The lines of all records, newest first, each page read on its own: the trail only grows."""
    below: int | None = None
    while True:
        page = audit_trail.with_names(found).order_by(AuditRecord.id.desc()).limit(_ROWS_AT_ONCE)
        with transaction() as session:
            rows = session.execute(page if below is None else page.where(AuditRecord.id < below)).all()
            lines = [_line(*row) for row in rows]
        if not lines:
            return
        yield lines
        below = lines[-1][0]


def _readers(session: Session, found: Any) -> Sequence[Any]:
    return session.execute(audit_trail.readers(found).limit(_MOST_READERS)).all()


def _detail(record: AuditRecord) -> str:
    """Codes, numbers and ids of a record; it holds no personal value."""
    return orjson.dumps(record.detail).decode() if record.detail else ""


def _headings() -> list[str]:
    return [
        _("记录号"), _("时间"), _("登录名"), _("姓名(岗位)"), _("动作"), _("对象"), _("对象编号"), _("区划代码"), _("目的"),
        _("内容"), _("请求号"),
    ]  # fmt: skip


def _line(record: AuditRecord, login: str | None, person: str | None) -> list[Any]:
    return [
        record.id,
        moment(record.at),
        login,
        person,
        record.action,
        record.subject_kind,
        record.subject_id,
        record.area_code,
        record.purpose,
        _detail(record),
        record.request_id,
    ]
