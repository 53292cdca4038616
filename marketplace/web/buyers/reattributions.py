"""更正归属: asking to move an order to another budget unit, the moves of one's units, one move with its three consents."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request
from sqlalchemy.orm import Session

from marketplace.accounts.service.organisations import names_of
from marketplace.core.actor import Actor
from marketplace.orders import service
from marketplace.orders.schemas.reattributions import ConsentIn, ReattributionIn
from marketplace.orders.service import moves
from marketplace.orders.service.reading import read_order
from marketplace.web.kit import Form, Pages, done, needs, render
from marketplace.web.kit import say as _
from marketplace.web.moves_shown import have_consented, move_shown, moves_listed

pages: Final = Pages("buyers_reattributions", __name__)
_LONGEST: Final = 60


@pages.show("/reattributions", needs("orders.read"))
def list_moves(session: Session, actor: Actor) -> Response:
    """The moves of the orders and units one may see; those that wait for one's own word."""
    return render("buyers/reattributions.html", fragment="results", **moves_listed(session, actor))


@pages.form("/orders/<number>/reattributions", needs("orders.reattribute"), ReattributionIn)
def asking(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """To which unit, chosen among those around the present one or found by name or code, and why."""
    order = read_order(session, actor, number)
    unit_id = order.budget_unit_id
    words = request.args.get("q", "").strip()[:_LONGEST]
    found = moves.units_found(session, words, unit_id) if words else moves.units_near(session, unit_id)
    return render(
        "buyers/reattribution_form.html",
        form=form,
        order=order,
        unit=names_of(session, [unit_id])[unit_id] if unit_id else _("未绑定"),
        words=words,
        found=[(str(one.id), one.name, one.uscc or "") for one in found],
    )


@asking.submit
def ask(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Ask; the other parties are told."""
    move = service.request_reattribution(session, actor, number, **body)
    return done(f"/reattributions/{move.number}", _("已申请更正归属,等待各方同意"))


@pages.show("/reattributions/<number>", needs("orders.read"))
def one_move(session: Session, actor: Actor, number: str) -> Response:
    """One move: from where to where, why, what each party said."""
    return _show(session, actor, Form(ConsentIn), number)


@pages.form("/reattributions/<number>/consents", needs("orders.read"), ConsentIn)
def consenting(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The same page, after a word that was refused."""
    return _show(session, actor, form, number)


@consenting.submit
def consent(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Agree or refuse for one party; the last consent moves the order."""
    return done(f"/reattributions/{number}", have_consented(session, actor, number, body))


@pages.action("/reattributions/<number>/withdrawal", needs("orders.reattribute"))
def withdraw(session: Session, actor: Actor, number: str) -> Response:
    """The side that asked no longer does."""
    service.withdraw_reattribution(session, actor, number)
    return done(f"/reattributions/{number}", _("已撤回"))


def _show(session: Session, actor: Actor, form: Form, number: str) -> Response:
    return render("buyers/reattribution.html", **move_shown(session, actor, form, number))
