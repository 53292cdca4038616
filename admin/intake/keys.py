"""Keys of a point of sale: a new version is shown this once and kept nowhere in the clear; an old one is retired."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.db import transaction
from marketplace.core.errors import NotFound
from marketplace.core.http import needs
from marketplace.intake.service import keys
from marketplace.web.kit import Form, NoFields, Pages, done, render, show_once
from marketplace.web.kit import say as _

pages: Final = Pages("admin_channel_keys", __name__, url_prefix="/admin/intake/channels")


@pages.form("/<code>/keys/new", needs("intake.submit"), NoFields, own_transactions=True)
def making(session: Session, actor: Actor, form: Form, code: str) -> Response:
    """Is another version wanted?"""
    return render("admin/intake/key_new.html", form=form, channel=keys.managed_channel(session, actor, code))


@making.submit
def make(actor: Actor, body: dict[str, Any], code: str) -> Response:
    """Make it; earlier versions stay in force until they are retired."""
    with transaction() as session:
        key, secret = keys.make_key(session, actor, code)
        channel = keys.managed_channel(session, actor, code)
        return show_once(
            session, actor, "admin/intake/key_shown.html", channel=channel, key=key, secret=secret
        )


@pages.form("/<code>/keys/<int:version>/retirement", needs("intake.submit"), NoFields)
def retirement(session: Session, actor: Actor, form: Form, code: str, version: int) -> Response:
    """Is it to be retired? Raises NotFound (``key_not_found``)."""
    known = keys.keys_of(session, actor, code)
    key = next((one for one in known if one.version == version), None)
    if key is None:
        raise NotFound("key_not_found", "没有这个版本的密钥")
    return render(
        "admin/intake/key_retirement.html",
        form=form,
        channel=keys.managed_channel(session, actor, code),
        key=key,
        is_last=all(one.retired_at is not None for one in known if one is not key),
    )


@retirement.submit
def retire(session: Session, actor: Actor, body: dict[str, Any], code: str, version: int) -> Response:
    """Nothing that is signed with it is taken any more."""
    keys.retire_key(session, actor, code, version)
    return done(f"/admin/intake/channels/{code}", _("第 {version} 版密钥已停用", version=version))
