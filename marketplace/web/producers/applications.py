"""认定申报 of a producer: a draft in steps (facts, papers, check), saved as one goes; what is missing; where it was returned."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request
from marshmallow import fields
from sqlalchemy.orm import Session

from marketplace.certification.models import Application
from marketplace.certification.rules.facts_of import DOCUMENTS
from marketplace.certification.rules.schemes import STATE_TITLES, schemes
from marketplace.certification.schemas.applications import (
    ApplicationIn,
    ApplicationListArgs,
    ApplicationWithdrawalIn,
)
from marketplace.certification.service import reading
from marketplace.certification.service.applications import (
    EDITABLE,
    KINDS,
    Document,
    create_application,
    edit_application,
    own_application,
    withdraw_application,
)
from marketplace.certification.service.submission import preview_of, submit_application
from marketplace.core.actor import Actor
from marketplace.core.http import page_of, require_version
from marketplace.producers.models import Product
from marketplace.producers.service import products
from marketplace.web.kit import Form, Listing, Pages, choices, done, label, needs, render
from marketplace.web.kit import say as _
from marketplace.web.kit.uploads import Keeping
from marketplace.web.producers import declarations

pages: Final = Pages("producers_applications", __name__, url_prefix="/producer/applications")
TONES: Final = {
    "published": "good",
    "returned": "bad",
    "rejected": "bad",
    "draft": "quiet",
    "withdrawn": "quiet",
}
MOST_PRODUCTS: Final = 300


class NewApplication(ApplicationIn):
    """The API's application; what is declared comes in the next steps."""

    facts = fields.Dict(keys=fields.String(), load_default=dict)


@pages.show("", needs("certification.read"))
def list_applications(session: Session, actor: Actor) -> Response:
    """The applications, newest first."""
    listing = Listing(ApplicationListArgs)
    page = page_of(
        session,
        reading.applications_seen_by(actor, state=listing.args["state"], scheme=listing.args["scheme"]),
        keys=(Application.created_at, Application.id),
        key_of=lambda row: (row.created_at, row.id),
        args=listing.args,
        descending=True,
    )
    return render(
        "producers/applications.html",
        fragment="results",
        listing=listing,
        page=page,
        states=choices(STATE_TITLES),
        titles=STATE_TITLES,
        scheme_of=schemes(),
        tones=TONES,
    )


@pages.form("/new", needs("certification.apply"), NewApplication)
def new(session: Session, actor: Actor, form: Form) -> Response:
    """Which product under which scheme; a renewal brings its certificate in the address."""
    mine = session.scalars(
        products.listing(actor, status="active").order_by(Product.product_no).limit(MOST_PRODUCTS)
    ).all()
    asked = {name: request.args[name] for name in ("product_id", "scheme", "kind") if name in request.args}
    return render(
        "producers/application_new.html",
        form=form.fill({"kind": "new"} | asked),
        certificate_id=request.values.get("certificate_id", ""),
        mine=[(one.id, f"{one.name} {one.spec}") for one in mine],
        schemes=[(one.code, label(one.title)) for one in schemes().values()],
        kinds=choices(KINDS),
    )


@new.submit
def create(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Open the draft."""
    application = create_application(
        session,
        actor,
        scheme=body["scheme"],
        product_id=body["product_id"],
        kind=body["kind"],
        certificate_id=body["certificate_id"],
        facts={},
    )
    return done(f"/producer/applications/{application.number}/facts", _("草稿已保存,请填写申报项"))


@pages.show("/<number>", needs("certification.read"))
def one(session: Session, actor: Actor, number: str) -> Response:
    """How it stands: what is missing while it can be changed, where it was returned, what has happened."""
    history = reading.application_history(session, actor, number)
    application = history.application
    is_open = application.state in EDITABLE
    here = f"/producer/applications/{number}"
    return render(
        "producers/application.html",
        application=application,
        history=history,
        product=products.get(session, actor, application.product_id)[0],
        is_open=is_open,
        rows=declarations.checklist(preview_of(session, application), here) if is_open else [],
        papers=declarations.papers(application.facts["documents"], here, is_open=is_open),
        facts=declarations.declared(application.facts["values"]),
        returned=next((step for step in reversed(history.steps) if step.to_state == "returned"), None)
        if application.state == "returned"
        else None,
        chain=[
            {
                "title": label(STATE_TITLES[step.to_state]),
                "at": step.at,
                "note": step.opinion or "",
                "tone": {"returned": "warn", "rejected": "bad"}.get(step.to_state, "done"),
            }
            for step in history.steps
        ],
        scheme=schemes()[application.scheme],
        titles=STATE_TITLES,
        tones=TONES,
    )


@pages.form("/<number>/facts", needs("certification.apply"), declarations.DeclarationForm)
def facts(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """What is declared; half of it may be saved."""
    application = reading.application_history(session, actor, number).application
    form.fill(facts=application.facts["values"], version=application.row_version)
    return render(
        "producers/application_facts.html",
        form=form,
        application=application,
        groups=declarations.FIELDS,
        modes=choices(declarations.MODES),
    )


@facts.submit
def save_facts(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Keep them beside the papers."""
    application = own_application(session, actor, number)
    require_version(application.row_version)
    edit_application(
        session,
        actor,
        number,
        facts=declarations.merged(application.facts["values"], body["facts"]),
        documents=_papers_of(application),
    )
    return done(f"/producer/applications/{number}/papers", _("申报项已保存,请上传材料"))


def _for_the_applicant(session: Session, actor: Actor, number: str) -> Keeping:
    return Keeping(owner_id=own_application(session, actor, number).applicant_organisation_id)


@pages.form(
    "/<number>/papers", needs("certification.apply"), declarations.PapersForm, keeps=_for_the_applicant
)
def papers(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """Photos and papers, one or several at a time."""
    application = reading.application_history(session, actor, number).application
    return render(
        "producers/application_papers.html",
        form=form,
        application=application,
        kinds=choices(DOCUMENTS),
        there={paper["code"] for paper in application.facts["documents"]},
    )


@papers.submit
def save_papers(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """A new file takes the place of the one of its kind."""
    application = own_application(session, actor, number)
    sent = [Document(code, file_id) for code, file_id in body.items() if file_id is not None]
    replaced = {paper.code for paper in sent}
    kept = [paper for paper in _papers_of(application) if paper.code not in replaced]
    edit_application(
        session,
        actor,
        number,
        facts=declarations.merged(application.facts["values"], {}),
        documents=[*kept, *sent],
    )
    return done(f"/producer/applications/{number}", _("材料已保存"))


@pages.action("/<number>/submission", needs("certification.apply"))
def submit(session: Session, actor: Actor, number: str) -> Response:
    """Put it forward; what is not met is said on the page."""
    submit_application(session, actor, number)
    return done(f"/producer/applications/{number}", _("已提交,等待审核"))


@pages.form("/<number>/withdrawal", needs("certification.apply"), ApplicationWithdrawalIn)
def withdrawal(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """End it on one's own wish."""
    application = reading.application_history(session, actor, number).application
    return render("producers/application_withdrawal.html", form=form, application=application)


@withdrawal.submit
def withdraw(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """With the reason."""
    withdraw_application(session, actor, number, body["reason"])
    return done(f"/producer/applications/{number}", _("申报已撤回"))


def _papers_of(application: Application) -> list[Document]:
    return [Document(paper["code"], paper["file_id"]) for paper in application.facts["documents"]]
