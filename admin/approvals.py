"""What needs a second person (四眼): requests that I may decide, and my own."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.accounts.codes import APPROVAL_ACTIONS
from marketplace.accounts.models import Approval
from marketplace.accounts.schemas import ApprovalDecisionIn, ApprovalQuery
from marketplace.accounts.service import approvals, decisions
from marketplace.core.actor import Actor
from marketplace.core.http import needs, page_of, signed_in
from marketplace.web.kit import Form, Listing, Pages, done, note, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_approvals", __name__, url_prefix="/admin/approvals")

STATES: Final = {
    "pending": note("待审批"),
    "approved": note("已批准"),
    "refused": note("未批准"),
    "used": note("已使用"),
}


@pages.show("", signed_in())
def listing(session: Session, actor: Actor) -> Response:
    """Requests, newest first."""
    asked = Listing(ApprovalQuery)
    page = page_of(
        session,
        approvals.listing(actor, state=asked.args["state"], action=asked.args["action"]),
        keys=(Approval.id,),
        key_of=lambda row: (row.id,),
        args=asked.args,
        descending=True,
    )
    return render(
        "admin/approvals/list.html",
        fragment="results",
        listing=asked,
        page=page,
        states=STATES,
        actions=APPROVAL_ACTIONS,
        may_decide=actor.may("accounts.approve"),
        me=actor.person_id,
    )


@pages.form("/<uuid:approval_id>", needs("accounts.approve"), ApprovalDecisionIn)
def one(session: Session, actor: Actor, form: Form, approval_id: uuid.UUID) -> Response:
    """One request: what exactly is asked, why; the decision."""
    approval = session.scalar(approvals.listing(actor).where(Approval.id == approval_id))
    return render(
        "admin/approvals/one.html",
        form=form,
        approval=approval,
        shown=approvals.shown(approval) if approval else {},
        states=STATES,
        actions=APPROVAL_ACTIONS,
        status=200 if approval else 404,
    )


@one.submit
def decide(session: Session, actor: Actor, body: dict[str, Any], approval_id: uuid.UUID) -> Response:
    """Approve or refuse as the second person; what is approved begins at once."""
    decisions.decide(session, actor, approval_id, approve=body["approve"], opinion=body["opinion"])
    return done("/admin/approvals", _("已批准") if body["approve"] else _("未批准"))
