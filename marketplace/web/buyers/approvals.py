"""采购审批: what waits for me, what I asked for, one request with its steps and lines, the decision."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.http import page_of
from marketplace.orders.buying.models import PurchaseRequest
from marketplace.orders.buying.rules.approval import AGEING, REQUEST, STEP_TITLES, ageing
from marketplace.orders.buying.schemas.approval import (
    PurchaseBatchIn,
    PurchaseDecisionIn,
    PurchaseRequestArgs,
)
from marketplace.orders.buying.service import deciding, request_lists, requests
from marketplace.web.kit import Form, Listing, Pages, done, label, needs, render
from marketplace.web.kit import say as _

pages: Final = Pages("buyers_approvals", __name__)
_AGE_TONES: Final = {"fresh": "good", "long": "warn", "too_long": "bad"}
TONES: Final = {"submitted": "info", "returned": "warn", "placed": "good"}


@pages.show("/purchase-requests", needs("orders.read"))
def list_requests(session: Session, actor: Actor) -> Response:
    """Requests: all that one may see, those that wait for me, those that I asked for."""
    return show_list(session, actor, Listing(PurchaseRequestArgs).args["mine"] or "", Form(PurchaseBatchIn))


def show_list(session: Session, actor: Actor, mine: str, batch: Form) -> Response:
    """The list; those that wait for me stand in the form `batch` by which several are approved together."""
    listing = Listing(PurchaseRequestArgs)
    if mine == "to_decide":
        found = request_lists.requests_to_decide(actor)
    else:
        state = listing.args["state"]
        found = request_lists.requests_seen(actor, state=state, asked_by_me=mine == "asked")
    page = page_of(
        session,
        found,
        keys=[PurchaseRequest.request_no],
        key_of=lambda one: [one.request_no],
        args=listing.args,
        descending=True,
    )
    now = utcnow()
    return render(
        "buyers/requests.html",
        fragment="results",
        listing=listing,
        page=page,
        form=batch,
        mine=mine,
        tabs=[
            (code, title, f"/purchase-requests?mine={code}" if code else "/purchase-requests", None)
            for code, title in (("", _("全部")), ("to_decide", _("待我审批")), ("asked", _("我提交的")))
        ],
        ages={one.number: ageing(one.waits_since, now) for one in page.items},
        states=REQUEST.titles,
        tones=TONES,
        ageing_titles=AGEING,
        age_tones=_AGE_TONES,
        steps=STEP_TITLES,
    )


@pages.show("/purchase-requests/<number>", needs("orders.read"))
def one_request(session: Session, actor: Actor, number: str) -> Response:
    """One request with its lines, its steps and what was decided."""
    return _show(session, actor, Form(PurchaseDecisionIn), number)


@pages.form("/purchase-requests/<number>/decision", needs("orders.read"), PurchaseDecisionIn)
def decision(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The same page, after a decision that was refused."""
    return _show(session, actor, form, number)


@decision.submit
def decide(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Approve or return the step that was seen."""
    request = deciding.decide(
        session,
        actor,
        number,
        round_no=body["round"],
        step=body["step"],
        approve=body["approve"],
        opinion=body["opinion"],
    )
    said = _("采购申请 {number}:{state}", number=number, state=label(REQUEST.titles[request.state]))
    return done(f"/purchase-requests/{number}", said)


@pages.action("/purchase-requests/<number>/withdrawal", needs("orders.place"))
def withdraw(session: Session, actor: Actor, number: str) -> Response:
    """Take an own request back."""
    requests.withdraw(session, actor, number)
    return done(f"/purchase-requests/{number}", _("已撤回"))


def _show(session: Session, actor: Actor, form: Form, number: str) -> Response:
    request = request_lists.read_request(session, actor, number)
    waiting = request_lists.requests_to_decide(actor).where(PurchaseRequest.id == request.id)
    decisions = request_lists.decisions_of(session, [request.id])
    return render(
        "buyers/request.html",
        form=form.fill(round=request.round, step=request.step),
        request_row=request,
        may_decide=session.scalars(waiting).one_or_none() is not None,
        is_mine=request.asked_by == actor.account_id and request.state in ("submitted", "returned"),
        may_resubmit=request.asked_by == actor.account_id and request.state == "returned",
        history=[
            {"title": label(STEP_TITLES["handler"]), "at": request.asked_at, "note": request.note or ""},
            *(
                {
                    "title": label(STEP_TITLES[one.kind]),
                    "at": one.at,
                    "note": one.opinion or "",
                    "tone": "done" if one.decision == "approved" else "warn",
                }
                for one in decisions
            ),
        ],
        waits_for=label(STEP_TITLES[request.steps[request.step]["kind"]])
        if request.state == "submitted"
        else "",
        verdicts=[("on", _("同意")), ("0", _("退回"))],
        states=REQUEST.titles,
        tones=TONES,
    )
