"""Putting households on file: one by a form, many by a county's register as a spreadsheet; what becomes of one from a day on.

What is typed goes into sealed cells; of a file nothing is kept. Pages show the household masked, as everywhere.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.beneficiaries.rules import FILE_STANDARDS, FILE_STATUSES, MONITOR_STATUSES, MONITOR_TYPES
from marketplace.beneficiaries.schemas import DepartureIn, HouseholdIn, MemberIn, StandingIn
from marketplace.beneficiaries.service import (
    NewHousehold,
    NewMember,
    Standing,
    add_member,
    change_standing,
    end_member,
    import_register,
    masked,
    register,
)
from marketplace.beneficiaries.service.household_files import columns
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import needs
from marketplace.web.kit import Form, NoFields, Pages, choices, done, list_file, render
from marketplace.web.kit import say as _
from marketplace.web.kit.rows import listed, said_of_rows
from marketplace.web.kit.uploads import chosen_file

pages: Final = Pages("admin_household_registering", __name__, url_prefix="/admin/households")

EDIT: Final = "beneficiaries.edit"
#: People beside the head that the form takes; more are added on the household's page.
MOST_PEOPLE: Final = 5


@pages.form("/new", needs(EDIT), HouseholdIn)
def new(session: Session, actor: Actor, form: Form) -> Response:
    """One household with its head and its first standing."""
    return render(
        "admin/households/new.html",
        form=form.fill(standing={"from_day": today()}),
        standards=choices(FILE_STANDARDS),
        people=range(MOST_PEOPLE),
        **_standing_choices(),
    )


@new.submit
def put_on_file(session: Session, actor: Actor, body: NewHousehold) -> Response:
    """Register it."""
    made = register(session, actor, body)
    return done(f"/admin/households/{made.household_no}", _("农户 {number} 已登记", number=made.household_no))


@pages.form("/file", needs(EDIT), NoFields)
def file(session: Session, actor: Actor, form: Form) -> Response:
    """A register as a spreadsheet; every bad cell by row and column."""
    bad = said_of_rows(form, "rows")
    shown, more = listed(bad)
    if bad:
        form.message = _("{count} 处有误,没有导入任何一行", count=len(bad))
    return render(
        "admin/households/file.html",
        form=form,
        columns=columns(),
        bad=[(where[0], where[1] if len(where) > 1 else "", text) for where, text in shown],
        more=more,
    )


@file.submit
def take_in(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Register all rows or none. The file is not kept."""
    numbers = import_register(session, actor, chosen_file().content)
    return done("/admin/households", _("已登记 {count} 户", count=len(numbers)))


@pages.show("/file/template", needs(EDIT))
def template(session: Session, actor: Actor) -> Response:
    """The headings of a register, with nothing under them."""
    return list_file(_("农户名册模板"), [column.title for column in columns()], [])


@pages.form("/<int:household_no>/standing", needs(EDIT), StandingIn)
def standing(session: Session, actor: Actor, form: Form, household_no: int) -> Response:
    """What it is from a day on; it begins with what it is now."""
    household = masked.get_masked(session, actor, household_no)
    now = household.standing
    return render(
        "admin/households/standing.html",
        form=form.fill(now, from_day=today(), document_no=None),
        household=household,
        **_standing_choices(),
    )


@standing.submit
def go_on(session: Session, actor: Actor, body: Standing, household_no: int) -> Response:
    """Continue its history; the present standing ends on that day."""
    change_standing(session, actor, household_no, body)
    return done(f"/admin/households/{household_no}", _("状态已变更,原状态到该日为止"))


@pages.form("/<int:household_no>/member", needs(EDIT), MemberIn)
def joining(session: Session, actor: Actor, form: Form, household_no: int) -> Response:
    """Another person of the household."""
    return render(
        "admin/households/member.html",
        form=form.fill(from_day=today()),
        household=masked.get_masked(session, actor, household_no),
    )


@joining.submit
def join(session: Session, actor: Actor, body: dict[str, Any], household_no: int) -> Response:
    """Add the person."""
    member = NewMember(body["identity"], body["relation"], body["has_labour"])
    add_member(session, actor, household_no, member, body["from_day"] or today())
    return done(f"/admin/households/{household_no}", _("家庭成员已登记"))


@pages.form("/<int:household_no>/members/<uuid:member_id>/departure", needs(EDIT), DepartureIn)
def departure(
    session: Session, actor: Actor, form: Form, household_no: int, member_id: uuid.UUID
) -> Response:
    """From which day on the person, who stood in full on the page before, is no longer of the household."""
    return render(
        "admin/households/departure.html",
        form=form.fill(to_day=today()),
        household=masked.get_masked(session, actor, household_no),
    )


@departure.submit
def leave(
    session: Session, actor: Actor, body: dict[str, Any], household_no: int, member_id: uuid.UUID
) -> Response:
    """The person leaves, and may join another household."""
    end_member(session, actor, household_no, member_id, body["to_day"])
    return done(f"/admin/households/{household_no}", _("该成员已迁出"))


def _standing_choices() -> dict[str, Any]:
    return {
        "file_statuses": choices(FILE_STATUSES),
        "monitor_types": choices(MONITOR_TYPES),
        "monitor_statuses": choices(MONITOR_STATUSES),
    }
