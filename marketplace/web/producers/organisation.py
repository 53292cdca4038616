"""本主体: who one sells as, and the own bank account by its last digits; another account takes a second person."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.accounts.schemas import BankChangeIn
from marketplace.accounts.service import bank_accounts, organisations
from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.web.kit import Form, Pages, done, hats, needs, render, signed_in
from marketplace.web.kit import say as _
from marketplace.web.producers.menu import SECTION

pages: Final = Pages("producers_organisation", __name__, url_prefix="/producer/organisation")


@pages.show("", signed_in())
def own(session: Session, actor: Actor) -> Response:
    """Name, code and account as they are registered. Raises Forbidden for who is no producer."""
    SECTION.require(actor)
    organisation = organisations.get(session, actor, _own(actor))
    return render(
        "producers/organisation.html",
        organisation=organisation,
        account=bank_accounts.masked(organisation),
        may_change=actor.may("accounts.bank"),
    )


@pages.form("/bank-account", needs("accounts.bank"), BankChangeIn)
def changing(session: Session, actor: Actor, form: Form) -> Response:
    """Another account, with the reason."""
    return render(
        "producers/bank_account.html",
        form=form,
        organisation=organisations.get(session, actor, _own(actor)),
    )


@changing.submit
def change(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Asked for; it holds when a second person has approved it."""
    bank_accounts.ask_change(
        session, actor, _own(actor), body["bank_name"], body["bank_account"], body["reason"]
    )
    return done("/producer/organisation", _("已提交,由另一人核准后生效"))


def _own(actor: Actor) -> uuid.UUID:
    """The organisation one acts for. NotFound for none."""
    organisation_id = hats.organisation(actor)
    if organisation_id is None:
        raise NotFound
    return organisation_id
