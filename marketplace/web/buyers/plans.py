"""采购计划: versions by year, the lines with their execution, sending and deciding."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import page_of
from marketplace.orders.buying.models import PurchasePlan
from marketplace.orders.buying.rules.plan import FUND_TITLES, OVER_PLAN, PLAN
from marketplace.orders.buying.schemas.plan import PlanDecisionIn, PurchasePlanArgs, PurchasePlanIn
from marketplace.orders.buying.service import plans
from marketplace.producers import categories
from marketplace.web.kit import Form, Listing, Pages, choices, done, hats, needs, render
from marketplace.web.kit import say as _

pages: Final = Pages("buyers_plans", __name__)
_TONES: Final = {"submitted": "info", "returned": "warn", "approved": "good"}


@pages.form("/purchase-plans/new", needs("orders.place"), PurchasePlanIn)
def starting(session: Session, actor: Actor, form: Form) -> Response:
    """The form that begins a version."""
    form.fill(organisation_id=hats.organisation(actor), year=today().year)
    over = choices(OVER_PLAN)
    return render("buyers/plan_new.html", form=form, over=over)


@starting.submit
def start(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Begin it, from what holds or from another year."""
    return done(f"/purchase-plans/{plans.start(session, actor, **body).id}", _("已新建采购计划"))


@pages.show("/purchase-plans", needs("orders.read"))
def list_plans(session: Session, actor: Actor) -> Response:
    """All versions that one may see, newest first."""
    listing = Listing(PurchasePlanArgs)
    asked = listing.args
    page = page_of(
        session,
        plans.plans_seen(actor, organisation_id=asked["organisation_id"], year=asked["year"]),
        keys=[PurchasePlan.made_at, PurchasePlan.id],
        key_of=lambda plan: [plan.made_at, plan.id],
        args=asked,
        descending=True,
    )
    return render(
        "buyers/plans.html",
        fragment="results",
        listing=listing,
        page=page,
        states=PLAN.titles,
        tones=_TONES,
        may_start=actor.may("orders.place"),
    )


@pages.show("/purchase-plans/<uuid:plan_id>", needs("orders.read"))
def one_plan(session: Session, actor: Actor, plan_id: uuid.UUID) -> Response:
    """One version with the execution of its lines."""
    return _show(session, actor, Form(PlanDecisionIn), plan_id)


@pages.action("/purchase-plans/<uuid:plan_id>/submission", needs("orders.place"))
def submit(session: Session, actor: Actor, plan_id: uuid.UUID) -> Response:
    """Send a draft to the unit's reviewer."""
    plans.submit(session, actor, plan_id)
    return done(f"/purchase-plans/{plan_id}", _("已提交审核"))


@pages.form("/purchase-plans/<uuid:plan_id>/decision", needs("orders.approve_purchase"), PlanDecisionIn)
def decision(session: Session, actor: Actor, form: Form, plan_id: uuid.UUID) -> Response:
    """The plan, after a decision that was refused."""
    return _show(session, actor, form, plan_id)


@decision.submit
def decide(session: Session, actor: Actor, body: dict[str, Any], plan_id: uuid.UUID) -> Response:
    """Approve it or send it back."""
    plans.decide(session, actor, plan_id, approve=body["approve"], opinion=body["opinion"])
    return done(f"/purchase-plans/{plan_id}", _("已记录审核意见"))


def _show(session: Session, actor: Actor, form: Form, plan_id: uuid.UUID) -> Response:
    plan = plans.locked(session, actor, plan_id)
    lines, beside = plans.execution(session, plan)
    return render(
        "buyers/plan.html",
        form=form,
        plan=plan,
        rows=[(categories.path_zh(line.category_code), line, used) for line, used in lines],
        beside=beside,
        funds=FUND_TITLES,
        states=PLAN.titles,
        tones=_TONES,
        may_submit=PLAN.may(plan.state, "submitted") and actor.may("orders.place"),
        may_decide=plan.state == "submitted" and actor.may("orders.approve_purchase"),
        verdicts=[("on", _("同意")), ("0", _("退回"))],
    )
