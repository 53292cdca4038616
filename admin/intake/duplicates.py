"""A sale told twice: the cases, both sides field by field, and the decision whether they are one sale or two."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.intake.places import tabs
from marketplace.core.actor import Actor
from marketplace.core.http import needs, page_of
from marketplace.core.http.locale import request_locale
from marketplace.intake.models import DuplicateCase
from marketplace.intake.rules.duplicates import RULE_BY_CODE
from marketplace.intake.rules.sources import SOURCES
from marketplace.intake.schemas.cases import DuplicateCaseListArgs, DuplicateDecisionIn
from marketplace.intake.service.duplicates import decide as deciding
from marketplace.intake.service.duplicates import reading
from marketplace.intake.service.duplicates.cases import CAUSES
from marketplace.producers.models import Producer, Product
from marketplace.web.kit import Form, Listing, Pages, choices, done, label, note, render
from marketplace.web.kit import say as _
from marketplace.web.kit.shown import area_name, yuan

pages: Final = Pages("admin_duplicates", __name__, url_prefix="/admin/intake/duplicates")

STATES: Final = {
    "open": note("待认定"),
    "confirmed": note("认定为同一笔"),
    "dismissed": note("认定为两笔"),
    "decided": note("系统已认定为同一笔"),
}
TONES: Final = {"open": "warn", "confirmed": "good", "dismissed": "info", "decided": "good"}
SURENESS: Final = {"certain": note("确定"), "likely": note("疑似")}
#: Amounts are kept in fen; people read yuan.
AMOUNTS: Final = {
    "amount_fen": note("金额"),
    "net_fen": note("扣除退款后"),
    "invoice_total_fen": note("发票价税合计"),
}
RESULTS: Final = {
    "equal": (note("相同"), "good"),
    "differs": (note("不同"), "warn"),
    "one_side": (note("只有一方有"), "quiet"),
    "unsaid": (note("双方都未报"), "quiet"),
}


@pages.show("", needs("intake.read"))
def listing(session: Session, actor: Actor) -> Response:
    """Cases in which a side is of my area or point of sale, newest first."""
    asked = Listing(DuplicateCaseListArgs)
    page = page_of(
        session,
        reading.cases_seen(session, actor, asked.args),
        keys=[DuplicateCase.found_at, DuplicateCase.id],
        key_of=lambda case: [case.found_at, case.id],
        args=asked.args,
        descending=True,
    )
    return render(
        "admin/intake/duplicates.html",
        fragment="results",
        listing=asked,
        page=page,
        tabs=tabs(actor),
        channels=reading.channels_of(session, page.items),
        states=STATES,
        tones=TONES,
        sureness=SURENESS,
        rules=RULE_BY_CODE,
        sources=SOURCES,
        state_choices=choices(STATES),
        rule_choices=[(code, label(one.zh)) for code, one in RULE_BY_CODE.items()],
    )


@pages.show("/<number>", needs("intake.read"))
def one(session: Session, actor: Actor, number: str) -> Response:
    """One case: both sides as they now stand, why, and what was decided."""
    return _show(session, actor, Form(DuplicateDecisionIn), number)


@pages.form("/<number>/decision", needs("intake.decide"), DuplicateDecisionIn)
def decision(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The same page, after a decision that was refused."""
    return _show(session, actor, form, number)


@decision.submit
def decide(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Say that they are one sale or two; the books follow at once."""
    deciding.decide(session, actor, number, **body)
    said = _(STATES[body["outcome"]])
    return done(f"/admin/intake/duplicates/{number}", said)


def _show(session: Session, actor: Actor, form: Form, number: str) -> Response:
    case = reading.case_of(session, actor, number)
    language = request_locale()
    return render(
        "admin/intake/duplicate.html",
        form=form,
        case=case,
        rule=RULE_BY_CODE[case.rule],
        cause=CAUSES[case.cause],
        reason=case.why[language],
        precedence=case.why["precedence"][language],
        loser="first" if case.loser == case.first else "second",
        sides=(("first", case.first_key, case.first_area), ("second", case.second_key, case.second_area)),
        channels=reading.channels_of(session, [case]),
        sources=SOURCES,
        compared=[_readable(session, one) for one in reading.fields_of(session, case)],
        history=reading.decisions_of(session, case),
        states=STATES,
        tones=TONES,
        sureness=SURENESS,
        results={code: (_(title), tone) for code, (title, tone) in RESULTS.items()},
        outcomes=[(code, _(STATES[code])) for code in deciding.OUTCOMES],
        may_decide=all(
            actor.may_on("intake.decide", area=area) for area in (case.first_area, case.second_area)
        ),
    )


def _readable(session: Session, one: dict[str, Any]) -> dict[str, Any]:
    """A field of both sides in words: amounts in yuan, names instead of ids."""
    name = one["field"]
    title = _(AMOUNTS[name]) if name in AMOUNTS else label(one["title"])
    said = {side: _written(session, name, one[side]) for side in ("first", "second")}
    return {"title": title, "result": one["result"], **said}


def _written(session: Session, name: str, text: str | None) -> str:
    if text is None:
        return "—"
    if name in AMOUNTS:
        return yuan(int(text))
    if name == "reporter":
        return label(SOURCES[text].zh)
    if name == "channel_area":
        return area_name(text)
    named: Producer | Product | None = None
    if name == "producer_id":
        named = session.get(Producer, uuid.UUID(text))
    elif name == "product_id":
        named = session.get(Product, uuid.UUID(text))
    return text if named is None else named.name
