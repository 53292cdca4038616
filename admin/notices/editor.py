"""Hanging a notice: what is due for one, how long it would hang, its head and foot; the notices that hang; taking one down."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from flask import Response, request
from sqlalchemy.orm import Session

from marketplace.certification.models import Application, Notice
from marketplace.certification.rules.notices import NOTICE_LEVELS
from marketplace.certification.rules.schemes import schemes
from marketplace.certification.schemas.notices import NoticeIn, NoticeListArgs, NoticeWithdrawalIn
from marketplace.certification.service import public, queues
from marketplace.certification.service.notice_preview import preview
from marketplace.certification.service.notices import NoticeForm, publish_notice
from marketplace.certification.service.withdrawal import withdraw_notice
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import needs, page_of
from marketplace.web.kit import Form, Listing, Pages, done, note, render
from marketplace.web.kit import say as _
from marketplace.web.kit.hats import chosen

pages: Final = Pages("admin_notices", __name__, url_prefix="/admin/notices")

LEVELS: Final = {
    "village": note("村级"),
    "town": note("镇级"),
    "county": note("县级"),
    "city": note("市级"),
    "province": note("省级"),
    "national": note("全国"),
}
assert set(LEVELS) == set(NOTICE_LEVELS)  # noqa: S101 - a level without a title would stand as a code on a board
#: How many applications one editor shows; a notice takes up to 500.
MOST: Final = 200


@pages.show("", needs("certification.notice"))
def listing(session: Session, actor: Actor) -> Response:
    """Notices, newest first."""
    asked = Listing(NoticeListArgs)
    page = page_of(
        session,
        public.notices(
            scheme=asked.args["scheme"],
            area_code=asked.args["area_code"],
            only_running=asked.args["running"],
        ),
        keys=(Notice.published_at, Notice.id),
        key_of=lambda row: (row.published_at, row.id),
        args=asked.args,
        descending=True,
    )
    return render(
        "admin/notices/list.html",
        fragment="results",
        listing=asked,
        page=page,
        standing_of=public.notice_standing,
        standings=public.NOTICE_STANDINGS,
        levels=LEVELS,
        schemes=schemes(),
    )


@pages.form("/new", needs("certification.notice"), NoticeIn)
def editor(session: Session, actor: Actor, form: Form) -> Response:
    """The editor. What is ticked and the first day may stand in the address: then the days are previewed."""
    due = session.scalars(
        queues.due_for(actor, kinds=("notice",))
        .order_by(Application.scheme, Application.area_code, Application.number)
        .limit(MOST)
    ).all()
    ticked = {*request.values.getlist("numbers")} or {row.number for row in due}
    hat = chosen(actor)
    form.fill(
        level="county",
        area_code=hat.area_code if hat else "",
        starts_on=_day(request.values.get("starts_on")) or today(),
    )
    terms = preview(
        [row for row in due if row.number in ticked], _day(request.values.get("starts_on")) or today()
    )
    return render(
        "admin/notices/editor.html",
        fragment="preview",
        form=form,
        due=due,
        ticked=ticked,
        terms=terms,
        levels=[(code, _(title)) for code, title in LEVELS.items()],
        schemes=schemes(),
    )


@editor.submit
def publish(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Hang it."""
    head = NoticeForm(
        body["title"], body["issuing_unit"], body["receiving_unit"], body["telephone"], body["document_no"]
    )
    notice = publish_notice(
        session,
        actor,
        numbers=body["numbers"],
        level=body["level"],
        area_code=body["area_code"],
        form=head,
        starts_on=body["starts_on"],
    )
    return done("/admin/notices", _("公示已发布,公示至 {day}", day=notice.ends_on.isoformat()))


@pages.form("/<number>/withdrawal", needs("certification.notice"), NoticeWithdrawalIn)
def withdrawal(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """Why it is taken down; everybody will read the reason."""
    return render("admin/notices/withdrawal.html", form=form, notice=public.notice_of(session, number))


@withdrawal.submit
def withdraw(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Take it down; its applications go back to the stage before it."""
    withdraw_notice(session, actor, number, reason=body["reason"])
    return done("/admin/notices", _("公示 {number} 已撤回", number=number))


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
