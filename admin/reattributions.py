"""订单归属: moves of orders between budget units, for who supervises their budgets: the list, one move, the supervisor's word."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.orders.schemas.reattributions import ConsentIn
from marketplace.web.kit import Form, Pages, done, needs, render
from marketplace.web.moves_shown import have_consented, move_shown, moves_listed

pages: Final = Pages("admin_reattributions", __name__, url_prefix="/admin/reattributions")


@pages.show("", needs("orders.read"))
def listing(session: Session, actor: Actor) -> Response:
    """The moves of orders and units of one's area; those that wait for one's own word."""
    return render("admin/reattributions/list.html", fragment="results", **moves_listed(session, actor))


@pages.show("/<number>", needs("orders.read"))
def one(session: Session, actor: Actor, number: str) -> Response:
    """One move: from where to where, why, what each party said."""
    return _show(session, actor, Form(ConsentIn), number)


@pages.form("/<number>/consents", needs("orders.read"), ConsentIn)
def consenting(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The same page, after a word that was refused."""
    return _show(session, actor, form, number)


@consenting.submit
def consent(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Agree or refuse as the supervisor; the last consent moves the order."""
    return done(f"/admin/reattributions/{number}", have_consented(session, actor, number, body))


def _show(session: Session, actor: Actor, form: Form, number: str) -> Response:
    return render("admin/reattributions/one.html", **move_shown(session, actor, form, number))
