"""What everybody does with the own account: sign in and out, password, tokens."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, current_app, jsonify, request
from sqlalchemy.orm import Session

from marketplace.accounts import schemas, sign_in
from marketplace.accounts.api.blueprint import blueprint
from marketplace.accounts.service import access_keys, grants, people, sessions
from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, public, signed_in
from marketplace.core.settings import Settings


@blueprint.route("/sessions", methods=["POST"])
@endpoint(public(), own_transactions=True)
@blueprint.arguments(schemas.SignInIn)
@blueprint.response(201, schemas.SignInOut)
def open_session(actor: Actor | None, body: dict[str, Any]) -> Response:
    """Sign in; the session cookie comes with the answer."""
    settings: Settings = current_app.extensions["settings"]
    opened = sign_in.sign_in(
        body["login"], body["password"], request.remote_addr or "", sign_in.limits_of(settings)
    )
    response = jsonify({"csrf_token": opened.csrf, "expires_at": opened.expires_at.isoformat()})
    response.status_code = 201
    sign_in.give_cookie(response, opened)
    return response


@blueprint.route("/sessions/current", methods=["DELETE"])
@endpoint(signed_in())
@blueprint.response(204)
def end_session(session: Session, actor: Actor) -> Response:
    """Sign out: the session is dead at once."""
    secret = request.cookies.get(sign_in.COOKIE)
    if secret:
        sessions.end(session, actor, secret)
    response = Response(status=204)
    sign_in.take_cookie(response)
    return response


@blueprint.route("/me")
@endpoint(signed_in())
@blueprint.response(200, schemas.MeOut)
def me(session: Session, actor: Actor) -> Actor:
    """Who I am and which roles I hold."""
    return actor


@blueprint.route("/me/grants")
@endpoint(signed_in())
@blueprint.response(200, schemas.GrantListOut)
def my_grants(session: Session, actor: Actor) -> dict[str, Any]:
    """The roles I hold, with the ids by which a handover of one is asked for."""
    return {"items": grants.own(session, actor)}


@blueprint.route("/me/password", methods=["POST"])
@endpoint(signed_in())
@blueprint.arguments(schemas.PasswordChangeIn)
@blueprint.response(204)
def change_password(session: Session, actor: Actor, body: dict[str, Any]) -> None:
    """Change the own password; every session and token of the account ends, this one too."""
    settings: Settings = current_app.extensions["settings"]
    people.change_own_password(
        session, actor, body["password"], body["new_password"], profile=settings.password_profile
    )


@blueprint.route("/tokens")
@endpoint(signed_in())
@blueprint.response(200, schemas.TokenListOut)
def list_tokens(session: Session, actor: Actor) -> dict[str, Any]:
    """The own API tokens, newest first."""
    return {"items": access_keys.of_actor(session, actor)}


@blueprint.route("/tokens", methods=["POST"])
@endpoint(signed_in())
@blueprint.arguments(schemas.TokenIn)
@blueprint.response(201, schemas.TokenMadeOut)
def make_token(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Make an API token; its text is in this answer and nowhere else."""
    made = access_keys.make(session, actor, body["label"], body["days"])
    shown: dict[str, Any] = dict(schemas.TokenOut().dump(made.token))
    return {**{name: getattr(made.token, name) for name in shown}, "token": made.secret}


@blueprint.route("/tokens/<uuid:token_id>", methods=["DELETE"])
@endpoint(signed_in())
@blueprint.response(204)
def revoke_token(session: Session, actor: Actor, token_id: uuid.UUID) -> None:
    """Revoke an own token; it is dead at once."""
    access_keys.revoke(session, actor, token_id)
