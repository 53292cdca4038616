"""Opening an account and replacing a forgotten password: the random password is shown this once and kept nowhere."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response, request
from marshmallow import fields
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, Person
from marketplace.accounts.schemas import AccountIn, ClerkIn
from marketplace.accounts.service import directory, organisations, people
from marketplace.core.actor import Actor
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.http import needs
from marketplace.core.http.fields import Line
from marketplace.web.kit import Form, NoFields, Pages, render, show_once

pages: Final = Pages("admin_account_opening", __name__, url_prefix="/admin/accounts")


class OpeningForm(ClerkIn, AccountIn):
    """A person with an account; or another account of a person who has one (`person_id`)."""

    display_name = Line(100, load_default=None, allow_none=True)
    person_id = fields.UUID(load_default=None, allow_none=True)


@pages.form("/new", needs("accounts.people"), OpeningForm, own_transactions=True)
def opening(session: Session, actor: Actor, form: Form) -> Response:
    """The form. The address may name the organisation and the person whose account it will be."""
    form.fill(
        organisation_id=_uuid(request.values.get("organisation_id")),
        person_id=_uuid(request.values.get("person_id")),
    )
    return render(
        "admin/accounts/opening.html",
        form=form,
        organisation=_organisation(session, actor, form.value("organisation_id")),
        person=_person(session, form.value("person_id")),
    )


@opening.submit
def open_account(actor: Actor, body: dict[str, Any]) -> Response:
    """Open it, for a new person unless one is named."""
    with transaction() as session:
        if body["person_id"] is None:
            if body["display_name"] is None:
                raise Invalid("name", "名称不能为空", pointer="/display_name")
            person = people.add_person(
                session, actor, body["display_name"], phone=body["phone"], mail=body["mail"]
            )
            body["person_id"] = person.id
        opened = people.open_account(
            session,
            actor,
            body["person_id"],
            body["login"],
            organisation_id=body["organisation_id"],
            opened_by_unit=body["opened_by_unit"],
        )
        return show_once(session, actor, "admin/accounts/password.html", opened=opened, is_new=True)


@pages.form("/<uuid:account_id>/password", needs("accounts.people"), NoFields, own_transactions=True)
def resetting(session: Session, actor: Actor, form: Form, account_id: uuid.UUID) -> Response:
    """Is it to be replaced?"""
    view = directory.view(session, actor, account_id)
    return render("admin/accounts/resetting.html", form=form, view=view, account=view.account)


@resetting.submit
def reset(actor: Actor, body: dict[str, Any], account_id: uuid.UUID) -> Response:
    """Replace it; lock, sessions and tokens end."""
    with transaction() as session:
        opened = people.reset_password(session, actor, account_id)
        return show_once(session, actor, "admin/accounts/password.html", opened=opened, is_new=False)


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def _organisation(session: Session, actor: Actor, text: str) -> Organisation | None:
    wanted = _uuid(text)
    return organisations.get(session, actor, wanted) if wanted else None


def _person(session: Session, text: str) -> Person | None:
    """The person whose further account is opened. Raises NotFound for none."""
    wanted = _uuid(text)
    if wanted is None:
        return None
    found = session.get(Person, wanted)
    if found is None:
        raise NotFound
    return found
