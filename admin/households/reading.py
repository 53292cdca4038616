"""Reading what stands in full, each time with a purpose: the people of a household, its passbook, in which household somebody is.

Answers are shown this once and stored nowhere; each is counted against a limit and stands in the audit trail.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.attribution.passbook_files import WRITERS
from marketplace.attribution.schemas import PassbookIn
from marketplace.attribution.service.passbook import passbook
from marketplace.beneficiaries.schemas import LookUpIn, PurposeIn
from marketplace.beneficiaries.service import behind, masked
from marketplace.core.actor import Actor
from marketplace.core.db import transaction
from marketplace.core.http import file_response, needs
from marketplace.web.kit import Form, Pages, choices, done, note, render, show_once
from marketplace.web.kit import say as _

pages: Final = Pages("admin_household_reading", __name__, url_prefix="/admin/households")

FORMATS: Final = {"json": note("在网页上查看"), "pdf": "PDF", "xlsx": "XLSX", "csv": "CSV"}


@pages.form(
    "/<int:household_no>/unmasking", needs("beneficiaries.read_personal"), PurposeIn, own_transactions=True
)
def unmasking(session: Session, actor: Actor, form: Form, household_no: int) -> Response:
    """What for?"""
    return render(
        "admin/households/purpose.html",
        form=form,
        household=masked.get_masked(session, actor, household_no),
        most=masked.PERSONAL_LOOKUP,
    )


@unmasking.submit
def unmask(actor: Actor, body: dict[str, Any], household_no: int) -> Response:
    """The people in full, once, with the line that now stands in the trail."""
    with transaction() as session:
        people = masked.unmask(session, actor, household_no, body["purpose"])
        household = masked.get_masked(session, actor, household_no)
        return show_once(
            session,
            actor,
            "admin/households/people.html",
            household=household,
            may_edit=actor.may_on("beneficiaries.edit", area=household.area_code),
            people=people,
            record=behind.readings(session, actor, household_no)[0].AuditRecord,
        )


@pages.form(
    "/<int:household_no>/passbook", needs("beneficiaries.read_personal"), PassbookIn, own_transactions=True
)
def passbook_form(session: Session, actor: Actor, form: Form, household_no: int) -> Response:
    """What for, and in which form?"""
    return render(
        "admin/households/passbook_form.html",
        form=form,
        household=masked.get_masked(session, actor, household_no),
        formats=choices(FORMATS),
    )


@passbook_form.submit
def show_passbook(actor: Actor, body: dict[str, Any], household_no: int) -> Response:
    """The passbook as a page, or as a paper to be signed."""
    with transaction() as session:
        book = passbook(session, actor, household_no, body["purpose"])
        if body["format"] == "json":
            return show_once(session, actor, "admin/households/passbook.html", book=book)
    # Set after the transaction has ended: tens of milliseconds of a paper in which no connection is held.
    response = file_response(body["format"], WRITERS[body["format"]](book), "passbook")
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.form("/look-up", needs("beneficiaries.read_personal"), LookUpIn, own_transactions=True)
def look_up_form(session: Session, actor: Actor, form: Form) -> Response:
    """Whose household, and what for?"""
    return render("admin/households/look_up.html", form=form)


@look_up_form.submit
def look_up(actor: Actor, body: dict[str, Any]) -> Response:
    """The household of the own area in which the person is, or that there is none."""
    with transaction() as session:
        found = masked.look_up(session, actor, body["resident_id"], body["purpose"])
    if found is None:
        return done("/admin/households/look-up", _("本辖区没有这个人的在册记录;本次查找已留痕。"), "note")
    return done(f"/admin/households/{found}", _("在这一户;本次查找已留痕。"))
