"""月度汇总: a closed month's total, drawn up, confirmed by two persons of each county, sealed by another, then sent."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.declarations.places import last_month, tabs
from marketplace.core import divisions
from marketplace.core.actor import Actor
from marketplace.core.http import needs, page_of
from marketplace.intake.rules.upward import area_of_source
from marketplace.intake.rules.upward_totals import cells_as_rows
from marketplace.statistics import dimension_titles
from marketplace.statistics.dimensions import GOODS_CLASSES
from marketplace.statistics.schemas import StepDecisionIn
from marketplace.statistics.schemas import upward as schemas
from marketplace.statistics.upward import confirming, reading, totals, views
from marketplace.statistics.upward.link import upper
from marketplace.statistics.upward.models import CountyConfirmation, MonthTotal
from marketplace.statistics.upward.states import CONFIRMATIONS, STATES
from marketplace.web.kit import Form, Listing, Pages, done, note, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_upward_totals", __name__, url_prefix="/admin/upward")

TONES: Final = {"drafted": "info", "sealed": "good", "returned": "warn"}
PART_TONES: Final = {"pending": "quiet", "handled": "info", "confirmed": "good", "returned": "warn"}
HEAD_TITLES: Final = {
    "households_rostered": note("在册户"),
    "households_covered": note("覆盖户"),
    "persons_covered": note("覆盖人"),
    "households_benefited": note("受益户"),
    "persons_benefited": note("受益人"),
    "year_households_covered": note("本年覆盖户"),
    "year_households_benefited": note("本年受益户"),
}
#: Cells on one page; the sealed content has them all.
MOST: Final = 300


@pages.show("", needs(views.PERMISSION))
def listing(session: Session, actor: Actor) -> Response:
    """Months' totals with all their versions, newest first."""
    asked = Listing(schemas.MonthTotalArgs)
    page = page_of(
        session,
        reading.totals_seen(actor, asked.args["period"]),
        keys=[MonthTotal.id],
        key_of=lambda row: [row.id],
        args=asked.args,
        descending=True,
    )
    above = upper()
    return render(
        "admin/upward/list.html",
        fragment="results",
        listing=asked,
        page=page,
        tabs=tabs(),
        above=above,
        states=STATES,
        tones=TONES,
        may_draw=above is not None and actor.may_on(totals.DRAFT, area=above.area),
    )


@pages.form("/new", needs(totals.DRAFT), schemas.MonthTotalIn)
def new(session: Session, actor: Actor, form: Form) -> Response:
    """Which month; the reason where it follows another version."""
    return render("admin/upward/new.html", form=form.fill(period=last_month()))


@new.submit
def draw_up(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Draw it up from the closed books; its counties are asked from now on."""
    made = totals.draw_up(session, actor, **body)
    return done(f"/admin/upward/{made.id}", _("已生成,等待各县确认"))


@pages.show("/<uuid:total_id>", needs(views.PERMISSION))
def one(session: Session, actor: Actor, total_id: uuid.UUID) -> Response:
    """A version as far as I may see it: cells, households, the counties' words, and the step that is mine."""
    return _show(session, actor, Form(StepDecisionIn), total_id)


@pages.form("/<uuid:total_id>/<area>/handling", needs(confirming.HANDLE), schemas.OpinionIn)
def handling(session: Session, actor: Actor, form: Form, total_id: uuid.UUID, area: str) -> Response:
    """The same page, after a word that was refused."""
    return _show(session, actor, form, total_id)


@handling.submit
def handle(session: Session, actor: Actor, body: dict[str, Any], total_id: uuid.UUID, area: str) -> Response:
    """The county's first person has looked at its part."""
    confirming.handle(session, actor, total_id, area, **body)
    return done(f"/admin/upward/{total_id}", _("已经办,等待审核确认"))


@pages.form("/<uuid:total_id>/<area>/review", needs(confirming.REVIEW), StepDecisionIn)
def review(session: Session, actor: Actor, form: Form, total_id: uuid.UUID, area: str) -> Response:
    """The same page, after a word that was refused."""
    return _show(session, actor, form, total_id)


@review.submit
def confirm(session: Session, actor: Actor, body: dict[str, Any], total_id: uuid.UUID, area: str) -> Response:
    """The county's second person confirms its part, or returns it, which ends the version."""
    confirming.confirm(session, actor, total_id, area, **body)
    return done(f"/admin/upward/{total_id}", _("已确认") if body["accept"] else _("已退回"))


@pages.action("/<uuid:total_id>/sealing", needs(totals.SEAL))
def seal(session: Session, actor: Actor, total_id: uuid.UUID) -> Response:
    """Sign what every county has confirmed; the worker sends it."""
    totals.seal(session, actor, total_id)
    return done(f"/admin/upward/{total_id}", _("已封存,由系统上报"))


@pages.action("/<uuid:total_id>/withdrawal", needs(totals.DRAFT))
def give_up(session: Session, actor: Actor, total_id: uuid.UUID) -> Response:
    """End a version that is not sealed."""
    totals.give_up(session, actor, total_id)
    return done("/admin/upward", _("这一版已撤回"))


def _show(session: Session, actor: Actor, form: Form, total_id: uuid.UUID) -> Response:
    row, total, reach = reading.part_seen(session, actor, total_id)
    parts = [one for one in confirming.parts_of(session, row.id) if reading.is_within(one.area_code, reach)]
    area = area_of_source(row.source)
    cells = cells_as_rows(total.cells)
    is_open = row.state == "drafted"
    return render(
        "admin/upward/one.html",
        form=form,
        row=row,
        area=area,
        is_whole="" in reach,
        head=total.head,
        parts_of=parts,
        cells=cells[:MOST],
        count=len(cells),
        most=MOST,
        sale_fen=sum(one["sale_fen"] for one in cells),
        households=sorted(total.households.items()),
        heads=[(code, _(title)) for code, title in HEAD_TITLES.items()],
        states=STATES,
        tones=TONES,
        part_states=CONFIRMATIONS,
        part_tones=PART_TONES,
        channels=dimension_titles.CHANNELS,
        classes=GOODS_CLASSES,
        buyers=dimension_titles.BUYER_KINDS,
        mine=_mine(actor, parts) if is_open else None,
        may_seal=is_open
        and actor.may_on(totals.SEAL, area=area)
        and all(one.state == "confirmed" for one in parts),
        may_give_up=is_open and actor.may_on(totals.DRAFT, area=area),
        digest=row.digest.hex(),
    )


def _mine(actor: Actor, parts: list[CountyConfirmation]) -> tuple[CountyConfirmation, str] | None:
    """The county's part that waits for my word, and which word: handling or review."""
    for step, state, permission in (
        ("handling", "pending", confirming.HANDLE),
        ("review", "handled", confirming.REVIEW),
    ):
        for one in parts:
            held = [held for held in actor.holding(permission) if held.covers(one.area_code, ())]
            own = divisions.canonical(one.area_code)
            if one.state == state and any(divisions.canonical(held.area_code) == own for held in held):
                return one, step
    return None
