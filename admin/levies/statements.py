"""帮扶金对账单: what an operator owes the aid fund for a month, signed by the operator and by the authority, or disputed."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.declarations.places import last_month
from admin.levies.places import acts_for_a_side, tabs
from marketplace.accounts.models import Organisation
from marketplace.catalogue.models import Channel
from marketplace.core.actor import Actor
from marketplace.core.http import needs, page_of
from marketplace.core.scope import visible
from marketplace.payments.models import LevyStatement
from marketplace.payments.rules.levy_statements import SIDES, STATEMENT
from marketplace.payments.schemas import levy_statements as schemas
from marketplace.payments.service import levy_reading, levy_signing, levy_statements
from marketplace.payments.service.book_reading import READ
from marketplace.web.kit import Form, Listing, Pages, choices, done, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_levies", __name__, url_prefix="/admin/levies")

TONES: Final = {"drawn": "info", "disputed": "warn", "agreed": "good", "superseded": "quiet"}
#: Operators that the form of a new statement names.
MOST: Final = 300


@pages.show("", needs("payments.books"))
def listing(session: Session, actor: Actor) -> Response:
    """Statements that I may see, all versions, newest first."""
    asked = Listing(schemas.LevyStatementListArgs)
    page = page_of(
        session,
        levy_reading.statements_seen(actor, period=asked.args["period"], state=asked.args["state"]),
        keys=[LevyStatement.id],
        key_of=lambda row: [row.LevyStatement.id],
        args=asked.args,
        descending=True,
        scalars=False,
    )
    return render(
        "admin/levies/list.html",
        fragment="results",
        listing=asked,
        page=page,
        states=STATEMENT.titles,
        state_choices=choices(STATEMENT.titles),
        tones=TONES,
        tabs=tabs(),
        may_draw=acts_for_a_side(actor),
    )


@pages.form("/new", needs("payments.books"), schemas.LevyStatementIn)
def new(session: Session, actor: Actor, form: Form) -> Response:
    """Of which operator and month."""
    operators = session.execute(
        select(Organisation.id, Organisation.name)
        .where(
            Organisation.id.in_(select(Channel.operator_id)),
            visible(actor, READ, area=Organisation.area_code, owners=[Organisation.id]),
        )
        .order_by(Organisation.area_code, Organisation.name)
        .limit(MOST)
    ).all()
    return render(
        "admin/levies/new.html",
        form=form.fill(period=last_month()),
        operators=[(str(row.id), row.name) for row in operators],
    )


@new.submit
def draw(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Draw it up, or its next version with what has come since."""
    made = levy_statements.draw_up(session, actor, body["operator_id"], body["period"])
    if made is None:
        return done("/admin/levies", _("该月没有应缴的帮扶金"), "note")
    return done(f"/admin/levies/{made.number}", _("对账单已生成,请双方确认"))


@pages.show("/<number>", needs("payments.books"))
def one(session: Session, actor: Actor, number: str) -> Response:
    """One statement with what it holds of each channel, month and rate, and both sides' words."""
    return _show(session, actor, Form(schemas.LevyDisputeIn), number)


@pages.action("/<number>/confirmation", needs("payments.levy_confirm"))
def confirm(session: Session, actor: Actor, number: str) -> Response:
    """The operator signs the figures."""
    levy_signing.sign(session, actor, number, "operator")
    return done(f"/admin/levies/{number}", _("运营单位已确认"))


@pages.action("/<number>/check", needs("payments.levy_check"))
def check(session: Session, actor: Actor, number: str) -> Response:
    """The authority signs the figures, by another person than the operator's."""
    levy_signing.sign(session, actor, number, "authority")
    return done(f"/admin/levies/{number}", _("主管部门已确认"))


@pages.form("/<number>/dispute", needs("payments.books"), schemas.LevyDisputeIn)
def dispute(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The same page, after a dispute that was refused."""
    return _show(session, actor, form, number)


@dispute.submit
def disputed(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Say what is wrong; the next version is drawn up when it is mended."""
    levy_signing.dispute(session, actor, number, body["reason"])
    return done(f"/admin/levies/{number}", _("已提出异议"))


def _show(session: Session, actor: Actor, form: Form, number: str) -> Response:
    statement, operator_name = levy_reading.statement_seen(session, actor, number)
    is_open = statement.state == "drawn"
    return render(
        "admin/levies/one.html",
        form=form,
        statement=statement,
        operator_name=operator_name,
        items=levy_reading.items_of(session, statement),
        states=STATEMENT.titles,
        sides=SIDES,
        tones=TONES,
        may_confirm=is_open and statement.operator_signed_at is None and actor.may(levy_signing.CONFIRM),
        may_check=is_open and statement.authority_signed_at is None and actor.may(levy_signing.CHECK),
        may_dispute=is_open and acts_for_a_side(actor),
        may_renew=statement.state == "disputed" and acts_for_a_side(actor),
    )
