"""银行流水 of the own account: the bank's file, what it brought, and every cell that is wrong."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from marshmallow import Schema
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.http import page_of
from marketplace.core.http.fields import OneOf
from marketplace.payments.layouts import LAYOUTS
from marketplace.payments.models import BankStatement
from marketplace.payments.rules.matching import STATEMENT_TITLES
from marketplace.payments.schemas.statements import CODES, StatementArgs
from marketplace.payments.service import bank_statements
from marketplace.web.kit import Form, Listing, Pages, done, hats, label, needs, render
from marketplace.web.kit import say as _
from marketplace.web.kit.rows import listed
from marketplace.web.kit.uploads import chosen_file

pages: Final = Pages("producers_bank_statements", __name__, url_prefix="/producer/bank-statements")
TONES: Final = {"queued": "info", "imported": "good", "refused": "bad"}


class StatementForm(Schema):
    """In whose layout the file is; the account is that of the organisation one acts for."""

    layout = OneOf(CODES, required=True)


@pages.show("", needs("payments.record"))
def list_statements(session: Session, actor: Actor) -> Response:
    """Statements, newest first."""
    listing = Listing(StatementArgs)
    wanted = bank_statements.statements_seen(actor)
    if listing.args.get("state") is not None:
        wanted = wanted.where(BankStatement.state == listing.args["state"])
    page = page_of(
        session,
        wanted,
        keys=[BankStatement.id],
        key_of=lambda row: [row.id],
        args=listing.args,
        descending=True,
    )
    return render(
        "producers/bank_statements.html",
        fragment="results",
        listing=listing,
        page=page,
        states=STATEMENT_TITLES,
        tones=TONES,
        layouts={one.code: one.title for one in LAYOUTS},
    )


@pages.form("/new", needs("payments.record"), StatementForm)
def new(session: Session, actor: Actor, form: Form) -> Response:
    """Choose the bank and its file."""
    options = [(one.code, label(one.title)) for one in LAYOUTS]
    return render("producers/bank_statement_form.html", form=form, options=options)


@new.submit
def ask(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """A job reads it within seconds."""
    organisation_id = hats.organisation(actor)
    if organisation_id is None:
        raise NotFound
    sent = chosen_file()
    kept = bank_statements.ask(session, actor, organisation_id, body["layout"], sent.name, sent.content)
    return done(f"/producer/bank-statements/{kept.id}", _("文件已收到"))


@pages.show("/<uuid:statement_id>", needs("payments.record"))
def one(session: Session, actor: Actor, statement_id: uuid.UUID) -> Response:
    """How it went: lines in, new ones, or every cell that is wrong."""
    kept = bank_statements.statement_of(session, actor, statement_id)
    errors, more = listed(kept.errors)
    return render(
        "producers/bank_statement.html",
        kept=kept,
        states=STATEMENT_TITLES,
        tones=TONES,
        layouts={one.code: one.title for one in LAYOUTS},
        errors=errors,
        more=more,
    )
