"""Own access tokens: a program of one's own uses the interface with them; made and shown once, listed, revoked."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.accounts.schemas import TokenIn
from marketplace.accounts.service import access_keys, directory
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import transaction
from marketplace.web.kit import Form, Pages, done, render, show_once, signed_in
from marketplace.web.kit import say as _

pages: Final = Pages("access_tokens", __name__, url_prefix="/access-tokens")


@pages.form("", signed_in(), TokenIn, own_transactions=True)
def tokens(session: Session, actor: Actor, form: Form) -> Response:
    """The tokens of the account, and the form for another."""
    now = utcnow()
    return render(
        "account/access_tokens.html",
        form=form,
        tokens=[(one, directory.is_live(one, now)) for one in access_keys.of_actor(session, actor)],
    )


@tokens.submit
def make(actor: Actor, body: dict[str, Any]) -> Response:
    """Make one; its text is shown this once."""
    with transaction() as session:
        made = access_keys.make(session, actor, body["label"], body["days"])
        return show_once(
            session, actor, "account/access_token_shown.html", token=made.token, secret=made.secret
        )


@pages.action("/<uuid:token_id>/revocation", signed_in())
def revoke(session: Session, actor: Actor, token_id: uuid.UUID) -> Response:
    """Nothing that bears it is answered any more."""
    access_keys.revoke(session, actor, token_id)
    return done("/access-tokens", _("访问令牌已撤销"))
