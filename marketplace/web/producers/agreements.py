"""带贫协议 of a producer: versions, what each month came to, what was paid out; the number of households, never a household."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from flask import Response
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from marketplace.attribution.service import read
from marketplace.beneficiaries.linkage import LINKAGE_MODES, linkage_mode
from marketplace.beneficiaries.models import Agreement, PaymentList
from marketplace.beneficiaries.rules import PAYMENT_KINDS, VERSION_TITLES
from marketplace.beneficiaries.schemas import AgreementListArgs, BenefitFormIn
from marketplace.beneficiaries.service import PaymentFile, import_file, lists, report_activity
from marketplace.core.actor import Actor
from marketplace.core.clock import period_of, utcnow
from marketplace.core.http import page_of
from marketplace.core.http.fields import Fen, Period
from marketplace.core.http.paging import PageArgs
from marketplace.web.agreements_shown import TONES, mode_title
from marketplace.web.kit import Form, Listing, Pages, choices, done, hats, needs, render
from marketplace.web.kit import say as _
from marketplace.web.kit.rows import listed, said_of_rows
from marketplace.web.kit.uploads import chosen_file
from marketplace.web.producers.figures import Thousandths

pages: Final = Pages("producers_agreements", __name__, url_prefix="/producer/agreements")
LATEST: Final = 12
_KEYS: Final = {field.key: field.unit for mode in LINKAGE_MODES for field in mode.activity}
Activity: Final = Schema.from_dict(
    {
        key: (Fen if unit == "fen" else Thousandths)(load_default=None, allow_none=True)
        for key, unit in _KEYS.items()
    },
    name="Activity",
)


class ActivityForm(Schema):
    """A month's activity; the page shows the fields of the agreement's mode, the service knows which those are."""

    period = Period(required=True)
    activity = fields.Nested(Activity, load_default=dict)


@pages.show("", needs("agreements.read"))
def list_agreements(session: Session, actor: Actor) -> Response:
    """The agreements by number."""
    listing = Listing(AgreementListArgs)
    page = page_of(
        session,
        lists.agreements(actor),
        keys=[Agreement.agreement_no],
        key_of=lambda row: [row.agreement_no],
        args=listing.args,
    )
    may_draft = actor.may("agreements.draft")
    return render(
        "producers/agreements.html",
        fragment="results",
        listing=listing,
        page=page,
        mode_title=mode_title,
        opening=(_("新立协议"), "/producer/agreements/new") if may_draft else None,
    )


@pages.show("/<number>", needs("agreements.read"))
def one(session: Session, actor: Actor, number: str) -> Response:
    """One agreement, its newest version first, its closed months and its payment lists."""
    view = lists.get_agreement(session, actor, number)
    months = read.statements(
        session, actor, {"period": None, "agreement": number, "page_size": LATEST, "cursor": None}
    )
    paid = session.scalars(
        lists.payment_lists(session, actor, number).order_by(PaymentList.id.desc()).limit(LATEST)
    )
    area, owners = view.agreement.area_code, (hats.organisation(actor),)
    return render(
        "producers/agreement.html",
        view=view,
        mode=linkage_mode(view.agreement.mode),
        months=[row for row, _number, _area in months.items],
        paid=list(paid),
        kinds=PAYMENT_KINDS,
        titles=VERSION_TITLES,
        tones=TONES,
        mode_title=mode_title,
        may_draft=actor.may_on("agreements.draft", area=area, owners=owners),
        may_report=actor.may_on("agreements.report", area=area, owners=owners),
    )


@pages.show("/<number>/payment-lists", needs("agreements.read"))
def list_payments(session: Session, actor: Actor, number: str) -> Response:
    """All payment lists, in the order of their import."""
    listing = Listing(PageArgs)
    page = page_of(
        session,
        lists.payment_lists(session, actor, number),
        keys=[PaymentList.id],
        key_of=lambda row: [row.id],
        args=listing.args,
    )
    return render(
        "producers/payment_lists.html",
        fragment="results",
        listing=listing,
        page=page,
        number=number,
        kinds=PAYMENT_KINDS,
    )


@pages.form("/<number>/payment-lists/new", needs("agreements.report"), BenefitFormIn)
def paying(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The list of what households got, as the bank or the office has it."""
    bad = said_of_rows(form, "rows")
    shown, more = listed(bad)
    if bad:
        form.message = _("{count} 处有误,没有导入任何一行", count=len(bad))
    return render(
        "producers/payment_list_form.html",
        form=form,
        agreement=lists.get_agreement(session, actor, number).agreement,
        kinds=choices(PAYMENT_KINDS),
        bad=[(where[0], text) for where, text in shown],
        more=more,
    )


@paying.submit
def pay(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Take it in, all rows or none."""
    sent = chosen_file()
    # The file is the organisation's for which one acts, whoever opened the account.
    acting = replace(actor, organisation_id=hats.organisation(actor))
    _row, is_new = import_file(session, acting, number, PaymentFile(sent.name, sent.content, **body))
    said = _("清单已导入") if is_new else _("这份清单以前导入过,没有重复计")
    return done(f"/producer/agreements/{number}", said)


@pages.form("/<number>/activity", needs("agreements.report"), ActivityForm)
def reporting(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """What the agreement's formula needs to know of a month."""
    agreement = lists.get_agreement(session, actor, number).agreement
    return render(
        "producers/activity_form.html",
        form=form.fill(period=period_of(utcnow())),
        agreement=agreement,
        mode=linkage_mode(agreement.mode),
    )


@reporting.submit
def report(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Report or correct it."""
    values = {key: value for key, value in body["activity"].items() if value is not None}
    report_activity(session, actor, number, body["period"], values)
    return done(f"/producer/agreements/{number}", _("{period} 已填报", period=body["period"]))
