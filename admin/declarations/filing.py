"""填报→审核→退回/上报: a unit's figures of a month beside the ledger's, zero reports, corrections; three persons."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response, request
from sqlalchemy.orm import Session

from admin.declarations.places import last_month, tabs
from marketplace.accounts.models import Organisation
from marketplace.core.actor import Actor
from marketplace.core.clock import parse_period
from marketplace.core.errors import NotFound
from marketplace.core.http import needs, page_of, require_version
from marketplace.statistics import schemas
from marketplace.statistics.declarations import figures, filing, rules, steps, units
from marketplace.statistics.declarations.kinds import DECLARED_REPORTS, declared_report
from marketplace.statistics.declarations.models import Declaration, ReportingUnit
from marketplace.statistics.measures import measure
from marketplace.web.kit import Form, Listing, Pages, choices, done, label, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_declarations", __name__, url_prefix="/admin/declarations")

TONES: Final = {"draft": "quiet", "submitted": "info", "reviewed": "info", "returned": "warn", "sent": "good"}
REPORTS: Final = {one.code: one.title_zh for one in DECLARED_REPORTS}


@pages.show("", needs("statistics.declarations"))
def listing(session: Session, actor: Actor) -> Response:
    """Declarations of my areas and my unit, all versions, newest first."""
    asked = Listing(schemas.DeclarationArgs)
    page = page_of(
        session,
        filing.listing(
            actor, **{name: asked.args[name] for name in ("area", "report", "period", "state", "unit_id")}
        ),
        keys=[Declaration.id],
        key_of=lambda row: [row[0].id],
        args=asked.args,
        descending=True,
        scalars=False,
    )
    return render(
        "admin/declarations/list.html",
        fragment="results",
        listing=asked,
        page=page,
        tabs=tabs(),
        states=rules.STATES,
        state_choices=choices(rules.STATES),
        tones=TONES,
        reports=[(code, f"{code} {label(title)}") for code, title in REPORTS.items()],
        may_file=actor.may(filing.FILE),
    )


@pages.form("/new", needs("statistics.declare"), schemas.DeclarationIn)
def new(session: Session, actor: Actor, form: Form) -> Response:
    """Choose the unit and the month; then its figures, beside what the ledger counts."""
    period = request.values.get("period") or last_month()
    unit, name = _unit_asked(session, actor)
    if unit is None:
        mine = [row for row in session.execute(units.listing(actor)) if _may(actor, filing.FILE, row[0])]
        return render("admin/declarations/choose.html", mine=mine, period=period, reports=REPORTS)
    form.fill(unit_id=unit.id, period=period)
    return _form(session, form, unit, name, period)


@new.submit
def draft(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Begin it; it waits on its page to be handed in."""
    made = filing.draft(session, actor, **body)
    return done(f"/admin/declarations/{made.id}", _("已保存,核对后提交审核"))


@pages.show("/<uuid:declaration_id>", needs("statistics.declarations"))
def one(session: Session, actor: Actor, declaration_id: uuid.UUID) -> Response:
    """One version: declared beside computed, its way so far, and the next step where it is mine."""
    return _show(session, actor, Form(schemas.StepDecisionIn), declaration_id)


@pages.form("/<uuid:declaration_id>/draft", needs("statistics.declare"), schemas.DraftIn)
def redraft(session: Session, actor: Actor, form: Form, declaration_id: uuid.UUID) -> Response:
    """A draft, to be changed."""
    declaration = filing.shown(session, actor, declaration_id)
    unit, name = _unit_of(session, declaration)
    form.fill(
        figures={code: row.amount for code, row in figures.figures_of(session, declaration.id).items()}
        if not declaration.is_zero
        else {},
        zero_reason=declaration.zero_reason,
        version=declaration.row_version,
    )
    return _form(session, form, unit, name, declaration.period, declaration)


@redraft.submit
def redrafted(session: Session, actor: Actor, body: dict[str, Any], declaration_id: uuid.UUID) -> Response:
    """Say it anew, unless somebody else did meanwhile."""
    present = filing.shown(session, actor, declaration_id)
    require_version(present.row_version)
    filing.redraft(session, actor, declaration_id, body["content"], present.row_version)
    return done(f"/admin/declarations/{declaration_id}", _("已保存,核对后提交审核"))


@pages.action("/<uuid:declaration_id>/submission", needs("statistics.declare"))
def submit(session: Session, actor: Actor, declaration_id: uuid.UUID) -> Response:
    """Hand it in; the ledger's figures are frozen beside it."""
    steps.submit(session, actor, declaration_id)
    return done(f"/admin/declarations/{declaration_id}", _("已提交审核"))


@pages.form("/<uuid:declaration_id>/review", needs("statistics.declare_review"), schemas.StepDecisionIn)
def review(session: Session, actor: Actor, form: Form, declaration_id: uuid.UUID) -> Response:
    """The same page, after a review that was refused."""
    return _show(session, actor, form, declaration_id)


@review.submit
def reviewed(session: Session, actor: Actor, body: dict[str, Any], declaration_id: uuid.UUID) -> Response:
    """Confirm or return, as the second person."""
    steps.review(session, actor, declaration_id, **body)
    return done(f"/admin/declarations/{declaration_id}", _("已审核") if body["accept"] else _("已退回"))


@pages.form("/<uuid:declaration_id>/sending", needs("statistics.declare_send"), schemas.StepDecisionIn)
def sending(session: Session, actor: Actor, form: Form, declaration_id: uuid.UUID) -> Response:
    """The same page, after a sending that was refused."""
    return _show(session, actor, form, declaration_id)


@sending.submit
def sent(session: Session, actor: Actor, body: dict[str, Any], declaration_id: uuid.UUID) -> Response:
    """Send upward or return, as the third person."""
    steps.send(session, actor, declaration_id, **body)
    return done(f"/admin/declarations/{declaration_id}", _("已上报") if body["accept"] else _("已退回"))


def _unit_asked(session: Session, actor: Actor) -> tuple[ReportingUnit | None, str]:
    asked = request.values.get("unit_id")
    if not asked:
        return None, ""
    try:
        wanted = uuid.UUID(asked)
    except ValueError as error:
        raise NotFound from error
    row = session.execute(units.listing(actor).where(ReportingUnit.id == wanted)).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def _unit_of(session: Session, declaration: Declaration) -> tuple[ReportingUnit, str]:
    unit = session.get_one(ReportingUnit, declaration.unit_id)
    return unit, session.get_one(Organisation, unit.organisation_id).name


def _form(
    session: Session,
    form: Form,
    unit: ReportingUnit,
    name: str,
    period: str,
    declaration: Declaration | None = None,
) -> Response:
    parse_period(period)
    counted = figures.computed(session, unit, period) or {}
    return render(
        "admin/declarations/form.html",
        form=form,
        unit=unit,
        name=name,
        period=period,
        declaration=declaration,
        report=f"{unit.report} {label(REPORTS[unit.report])}",
        measures=[
            (code, label(measure(code).title_zh), label(measure(code).definition_zh), counted.get(code))
            for code in declared_report(unit.report).measures
        ],
        earlier=_sent_before(session, unit, period) if declaration is None else None,
    )


def _sent_before(session: Session, unit: ReportingUnit, period: str) -> Declaration | None:
    return figures.sent_versions(session, [unit.id], [period]).get((unit.id, period))


def _show(session: Session, actor: Actor, form: Form, declaration_id: uuid.UUID) -> Response:
    declaration = filing.shown(session, actor, declaration_id)
    unit, name = _unit_of(session, declaration)
    versions = session.execute(
        filing.listing(actor, unit_id=unit.id, period=declaration.period).order_by(Declaration.version)
    ).all()
    is_newest = declaration.version == max(row[0].version for row in versions)
    return render(
        "admin/declarations/one.html",
        form=form,
        declaration=declaration,
        unit=unit,
        name=name,
        report=f"{unit.report} {label(REPORTS[unit.report])}",
        states=rules.STATES,
        tones=TONES,
        rows=[
            (one, label(measure(one.measure).title_zh), label(measure(one.measure).definition_zh))
            for one in figures.beside(session, declaration)
        ],
        steps=filing.steps_of(session, declaration.id),
        pending=steps.pending_below(session, unit, declaration.period),
        versions=[row[0] for row in versions],
        step=_step(actor, declaration, unit),
        may_correct=is_newest
        and declaration.state in ("returned", "sent")
        and _may(actor, filing.FILE, unit),
    )


def _step(actor: Actor, declaration: Declaration, unit: ReportingUnit) -> str:
    """The step that waits and is mine: draft, review, sending, or none."""
    waiting = {
        "draft": ("draft", filing.FILE),
        "submitted": ("review", steps.REVIEW),
        "reviewed": ("sending", steps.SEND),
    }.get(declaration.state)
    return waiting[0] if waiting is not None and _may(actor, waiting[1], unit) else ""


def _may(actor: Actor, permission: str, unit: ReportingUnit) -> bool:
    return units.holds_own_level(actor, permission, unit)
