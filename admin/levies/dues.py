"""帮扶金缴纳: agreed levy statements by how far they are paid, the late ones, and payments that wait to be checked."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.levies.places import acts_for_a_side, tabs
from marketplace.accounts.models import Organisation
from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.http import needs, page_of
from marketplace.payments.models import LevyPayment, LevyStatement
from marketplace.payments.rules.levy_payments import FUNDS, PAYMENT, REFERENCES, STANDINGS
from marketplace.payments.schemas.levy_payments import LevyDueListArgs
from marketplace.payments.service import levy_dues
from marketplace.payments.service.book_reading import READ
from marketplace.payments.service.levy_signing import CHECK
from marketplace.web.kit import Listing, Pages, file_links, note, render

pages: Final = Pages("admin_levy_dues", __name__, url_prefix="/admin/levies/dues")

LISTS: Final = {"": note("全部"), "overdue": note("逾期"), "open": note("未缴清"), "paid": note("已缴清")}


@pages.show("", needs(READ))
def listing(session: Session, actor: Actor) -> Response:
    """Agreed statements, newest first; above them what waits for the actor's check, oldest first."""
    asked = Listing(LevyDueListArgs)
    args: dict[str, Any] = asked.args
    page = page_of(
        session,
        levy_dues.dues_seen(actor, period=args["period"], which=args["which"]),
        keys=(LevyStatement.id,),
        key_of=lambda row: (row.LevyStatement.id,),
        args=args,
        descending=True,
        scalars=False,
    )
    return render(
        "admin/levies/dues.html",
        fragment="results",
        tabs=tabs(),
        listing=asked,
        page=page,
        dues=[levy_dues.due_of(row) for row in page.items],
        waiting=_waiting(session, actor),
        lists=LISTS,
        standings=STANDINGS,
        files=_files(args["period"]),
        may_check=lambda payment: payment.recorded_person != actor.person_id,
    )


@pages.show("/<number>", needs(READ))
def one(session: Session, actor: Actor, number: str) -> Response:
    """One statement: what is owed and paid of each channel and month, and its payments."""
    due = due_seen(session, actor, number)
    operator = session.get_one(Organisation, due.statement.operator_id)
    is_authority = actor.may_on(CHECK, area=operator.area_code)
    return render(
        "admin/levies/due.html",
        due=due,
        parts_owed=levy_dues.parts_of(session, [due]),
        payments=levy_dues.payments_of(session, due.statement),
        standings=STANDINGS,
        states=PAYMENT.titles,
        funds=FUNDS,
        references=REFERENCES,
        may_record=due.left_fen > due.waiting_fen and acts_for_a_side(actor, operator),
        may_check=lambda payment: is_authority and payment.recorded_person != actor.person_id,
        may_reverse=lambda payment: is_authority and payment.checked_person != actor.person_id,
    )


def due_seen(session: Session, actor: Actor, number: str) -> levy_dues.Due:
    """The due of an agreed statement. Raises NotFound (``levy_statement_not_found``) for who may not read its books."""
    row = session.execute(levy_dues.dues_seen(actor).where(LevyStatement.number == number)).one_or_none()
    if row is None:
        raise NotFound("levy_statement_not_found", "没有这张对账单")
    return levy_dues.due_of(row)


def _waiting(session: Session, actor: Actor) -> list[Any]:
    if not actor.may(CHECK):
        return []
    return list(session.execute(levy_dues.payments_waiting(actor).order_by(LevyPayment.id).limit(100)))


def _files(period: str | None) -> list[tuple[str, str]]:
    """The month's list as files, which need a month."""
    if period is None:
        return []
    return file_links("/api/v1/levy-dues/file", period=period)
