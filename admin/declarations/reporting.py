"""报送率 and the register of a month: who has reported, who is silent and told so, what everybody declared."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, request
from marshmallow import Schema
from sqlalchemy.orm import Session

from admin.asked import asked_from
from admin.declarations.filing import REPORTS, TONES
from admin.declarations.places import last_month, tabs
from admin.statistics.explorer import LEVEL_TITLES
from marketplace.core import divisions
from marketplace.core.actor import Actor
from marketplace.core.http import needs
from marketplace.statistics import schemas
from marketplace.statistics.asking import known_area
from marketplace.statistics.declarations import filing, rate, register, reminders, rules, silence, units
from marketplace.statistics.declarations.kinds import declared_report
from marketplace.statistics.declarations.models import ReportingUnit
from marketplace.statistics.declarations.steps import REVIEW
from marketplace.statistics.measures import measure
from marketplace.web.kit import Form, Listing, Pages, done, label, local, render
from marketplace.web.kit import say as _
from marketplace.web.kit.hats import chosen
from marketplace.web.kit.render import came_from

pages: Final = Pages("admin_reporting", __name__, url_prefix="/admin/declarations")


@pages.show("/rate", needs("statistics.declarations"), snapshot=True)
def reporting_rate(session: Session, actor: Actor) -> Response:
    """The rate by area and month, and the list of 未报."""
    asked = _asked(actor, schemas.RateArgs, "from_period")
    args = asked.args
    area = known_area(args["area"])
    found = rate.reporting_rate(
        session,
        actor,
        args["report"],
        args["from_period"],
        args["to_period"] or args["from_period"],
        area,
        args["level"],
    )
    return render(
        "admin/declarations/rate.html",
        fragment="results",
        listing=asked,
        args=args,
        area=area,
        found=found,
        total=_whole(found.totals, area),
        tabs=tabs(),
        states=rules.STATES,
        tones=TONES,
        reports=_reports(),
        levels=[(code, _(LEVEL_TITLES[code])) for code in ("province", "city", "county")],
        may_remind=actor.may_on(REVIEW, area=area),
        mine={one.unit_id for one in found.missing if units.holds_own_level(actor, filing.FILE, one)},
        below={one.unit_id for one in found.missing if _stands_below(actor, one)},
    )


@pages.action("/reminders", needs("statistics.declare_review"), schemas.RemindIn)
def remind(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """催报: every unit of the area that has not reported the month finds a notice."""
    told, before = reminders.remind(session, actor, body["report"], body["period"], body["area_code"])
    said = _("已催报 {count} 个单位,另有 {before} 个今天已催报过", count=told, before=before)
    return done(local(came_from(), "/admin/declarations/rate"), said)


@pages.form("/silences", needs("statistics.declare_review"), schemas.SilenceIn)
def silent(session: Session, actor: Actor, form: Form) -> Response:
    """List a unit as 未报, with the reason."""
    form.fill({name: request.args[name] for name in ("unit_id", "period") if request.args.get(name)})
    choices = [
        (str(unit.id), f"{name} · {unit.report}")
        for unit, name in session.execute(
            units.listing(actor).order_by(ReportingUnit.area_code, ReportingUnit.report)
        )
    ]
    return render("admin/declarations/silence.html", form=form, choices=choices)


@silent.submit
def list_silent(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """It stays listed; when it reports late it counts as reported."""
    silence.list_as_unreported(session, actor, **body)
    query = urlencode({"from_period": body["period"]})
    return done(f"/admin/declarations/rate?{query}", _("已列为未报"))


@pages.show("/register", needs("statistics.declarations"), snapshot=True)
def month_register(session: Session, actor: Actor) -> Response:
    """A month's register: declared beside computed of every unit; 未报 where one is silent, never 0."""
    asked = _asked(actor, schemas.RegisterArgs, "period", report="R1")
    args = asked.args
    area = known_area(args["area"])
    query = {"report": args["report"], "period": args["period"], "area": area}
    return render(
        "admin/declarations/register.html",
        fragment="results",
        listing=asked,
        args=args,
        rows=register.register_of(session, actor, args["report"], args["period"], area),
        measures=[label(measure(code).title_zh) for code in declared_report(args["report"]).measures],
        tabs=tabs(),
        states=rules.STATES,
        tones=TONES,
        reports=_reports(),
        files=[
            (kind.upper(), f"/api/v1/declarations/register?{urlencode(query | {'format': kind})}")
            for kind in ("xlsx", "csv")
        ],
    )


def _asked(actor: Actor, schema: type[Schema], month: str, **defaults: str) -> Listing:
    """The question of the address; month and area may be left out: the last month, the official's own area."""
    hat = chosen(actor)
    area = hat.area_code if hat is not None and hat.organisation_id is None else divisions.NATION
    return asked_from(schema, **defaults | {month: last_month(), "area": area})


def _stands_below(actor: Actor, one: rate.Owed) -> bool:
    """Whether the actor may list the unit as silent: nobody does that for the own level."""
    if one.kind == rules.AUTHORITY and not units.holds_above(actor, REVIEW, one.area_code):
        return False
    return actor.may_on(REVIEW, area=one.area_code)


def _reports() -> list[tuple[str, str]]:
    return [(code, f"{code} {label(title)}") for code, title in REPORTS.items()]


def _whole(totals: list[rate.Rate], area: str) -> rate.Rate:
    """All months together."""
    whole = rate.Rate(area, "", "")
    for one in totals:
        for name in ("due", "reported", "zero", "late", "listed"):
            setattr(whole, name, getattr(whole, name) + getattr(one, name))
    return whole
