"""采购申报: what a unit bought at a fair or from a producer, or helped to sell, by its paper, for the authority to verify."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.catalogue.models import Channel
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import needs, page_of
from marketplace.intake.models import Purchase, PurchasePaper
from marketplace.intake.rules.purchases import PAPERS, PURCHASE_KINDS, STATES, Paper
from marketplace.intake.schemas.purchases import (
    FUND_SOURCES,
    PurchaseIn,
    PurchaseListArgs,
    PurchaseSaidIn,
)
from marketplace.intake.service import purchase_reading as reading
from marketplace.intake.service import purchases
from marketplace.web.kit import Form, Listing, Pages, choices, done, hats, label, note, render
from marketplace.web.kit import say as _

pages: Final = Pages("buyers_declared", __name__, url_prefix="/declared-purchases")

TONES: Final = {
    "submitted": "info",
    "returned": "warn",
    "verified": "good",
    "refused": "bad",
    "withdrawn": "quiet",
    "revoked": "bad",
}
FUNDS: Final = {
    "canteen": note("食堂经费"),
    "union": note("工会经费"),
    "staff": note("职工个人"),
    "other": note("其他资金"),
}
#: Lines that the form offers at once; more are reported as a file or split into several declarations.
LINES: Final = 8


@pages.show("", needs("intake.declare"))
def listing(session: Session, actor: Actor) -> Response:
    """The unit's declarations, newest first."""
    asked = Listing(PurchaseListArgs)
    wanted = reading.purchases_seen(actor)
    if asked.args["state"] is not None:
        wanted = wanted.where(Purchase.state == asked.args["state"])
    page = page_of(
        session, wanted, keys=[Purchase.id], key_of=lambda row: [row.id], args=asked.args, descending=True
    )
    return render(
        "buyers/declared_list.html",
        fragment="results",
        listing=asked,
        page=page,
        kinds=PURCHASE_KINDS,
        states=STATES.titles,
        tones=TONES,
        state_choices=choices(STATES.titles),
    )


@pages.form("/new", needs("intake.declare"), PurchaseIn)
def new(session: Session, actor: Actor, form: Form) -> Response:
    """A declaration: the paper, the seller, what was bought, the evidence."""
    form.fill(organisation_id=hats.organisation(actor), kind="own_purchase", bought_on=today())
    return _form(form)


@new.submit
def declare(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Submit it; another person of the authority verifies."""
    paper = Paper(**body.pop("paper"))
    organisation_id = body.pop("organisation_id")
    seller = {name: body.pop(name) for name in ("seller_uscc", "seller_name")}
    made = purchases.declare(
        session, actor, organisation_id, paper, **seller, said=purchases.Declared(**body)
    )
    return done(f"/declared-purchases/{made.number}", _("已提交,等待主管部门审核"))


@pages.show("/<number>", needs("intake.declare"))
def one(session: Session, actor: Actor, number: str) -> Response:
    """One declaration with its steps."""
    purchase = reading.find(session, actor, number)
    return render("buyers/declared.html", **detail(session, purchase))


@pages.form("/<number>/resubmission", needs("intake.declare"), PurchaseSaidIn)
def resubmission(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """What was returned, to be said anew by the same paper."""
    purchase = reading.find(session, actor, number)
    channel = session.get_one(Channel, purchase.channel_id)
    lines = reading.lines_of(session, purchase)
    files = reading.files_of(session, purchase)
    form.fill(purchase, channel=channel.code, lines=lines, file_ids=files)
    return _form(form, purchase, session.get_one(PurchasePaper, purchase.paper_id), files)


@resubmission.submit
def resubmit(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Submit the next version."""
    purchases.resubmit(session, actor, number, purchases.Declared(**body))
    return done(f"/declared-purchases/{number}", _("已重新提交"))


@pages.action("/<number>/withdrawal", needs("intake.declare"))
def withdraw(session: Session, actor: Actor, number: str) -> Response:
    """Declare it no more; what it took of the paper is free for others."""
    purchases.withdraw(session, actor, number)
    return done(f"/declared-purchases/{number}", _("已撤回"))


def detail(session: Session, purchase: Purchase) -> dict[str, Any]:
    """What the pages of a declaration show, the unit's and the authority's alike."""
    paper = session.get_one(PurchasePaper, purchase.paper_id, populate_existing=True)
    channel = session.get_one(Channel, purchase.channel_id)
    fund = purchase.fund_source
    return {
        "purchase": purchase,
        "paper": paper,
        "left_fen": paper.total_fen - paper.declared_fen,
        "declarant": session.get_one(Organisation, purchase.declarant_id).name,
        "channel": f"{channel.name} · {channel.code}",
        "lines": reading.lines_of(session, purchase),
        "file_ids": reading.files_of(session, purchase),
        "steps": reading.steps_of(session, purchase),
        "papers": PAPERS,
        "kinds": PURCHASE_KINDS,
        "fund": "" if fund is None else _(FUNDS[fund]),
        "states": STATES.titles,
        "tones": TONES,
    }


def _form(
    form: Form, purchase: Purchase | None = None, paper: PurchasePaper | None = None, files: Any = ()
) -> Response:
    return render(
        "buyers/declared_form.html",
        form=form,
        purchase=purchase,
        paper=paper,
        files=files,
        count=LINES,
        kinds=choices(PURCHASE_KINDS),
        papers=choices(PAPERS),
        paper_title=label(PAPERS[paper.kind]) if paper else "",
        funds=[(code, _(FUNDS[code])) for code in FUND_SOURCES],
    )
