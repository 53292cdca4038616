"""Declared purchases for the authority: paper, lines, evidence; verified, returned, refused or revoked by a second person."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.intake.places import tabs
from marketplace.accounts.models import Organisation
from marketplace.core.actor import Actor
from marketplace.core.http import needs, page_of
from marketplace.intake.models import Batch, Purchase
from marketplace.intake.rules.purchases import PURCHASE_KINDS, STATES
from marketplace.intake.schemas.purchases import (
    PurchaseListArgs,
    PurchaseReviewIn,
    PurchaseRevocationIn,
)
from marketplace.intake.service import purchase_reading as reading
from marketplace.intake.service import purchase_review
from marketplace.web.buyers.declared import TONES, detail
from marketplace.web.kit import Form, Listing, Pages, choices, done, note, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_purchases", __name__, url_prefix="/admin/intake/purchases")

DECISIONS: Final = {"verified": note("审核通过并入账"), "returned": note("退回"), "refused": note("不予认可")}


@pages.show("", needs("intake.verify"))
def listing(session: Session, actor: Actor) -> Response:
    """Declarations of the area for which I verify, newest first."""
    asked = Listing(PurchaseListArgs)
    wanted = reading.purchases_seen(actor).join(Organisation, Organisation.id == Purchase.declarant_id)
    wanted = wanted.add_columns(Organisation.name)
    if asked.args["state"] is not None:
        wanted = wanted.where(Purchase.state == asked.args["state"])
    if asked.args["organisation_id"] is not None:
        wanted = wanted.where(Purchase.declarant_id == asked.args["organisation_id"])
    page = page_of(
        session,
        wanted,
        keys=[Purchase.id],
        key_of=lambda row: [row.Purchase.id],
        args=asked.args,
        descending=True,
        scalars=False,
    )
    return render(
        "admin/intake/purchases.html",
        fragment="results",
        listing=asked,
        page=page,
        tabs=tabs(actor),
        kinds=PURCHASE_KINDS,
        states=STATES.titles,
        tones=TONES,
        state_choices=choices(STATES.titles),
    )


@pages.show("/<number>", needs("intake.verify"))
def one(session: Session, actor: Actor, number: str) -> Response:
    """One declaration with its paper, lines, evidence and steps."""
    return _show(session, actor, Form(PurchaseReviewIn), number)


@pages.form("/<number>/review", needs("intake.verify"), PurchaseReviewIn)
def review(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The same page, after a review that was refused."""
    return _show(session, actor, form, number)


@review.submit
def reviewed(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Verify, return or refuse; verified, it enters the books."""
    purchase_review.review(session, actor, number, body["decision"], body["opinion"])
    return done(f"/admin/intake/purchases/{number}", _("已记录审核意见"))


@pages.form("/<number>/revocation", needs("intake.verify"), PurchaseRevocationIn)
def revocation(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The same page, after a revocation that was refused."""
    return _show(session, actor, form, number)


@revocation.submit
def revoked(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Take back what was verified in error, as a third person."""
    purchase_review.revoke(session, actor, number, body["opinion"])
    return done(f"/admin/intake/purchases/{number}", _("已撤销,入账已冲回"))


def _show(session: Session, actor: Actor, form: Form, number: str) -> Response:
    purchase = reading.find(session, actor, number)
    may = actor.may_on("intake.verify", area=purchase.area_code)
    step = {"submitted": "review", "verified": "revocation"}.get(purchase.state, "") if may else ""
    batch = None if purchase.batch_id is None else session.get_one(Batch, purchase.batch_id)
    return render(
        "admin/intake/purchase.html",
        form=form,
        step=step,
        batch=batch.number if batch and actor.may("intake.submit") else None,
        decisions=[(code, _(title)) for code, title in DECISIONS.items()],
        **detail(session, purchase),
    )
