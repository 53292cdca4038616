"""One account: roles given and taken, stopping and starting it, its sessions and tokens."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.accounts.listing import TONES, role_title
from marketplace.accounts.models import Grant
from marketplace.accounts.permissions import ROLES
from marketplace.accounts.schemas import ClosingReasonIn, GrantIn
from marketplace.accounts.service import directory, grants, people
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import NotFound
from marketplace.core.http import needs
from marketplace.web.kit import Form, Pages, done, label, note, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_account", __name__, url_prefix="/admin/accounts")

KINDS: Final = {"owner": note("按单位"), "area": note("按辖区")}


@pages.form("/<uuid:account_id>", needs("accounts.people"), GrantIn)
def one(session: Session, actor: Actor, form: Form, account_id: uuid.UUID) -> Response:
    """The account, with the form that gives it a role."""
    view = directory.view(session, actor, account_id)
    now = utcnow()
    form.fill(area_code=view.organisation.area_code[:6] if view.organisation else "000000")
    return render(
        "admin/accounts/one.html",
        form=form,
        view=view,
        account=view.account,
        state=directory.status_of(view.account, now),
        statuses=directory.ACCOUNT_STATUSES,
        tones=TONES,
        role_called=role_title,  # `role_title` is a word of every page: what the chosen role is called
        choices=[(one.code, f"{label(one.title_zh)} · {_(KINDS[one.kind])}") for one in ROLES],
        is_live=lambda key: directory.is_live(key, now),
        is_self=view.account.person_id == actor.person_id,
        may_grant=actor.may("accounts.grant"),
    )


@one.submit
def give_role(session: Session, actor: Actor, body: dict[str, Any], account_id: uuid.UUID) -> Response:
    """Give a role over an area, or for an organisation."""
    grants.grant(session, actor, account_id, body["role"], body["area_code"], body["organisation_id"])
    return done(f"/admin/accounts/{account_id}", _("已授予角色:{role}", role=role_title(body["role"])))


@pages.form("/<uuid:account_id>/grants/<uuid:grant_id>/end", needs("accounts.grant"), ClosingReasonIn)
def ending(
    session: Session, actor: Actor, form: Form, account_id: uuid.UUID, grant_id: uuid.UUID
) -> Response:
    """Why is it taken away at once? The usual way is a handover."""
    view = directory.view(session, actor, account_id)
    return render(
        "admin/accounts/ending.html",
        form=form,
        view=view,
        account=view.account,
        grant=_held(view, grant_id),
        role_called=role_title,  # `role_title` is a word of every page: what the chosen role is called
    )


@ending.submit
def end_role(
    session: Session, actor: Actor, body: dict[str, Any], account_id: uuid.UUID, grant_id: uuid.UUID
) -> Response:
    """Take it away; what its holder leaves behind is listed for a handover."""
    grants.end(session, actor, grant_id, body["reason"])
    return done(f"/admin/accounts/{account_id}", _("角色已收回"))


@pages.action("/<uuid:account_id>/disabling", needs("accounts.people"))
def disable(session: Session, actor: Actor, account_id: uuid.UUID) -> Response:
    """Stop the account: its sessions and tokens are dead at once."""
    people.disable(session, actor, account_id)
    return done(f"/admin/accounts/{account_id}", _("账号已停用,会话和访问令牌即刻失效"))


@pages.action("/<uuid:account_id>/enabling", needs("accounts.people"))
def enable(session: Session, actor: Actor, account_id: uuid.UUID) -> Response:
    """Start it again."""
    people.enable(session, actor, account_id)
    return done(f"/admin/accounts/{account_id}", _("账号已启用"))


def _held(view: directory.AccountView, grant_id: uuid.UUID) -> Grant:
    found = next((grant for grant, _name in view.grants if grant.id == grant_id), None)
    if found is None:
        raise NotFound
    return found
