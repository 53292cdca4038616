"""Sign in and out, choose the role one works in, change the password."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, current_app, request
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from marketplace.accounts import sign_in as entry
from marketplace.accounts.schemas import Password, PasswordChangeIn, SignInIn
from marketplace.accounts.service import people, sessions
from marketplace.core.actor import Actor
from marketplace.core.errors import Invalid
from marketplace.core.settings import Settings
from marketplace.web.kit import Form, Pages, done, hats, local, public, render, signed_in
from marketplace.web.kit import say as _
from marketplace.web.kit.shell import home_of

pages = Pages("account", __name__)
_SIGN_IN: Final = "/sign-in"


class SignInForm(SignInIn):
    """A sign-in, and where it leads."""

    next = fields.String(load_default="")


class PasswordForm(PasswordChangeIn):
    """A new password, typed twice."""

    again = Password()


class RoleForm(Schema):
    """The role to work in, as `hats` names it."""

    role = fields.String(required=True)


@pages.form(_SIGN_IN, public(), SignInForm, own_transactions=True, takes=("sign_in_failed",))
def sign_in(session: Session, actor: Actor | None, form: Form) -> Response:
    """The sign-in page; who is signed in already is led on."""
    wanted = form.value("next") or request.args.get("next", "")
    if actor is not None and request.method == "GET":
        return done(local(wanted, home_of(actor)))
    return render("account/sign_in.html", form=form.fill(next=local(wanted, "")))


@sign_in.submit
def open_session(actor: Actor | None, body: dict[str, Any]) -> Response:
    """Open a session and go where one wanted to go, else to the start."""
    settings: Settings = current_app.extensions["settings"]
    opened = entry.sign_in(
        body["login"], body["password"], request.remote_addr or "", entry.limits_of(settings)
    )
    response = done(local(body["next"], "/start"))
    entry.give_cookie(response, opened)
    return response


@pages.action("/sign-out", signed_in())
def sign_out(session: Session, actor: Actor) -> Response:
    """End the session at once."""
    secret = request.cookies.get(entry.COOKIE)
    if secret:
        sessions.end(session, actor, secret)
    response = done("/", _("已退出登录"))
    entry.take_cookie(response)
    return response


@pages.show("/start", signed_in())
def start(session: Session, actor: Actor) -> Response:
    """Lead everybody to the page on which their role starts."""
    return done(home_of(actor))


@pages.form("/roles", signed_in(), RoleForm)
def roles(session: Session, actor: Actor, form: Form) -> Response:
    """Choose the role to work in."""
    return render("account/roles.html", form=form)


@roles.submit
def choose_role(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Remember the role and go to where it starts. Raises Invalid (`role`) for one that is not held."""
    one = next((held for held in actor.held if hats.code_of(held) == body["role"]), None)
    if one is None:
        raise Invalid("role", "您没有这个角色", pointer="/role")
    response = done("/start")
    hats.choose(response, body["role"])
    return response


@pages.form("/password", signed_in(), PasswordForm)
def password(session: Session, actor: Actor, form: Form) -> Response:
    """Change the password."""
    return render("account/password.html", form=form)


@password.submit
def change_password(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Change it; every session of the account ends. Raises Invalid (`password_again`) when the two differ."""
    if body["new_password"] != body["again"]:
        raise Invalid("password_again", "两次输入的新密码不一致", pointer="/again")
    settings: Settings = current_app.extensions["settings"]
    people.change_own_password(
        session, actor, body["password"], body["new_password"], profile=settings.password_profile
    )
    return done(_SIGN_IN, _("密码已修改,请用新密码登录"))
