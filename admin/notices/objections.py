"""Objections for the office that answers them: the list without words, the words by an audited reading, the answer."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.certification.models import Objection
from marketplace.certification.schemas.notices import ObjectionListArgs, ObjectionResolutionIn
from marketplace.certification.service import reading
from marketplace.certification.service.objections import OUTCOMES, read_objection, resolve_objection
from marketplace.core.actor import Actor
from marketplace.core.http import needs, page_of
from marketplace.web.kit import Form, Listing, Pages, choices, done, note, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_objections", __name__, url_prefix="/admin/objections")

STATES: Final = {"open": note("待答复"), "upheld": note("异议成立"), "dismissed": note("异议不成立")}
CONSEQUENCES: Final = {"returned": note("退回修改"), "rejected": note("不予认定")}


@pages.show("", needs("certification.objection_decide"))
def listing(session: Session, actor: Actor) -> Response:
    """Objections that my office answers, oldest first; without their words."""
    asked = Listing(ObjectionListArgs)
    page = page_of(
        session,
        reading.objections_seen_by(actor, state=asked.args["state"]),
        keys=(Objection.raised_at, Objection.id),
        key_of=lambda row: (row[0].raised_at, row[0].id),
        args=asked.args,
        scalars=False,
    )
    return render(
        "admin/notices/objections.html", fragment="results", listing=asked, page=page, states=STATES
    )


@pages.form("/<receipt_no>", needs("certification.objection_decide"), ObjectionResolutionIn)
def one(session: Session, actor: Actor, form: Form, receipt_no: str) -> Response:
    """The words of one objection and the form of its answer. Each time it is opened is recorded."""
    return render(
        "admin/notices/objection.html",
        form=form,
        words=read_objection(session, actor, receipt_no),
        outcomes=choices(OUTCOMES),
        consequences=[(code, _(title)) for code, title in CONSEQUENCES.items()],
    )


@one.submit
def answer(session: Session, actor: Actor, body: dict[str, Any], receipt_no: str) -> Response:
    """Dismissed, the notice goes on; upheld, the application is returned or rejected."""
    resolve_objection(session, actor, receipt_no, **body)
    return done("/admin/objections", _("异议 {number} 已答复", number=receipt_no))
