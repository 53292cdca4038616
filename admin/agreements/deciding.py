"""The county's decision on a version, and ending one earlier than agreed. 经办 and 审定 are never one person."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.agreements.one import shown
from marketplace.beneficiaries.schemas import EndIn, RefusalIn
from marketplace.beneficiaries.service import approve_version, end_version, refuse_version
from marketplace.core.actor import Actor
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.http import needs
from marketplace.core.http.fields import Line, OneOf
from marketplace.web.kit import Form, Pages, done, note, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_agreement_deciding", __name__, url_prefix="/admin/agreements")

VERDICTS: Final = {"approve": note("审定通过"), "refuse": note("不予通过")}


class DecisionForm(RefusalIn):
    """The verdict with its opinion; a document number where it is approved."""

    verdict = OneOf(tuple(VERDICTS), required=True)
    document_no = Line(100, load_default=None, allow_none=True)


@pages.form("/<number>/versions/<int:version>/decision", needs("agreements.approve"), DecisionForm)
def decision(session: Session, actor: Actor, form: Form, number: str, version: int) -> Response:
    """The version beside the form of the decision."""
    return render(
        "admin/agreements/decision.html",
        form=form,
        verdicts=[(code, _(title)) for code, title in VERDICTS.items()],
        **_one(session, actor, number, version),
    )


@decision.submit
def decide(session: Session, actor: Actor, body: dict[str, Any], number: str, version: int) -> Response:
    """Approve: from its first day on it counts, and the version in force on that day ends. Or refuse."""
    to = f"/admin/agreements/{number}"
    if body["verdict"] == "refuse":
        refuse_version(session, actor, number, version, opinion=body["opinion"])
        return done(to, _("第 {version} 版未通过", version=version))
    if body["document_no"] is None:
        raise Invalid("document_no_missing", "审定通过须填写文号", pointer="/document_no")
    approve_version(session, actor, number, version, document_no=body["document_no"], opinion=body["opinion"])
    return done(to, _("第 {version} 版已审定", version=version))


@pages.form("/<number>/versions/<int:version>/end", needs("agreements.approve"), EndIn)
def ending(session: Session, actor: Actor, form: Form, number: str, version: int) -> Response:
    """From which day on, and on what paper?"""
    return render("admin/agreements/ending.html", form=form, **_one(session, actor, number, version))


@ending.submit
def end(session: Session, actor: Actor, body: dict[str, Any], number: str, version: int) -> Response:
    """End it."""
    end_version(session, actor, number, version, **body)
    return done(
        f"/admin/agreements/{number}",
        _("第 {version} 版自 {day} 起终止", version=version, day=body["to_day"].isoformat()),
    )


def _one(session: Session, actor: Actor, number: str, version: int) -> dict[str, Any]:
    """What is shown of the agreement, with the version asked for and what it changes. Raises NotFound for none."""
    told = shown(session, actor, number)
    for one, change in zip(told["versions"], told["changes"], strict=True):
        if one.version.version == version:
            return told | {"one": one, "change": change}
    raise NotFound
