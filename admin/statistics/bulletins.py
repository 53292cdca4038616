"""Bulletins: drawn up, reviewed, issued by three persons; read, verified, compared with what is known today."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request
from sqlalchemy.orm import Session

from admin.statistics.explorer import LEVEL_TITLES, VIEWS
from marketplace.core.actor import Actor
from marketplace.core.http import localised, needs, page_of
from marketplace.statistics.api.bulletin_answers import in_detail
from marketplace.statistics.bulletins import service
from marketplace.statistics.bulletins.models import Bulletin
from marketplace.statistics.bulletins.rules import DISCLOSURES, STATES, VERDICTS
from marketplace.statistics.reports import REPORTS
from marketplace.statistics.reports.protocol import Column, shown
from marketplace.statistics.schemas.bulletins import BulletinDecisionIn, BulletinIn, BulletinListArgs
from marketplace.web.kit import Form, Listing, Pages, choices, done, render
from marketplace.web.kit import say as _
from marketplace.web.kit.hats import chosen
from marketplace.web.kit.words import label

pages: Final = Pages("admin_bulletins", __name__, url_prefix="/admin/bulletins")


@pages.show("", needs("statistics.read"))
def listing(session: Session, actor: Actor) -> Response:
    """Bulletins of my areas, newest first."""
    asked = Listing(BulletinListArgs)
    page = page_of(
        session,
        service.bulletins_seen_by(actor, asked.args),
        keys=(Bulletin.drafted_at, Bulletin.id),
        key_of=lambda row: (row.drafted_at, row.id),
        args=asked.args,
        descending=True,
    )
    return render(
        "admin/statistics/bulletins.html",
        fragment="results",
        listing=asked,
        page=page,
        states=STATES,
        disclosures=DISCLOSURES,
        may_draft=actor.may("statistics.bulletin_draft"),
    )


@pages.form("/new", needs("statistics.bulletin_draft"), BulletinIn)
def new(session: Session, actor: Actor, form: Form) -> Response:
    """The form of a new bulletin; a new version begins with what it replaces (`?supersedes=`)."""
    before = request.values.get("supersedes")
    hat = chosen(actor)
    if before:
        old = service.find_bulletin(session, actor, before)
        form.fill(old, report=old.report_code, supersedes=old.number, adjusted_to=None)
    else:
        form.fill(area_code=hat.area_code if hat else "", disclosure="not_open")
    return render(
        "admin/statistics/bulletin_form.html",
        form=form,
        reports=[(one.code, f"{one.code} {label(one.title_zh)}") for one in REPORTS],
        levels=[(code, _(LEVEL_TITLES[code])) for code in ("province", "city", "county")],
        views=[(code, _(title)) for code, title in VIEWS.items()],
        disclosures=choices(DISCLOSURES),
    )


@new.submit
def draft(session: Session, actor: Actor, body: Any) -> Response:
    """Draw it up; its bytes are frozen now."""
    bulletin = service.draft_bulletin(session, actor, body)
    return done(f"/admin/bulletins/{bulletin.number}", _("已拟稿,等待审核"))


@pages.show("/<number>", needs("statistics.read"), snapshot=True)
def one(session: Session, actor: Actor, number: str) -> Response:
    """One bulletin: its words, steps, digest, whether it holds, and what is known today."""
    return _show(session, actor, Form(BulletinDecisionIn), number)


@pages.form("/<number>/review", needs("statistics.bulletin_review"), BulletinDecisionIn)
def review(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The same page, after a review that was refused."""
    return _show(session, actor, form, number)


@review.submit
def reviewed(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Pass on or return. Not by who drew it up."""
    service.review_bulletin(session, actor, number, **body)
    return done(f"/admin/bulletins/{number}", _("已记录审核意见"))


@pages.form("/<number>/issue", needs("statistics.bulletin_issue"), BulletinDecisionIn)
def issue(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The same page, after an issue that was refused."""
    return _show(session, actor, form, number)


@issue.submit
def issued(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Sign it, or return it. Not by who drew it up or reviewed it."""
    service.issue_bulletin(session, actor, number, **body)
    return done(f"/admin/bulletins/{number}", _("已记录签发意见"))


def _show(session: Session, actor: Actor, form: Form, number: str) -> Response:
    bulletin = service.find_bulletin(session, actor, number)
    is_issued = bulletin.state == "issued"
    return render(
        "admin/statistics/bulletin.html",
        form=form,
        bulletin=in_detail(session, bulletin),
        states=STATES,
        reports={one.code: label(one.title_zh) for one in REPORTS},
        verdicts=choices(VERDICTS),
        verification=service.verify_bulletin(session, bulletin) if is_issued else None,
        comparison=service.compare(session, bulletin) if is_issued else None,
        written=_written,
        step=_step(actor, bulletin),
        may_draft=actor.may_on("statistics.bulletin_draft", area=bulletin.area_code),
    )


def _step(actor: Actor, bulletin: Bulletin) -> str:
    """Which form the page offers: review, issue, or none."""
    if bulletin.state == "drafted" and actor.may_on("statistics.bulletin_review", area=bulletin.area_code):
        return "review"
    if bulletin.state == "reviewed" and actor.may_on("statistics.bulletin_issue", area=bulletin.area_code):
        return "issue"
    return ""


def _written(column: Column, value: Any) -> str:
    found = shown(column, value)
    return localised(found) if isinstance(found, str) else f"{found:,}"
