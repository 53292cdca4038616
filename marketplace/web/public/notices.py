"""公示: notices on the board, objections to them, and what became of an objection."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_smorest.fields import Upload
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session, defer

from marketplace.accounts.service.rate_limits import spend
from marketplace.certification.api.notices import OBJECTIONS_BY_ADDRESS
from marketplace.certification.models import Notice, Objection
from marketplace.certification.rules.schemes import scheme_of
from marketplace.certification.schemas.notices import NoticeListArgs, ObjectionIn
from marketplace.certification.service import public as service
from marketplace.certification.service.notices import FREE_OF_CHARGE
from marketplace.certification.service.objection_photos import MOST_PHOTOS
from marketplace.certification.service.objections import OUTCOMES, raise_objection
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.errors import NotFound
from marketplace.core.http import page_of
from marketplace.core.photos import MOST_BYTES, form_bytes
from marketplace.web.kit import Form, Listing, Pages, done, note, public, render
from marketplace.web.kit import say as _
from marketplace.web.kit.uploads import sent_files
from marketplace.web.public.tones import NOTICE_TONES, OBJECTION_TONES

pages = Pages("public_notices", __name__)
OBJECTION_STATES = {"open": note("受理中")} | OUTCOMES


class ObjectionForm(ObjectionIn):
    """The API's objection, and photos: who objects has no account that could upload them first."""

    most_bytes = form_bytes(MOST_PHOTOS)
    photos = Upload(load_default=None)


class ReceiptQuery(Schema):
    """The number on a receipt."""

    receipt_no = fields.String(load_default="", validate=validate.Length(max=40))


def standing_of(row: Notice) -> dict[str, Any]:
    """The standing of a notice today, for its badge."""
    standing = service.notice_standing(row)
    return {"title": service.NOTICE_STANDINGS[standing], "tone": NOTICE_TONES[standing], "code": standing}


@pages.show("/notices", public())
def board(session: Session, actor: Actor | None) -> Response:
    """The board, newest first."""
    listing = Listing(NoticeListArgs)
    asked = listing.args
    found = service.notices(
        scheme=asked["scheme"], area_code=asked["area_code"], only_running=asked["running"]
    )
    page = page_of(
        session,
        found.options(defer(Notice.content)),  # the list of a notice may be long
        keys=(Notice.published_at, Notice.id),
        key_of=lambda row: (row.published_at, row.id),
        args=asked,
        descending=True,
    )
    return render(
        "public/notices.html",
        fragment="results",
        listing=listing,
        page=page,
        standing_of=standing_of,
        statement=FREE_OF_CHARGE,
    )


@pages.show("/notices/<number>", public())
def notice(session: Session, actor: Actor | None, number: str) -> Response:
    """One notice with what hangs on the board, and how long it still does."""
    row = service.notice_of(session, number)
    return render(
        "public/notice.html",
        notice=row,
        scheme=scheme_of(row.scheme).title,
        standing=standing_of(row),
        content=service.public_content(row),
        days_left=(row.ends_on - today()).days + 1,
        statement=FREE_OF_CHARGE,
    )


@pages.form("/notices/<number>/objection", public(), ObjectionForm)
def objection(session: Session, actor: Actor | None, form: Form, number: str) -> Response:
    """The form of an objection, by name or anonymously."""
    row = service.notice_of(session, number)
    content = service.public_content(row)
    wanted = request.args.get("application", "")
    return render(
        "public/objection.html",
        form=form.fill(application_number=wanted),
        notice=row,
        standing=standing_of(row),
        most_photos=MOST_PHOTOS,
        shown=[
            (one["application_number"], one["product_name"], one["producer_name"])
            for one in content.get("items", ())
        ],
    )


@objection.submit
def object_to(session: Session, actor: Actor | None, body: dict[str, Any], number: str) -> Response:
    """File it; the receipt number is the only key to the answer."""
    spend(session, OBJECTIONS_BY_ADDRESS, request.remote_addr or "")
    filed = raise_objection(
        session,
        number,
        body["application_number"],
        body["text"],
        objector=body["objector"],
        photos=sent_files("photos", MOST_BYTES),
    )
    return done(
        f"/objections?receipt_no={filed.receipt_no}", _("异议已提交。请记下回执号,查询处理结果时要用。")
    )


@pages.show("/objections", public())
def answer(session: Session, actor: Actor | None) -> Response:
    """What became of an objection, for whoever holds its receipt."""
    listing = Listing(ReceiptQuery)
    receipt_no = listing.args["receipt_no"].strip().upper()
    found: Objection | None = None
    if receipt_no:
        try:
            found = service.objection_answer(session, receipt_no)
        except NotFound:
            found = None
    return render(
        "public/objection_answer.html",
        listing=listing,
        receipt_no=receipt_no,
        objection=found,
        states=OBJECTION_STATES,
        tones=OBJECTION_TONES,
    )
