"""Applications for officials: the queue of those that are due at their office, one beside the rules, the decision."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request
from sqlalchemy.orm import Session

from admin.reviews.facts import declared, missing, papers
from marketplace.certification.models import Application
from marketplace.certification.rules.schemes import STATE_TITLES, schemes
from marketplace.certification.schemas.applications import (
    ApplicationDecisionIn,
    ApplicationListArgs,
    BatchDecisionIn,
)
from marketplace.certification.service import queues, reading
from marketplace.certification.service.decisions import VERDICTS, decide
from marketplace.certification.service.transitions import step_due
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import needs, page_of
from marketplace.web.conditions_shown import evaluations_shown
from marketplace.web.kit import Form, Listing, Pages, choices, done, note, render
from marketplace.web.kit import say as _
from marketplace.web.kit.words import label

pages: Final = Pages("admin_reviews", __name__, url_prefix="/admin/reviews")

# What an opinion often says; it is typed in by a click and can be changed.
OPINIONS: Final = {
    "pass": (note("材料齐全,符合认定条件,同意。"), note("经实地核查,情况属实,同意。")),
    "return": (
        note("佐证材料不完整,请补充后重新提交。"),
        note("填报数据与佐证材料不一致,请核对后重新提交。"),
    ),
    "reject": (note("不符合认定条件。"), note("属负面清单产品,不予认定。")),
}
KINDS: Final = ("review", "decision", "filing")


@pages.show("", needs("certification.read"))
def queue(session: Session, actor: Actor) -> Response:
    """What is due at my office, oldest first; or every application that I may see (`all=1`)."""
    listing = Listing(ApplicationListArgs)
    mine = not request.args.get("all")
    statement = (
        queues.due_for(actor, kinds=KINDS)
        if mine
        else reading.applications_seen_by(
            actor,
            state=listing.args["state"],
            scheme=listing.args["scheme"],
            area_code=listing.args["area_code"],
        )
    )
    page = page_of(
        session,
        statement,
        keys=(Application.created_at, Application.id),
        key_of=lambda row: (row.created_at, row.id),
        args=listing.args,
    )
    return render(
        "admin/reviews/queue.html",
        fragment="results",
        listing=listing,
        page=page,
        mine=mine,
        states=choices(STATE_TITLES),
        schemes=[(scheme.code, label(scheme.title)) for scheme in schemes().values()],
        state_titles=STATE_TITLES,
        scheme_of=schemes(),
        today=today(),
    )


@pages.show("/<number>", needs("certification.read"))
def one(session: Session, actor: Actor, number: str) -> Response:
    """One application: what is declared on the left, what the rules say on the right."""
    return _show(session, actor, Form(ApplicationDecisionIn), number)


@pages.form("/<number>/decision", needs("certification.decide"), ApplicationDecisionIn)
def decision(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The same page, after a decision that was refused."""
    return _show(session, actor, form, number)


@decision.submit
def decide_one(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Pass, return or reject."""
    decide(session, actor, [number], body["verdict"], body["opinion"])
    said = _("申报 {number}:{verdict}", number=number, verdict=label(VERDICTS[body["verdict"]]))
    return done("/admin/reviews", said)


@pages.form("/decisions/batch", needs("certification.decide"), BatchDecisionIn)
def batch(session: Session, actor: Actor, form: Form) -> Response:
    """One opinion on several: what was ticked, shown once more."""
    numbers = [*dict.fromkeys(request.values.getlist("numbers"))]
    form.fill(numbers=numbers)
    rows = session.scalars(
        reading.applications_seen_by(actor)
        .where(Application.number.in_(numbers))
        .order_by(Application.number)
    ).all()
    return render(
        "admin/reviews/batch.html", form=form, rows=rows, verdicts=_verdicts(), state_titles=STATE_TITLES
    )


@batch.submit
def decide_many(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """All of them, or none and the number of the one that stands in the way."""
    decided = decide(session, actor, body["numbers"], body["verdict"], body["opinion"])
    said = _("{count} 件申报:{verdict}", count=len(decided), verdict=label(VERDICTS[body["verdict"]]))
    return done("/admin/reviews", said)


def _show(session: Session, actor: Actor, form: Form, number: str) -> Response:
    review = queues.review_of(session, actor, number)
    application = review.history.application
    scheme, step = step_due(application)
    return render(
        "admin/reviews/one.html",
        form=form,
        review=review,
        application=application,
        scheme=scheme,
        step=step,
        may_decide=step is not None
        and step.kind in KINDS
        and actor.may_on(step.permission, area=application.area_code),
        facts=declared(application.facts["values"]),
        papers=papers(application.facts["documents"]),
        missing=missing(application.facts["documents"]),
        evaluations=evaluations_shown(application.evaluation),
        chain=_chain(review),
        state_titles=STATE_TITLES,
        schemes=schemes(),
        verdicts=_verdicts(),
        opinions=OPINIONS,
        today=today(),
    )


def _verdicts() -> list[tuple[str, str]]:
    return choices(VERDICTS)


def _chain(review: queues.Review) -> list[dict[str, Any]]:
    """The history for the timeline: what was reached, when, by whom, with which opinion."""
    return [
        {
            "title": label(STATE_TITLES[step.to_state]),
            "at": step.at,
            "who": review.persons.get(step.actor_person) if step.actor_person else "",
            "note": step.opinion or "",
            "tone": {"returned": "warn", "rejected": "bad", "objection_open": "warn"}.get(
                step.to_state, "done"
            ),
        }
        for step in review.history.steps
    ]
