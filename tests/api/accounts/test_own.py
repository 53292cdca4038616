"""Signing in and out, tokens, passwords, by HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from marketplace.accounts import sign_in
from marketplace.accounts.models import Account, ApiToken, SignInSession
from marketplace.accounts.service import grants, people
from marketplace.accounts.service.people import OpenedAccount
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at, utcnow
from marketplace.core.db import Database, transaction
from marketplace.core.models import AuditRecord
from marketplace.core.settings import Settings, SettingsError

AsRole = Callable[..., dict[str, str]]


@pytest.fixture
def account(client: FlaskClient) -> OpenedAccount:
    with transaction() as session:
        person = people.add_person(session, system_actor(), "梅县区经办员")
        opened = people.open_account(session, system_actor(), person.id, "meixian.jb")
        grants.grant(session, system_actor(), opened.account.id, "county_officer", "441403")
    return opened


def _sign_in(client: FlaskClient, password: str, login: str = "meixian.jb") -> tuple[int, dict[str, str]]:
    answer = client.post("/api/v1/sessions", json={"login": login, "password": password})
    return answer.status_code, answer.get_json()


def _account(database: Database, account: OpenedAccount) -> Account:
    with transaction() as session:
        return session.get_one(Account, account.account.id)


def test_a_session_shows_who_one_is(client: FlaskClient, account: OpenedAccount) -> None:
    answer = client.post("/api/v1/sessions", json={"login": "MEIXIAN.JB ", "password": account.password})
    assert answer.status_code == 201
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert "Secure; HttpOnly; Path=/; SameSite=Lax" in cookie
    me = client.get("/api/v1/me", base_url="https://localhost")
    assert me.status_code == 200
    assert me.get_json() == {
        "account_id": str(account.account.id),
        "person_id": str(account.account.person_id),
        "organisation_id": None,
        "roles": [{"role": "county_officer", "area_code": "441403", "organisation_id": None}],
    }


def test_without_a_session_there_is_nobody(client: FlaskClient) -> None:
    answer = client.get("/api/v1/me")
    assert (answer.status_code, answer.get_json()["code"]) == (401, "not_authenticated")
    assert answer.mimetype == "application/problem+json"


def test_wrong_unknown_disabled_and_locked_answer_alike(client: FlaskClient, account: OpenedAccount) -> None:
    wrong = _sign_in(client, "wrong password 1")
    unknown = _sign_in(client, account.password, login="nobody.here")
    impossible = _sign_in(client, account.password, login="没有这个人")
    with transaction() as session:
        session.execute(update(Account).values(status="disabled"))
    disabled = _sign_in(client, account.password)
    for status, body in (wrong, unknown, impossible, disabled):
        body.pop("request_id")
        assert (status, body) == (401, wrong[1])
        assert body["code"] == "sign_in_failed"


def test_five_failures_lock_the_account_for_a_quarter_of_an_hour(
    client: FlaskClient, account: OpenedAccount, database: Database
) -> None:
    now = utcnow()
    with frozen_at(now):
        for _ in range(5):
            assert _sign_in(client, "wrong password 1")[0] == 401
        assert _sign_in(client, account.password)[0] == 401
    assert _account(database, account).failed_logins == 5
    assert _account(database, account).locked_until == now + timedelta(minutes=15)
    with frozen_at(now + timedelta(minutes=15, seconds=1)):
        assert _sign_in(client, account.password)[0] == 201
    assert _account(database, account).failed_logins == 0
    assert _account(database, account).locked_until is None


def test_after_a_lock_counting_begins_anew(
    client: FlaskClient, account: OpenedAccount, database: Database
) -> None:
    now = utcnow()
    with frozen_at(now):
        for _ in range(5):
            _sign_in(client, "wrong password 1")
    with frozen_at(now + timedelta(minutes=16)):
        _sign_in(client, "wrong password 1")
    assert _account(database, account).failed_logins == 1
    assert _account(database, account).locked_until is None


def test_four_failures_do_not_lock_and_success_forgets_them(
    client: FlaskClient, account: OpenedAccount, database: Database
) -> None:
    for _ in range(4):
        _sign_in(client, "wrong password 1")
    assert _account(database, account).failed_logins == 4
    assert _sign_in(client, account.password)[0] == 201
    assert _account(database, account).failed_logins == 0


def test_a_name_is_tried_twenty_times_a_quarter_known_or_not(
    client: FlaskClient, account: OpenedAccount
) -> None:
    with frozen_at(utcnow()):
        for login in ("nobody.here", "meixian.jb"):
            assert [_sign_in(client, "wrong password 1", login)[0] for _ in range(20)] == [401] * 20
            answer = client.post("/api/v1/sessions", json={"login": login, "password": "x"})
            assert (answer.status_code, answer.get_json()["code"]) == (429, "rate_limit")
            assert 1 <= int(answer.headers["Retry-After"]) <= 901


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"login": "a"}, 422),
        ({"login": "a", "password": ""}, 422),
        ({"login": "a", "password": "x" * 257}, 422),
        ({"login": "a", "password": 5}, 422),
        ({"login": "a", "password": "b", "is_admin": True}, 422),
        ([], 422),
    ],
)
def test_a_sign_in_of_another_shape_is_refused(client: FlaskClient, body: object, status: int) -> None:
    answer = client.post("/api/v1/sessions", json=body)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"


def test_a_changing_request_by_cookie_needs_the_form_token(
    client: FlaskClient, account: OpenedAccount
) -> None:
    _, body = _sign_in(client, account.password)
    without = client.post("/api/v1/tokens", json={"label": "x"}, base_url="https://localhost")
    assert (without.status_code, without.get_json()["code"]) == (403, "csrf")
    wrong = client.post(
        "/api/v1/tokens", json={"label": "x"}, base_url="https://localhost", headers={"X-CSRF-Token": "no"}
    )
    assert wrong.get_json()["code"] == "csrf"
    headers = {"X-CSRF-Token": body["csrf_token"]}
    foreign = client.post(
        "/api/v1/tokens",
        json={"label": "x"},
        base_url="https://localhost",
        headers={**headers, "Origin": "https://evil.example"},
    )
    assert foreign.get_json()["code"] == "csrf"
    with transaction() as session:
        assert session.scalars(select(ApiToken)).all() == []
    right = client.post(
        "/api/v1/tokens",
        json={"label": "x"},
        base_url="https://localhost",
        headers={**headers, "Origin": "https://localhost"},
    )
    assert right.status_code == 201


def test_signing_out_kills_the_session_at_once(client: FlaskClient, account: OpenedAccount) -> None:
    answer = client.post("/api/v1/sessions", json={"login": "meixian.jb", "password": account.password})
    cookie = answer.headers["Set-Cookie"].split(";")[0]
    out = client.delete(
        "/api/v1/sessions/current",
        base_url="https://localhost",
        headers={"X-CSRF-Token": answer.get_json()["csrf_token"]},
    )
    assert out.status_code == 204
    replayed = client.get("/api/v1/me", headers={"Cookie": cookie})
    assert replayed.status_code == 401


@pytest.mark.parametrize("minutes", [31, 12 * 60 + 1])
def test_a_session_ends_when_idle_or_old(client: FlaskClient, account: OpenedAccount, minutes: int) -> None:
    now = utcnow()
    with frozen_at(now):
        _sign_in(client, account.password)
        assert client.get("/api/v1/me", base_url="https://localhost").status_code == 200
    with frozen_at(now + timedelta(minutes=29)):
        assert client.get("/api/v1/me", base_url="https://localhost").status_code == 200
    with transaction() as session:
        assert session.scalars(select(SignInSession.seen_at)).all() == [now + timedelta(minutes=29)]
    with frozen_at(now + timedelta(minutes=29 + minutes)):
        assert client.get("/api/v1/me", base_url="https://localhost").status_code == 401


def test_disabling_kills_sessions_and_tokens_with_the_commit(
    client: FlaskClient, account: OpenedAccount
) -> None:
    _, body = _sign_in(client, account.password)
    made = client.post(
        "/api/v1/tokens",
        json={"label": "x"},
        base_url="https://localhost",
        headers={"X-CSRF-Token": body["csrf_token"]},
    ).get_json()
    with transaction() as session:
        people.disable(session, system_actor(), account.account.id)
    assert client.get("/api/v1/me", base_url="https://localhost").status_code == 401
    by_token = client.get("/api/v1/me", headers={"Authorization": f"Bearer {made['token']}"})
    assert (by_token.status_code, by_token.get_json()["code"]) == (401, "token")


def test_a_token_is_shown_once_and_dead_after_revocation(client: FlaskClient, as_role: AsRole) -> None:
    headers = as_role("county_officer", "441403")
    made = client.post("/api/v1/tokens", json={"label": "专柜上传程序", "days": 30}, headers=headers)
    assert made.status_code == 201
    secret = made.get_json()["token"]
    assert secret.startswith("sz_")
    listed = client.get("/api/v1/tokens", headers=headers).get_json()["items"]
    assert [item["label"] for item in listed] == ["专柜上传程序", "test"]
    assert secret not in client.get("/api/v1/tokens", headers=headers).text
    with transaction() as session:
        hashes = session.scalars(select(ApiToken.token_hash)).all()
    assert all(secret.encode() not in bytes(kept) for kept in hashes)
    mine = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/me", headers=mine).status_code == 200
    assert client.delete(f"/api/v1/tokens/{made.get_json()['id']}", headers=headers).status_code == 204
    assert client.get("/api/v1/me", headers=mine).status_code == 401


def test_nobody_revokes_the_token_of_somebody_else(client: FlaskClient, as_role: AsRole) -> None:
    mine, other = as_role("county_officer", "441403"), as_role("county_officer", "441403")
    token_id = client.get("/api/v1/tokens", headers=mine).get_json()["items"][0]["id"]
    assert client.delete(f"/api/v1/tokens/{token_id}", headers=other).status_code == 404
    assert client.delete(f"/api/v1/tokens/{uuid.uuid4()}", headers=other).status_code == 404
    assert client.get("/api/v1/me", headers=mine).status_code == 200


def test_a_token_expires(client: FlaskClient, as_role: AsRole) -> None:
    headers = as_role("county_officer", "441403")
    with frozen_at(utcnow() + timedelta(days=89)):
        assert client.get("/api/v1/me", headers=headers).status_code == 200
    with frozen_at(utcnow() + timedelta(days=91)):
        assert client.get("/api/v1/me", headers=headers).status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer sz_nothing", "Basic YTpi", "bearer \u00e9"])
def test_credentials_that_are_none_are_a_401(client: FlaskClient, header: str) -> None:
    answer = client.get("/api/v1/me", headers={"Authorization": header})
    assert (answer.status_code, answer.get_json()["code"]) == (401, "token")


def test_twenty_live_tokens_are_enough(client: FlaskClient, as_role: AsRole) -> None:
    headers = as_role("county_officer", "441403")
    for _ in range(19):
        assert client.post("/api/v1/tokens", json={"label": "x"}, headers=headers).status_code == 201
    answer = client.post("/api/v1/tokens", json={"label": "x"}, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "too_many_tokens")


@pytest.mark.parametrize("body", [{}, {"label": ""}, {"label": "x", "days": 366}, {"label": "x", "days": 0}])
def test_a_token_of_another_shape_is_refused(
    client: FlaskClient, as_role: AsRole, body: dict[str, object]
) -> None:
    assert client.post("/api/v1/tokens", json=body, headers=as_role("auditor")).status_code == 422


def test_changing_the_password_ends_everything_else(client: FlaskClient, account: OpenedAccount) -> None:
    _, body = _sign_in(client, account.password)
    headers = {"X-CSRF-Token": body["csrf_token"]}
    send = {"base_url": "https://localhost", "headers": headers}
    wrong = client.post(
        "/api/v1/me/password", json={"password": "x", "new_password": "竹林里的第七只白鹭飞走了"}, **send
    )
    assert (wrong.status_code, wrong.get_json()["code"]) == (403, "password_wrong")
    weak = client.post(
        "/api/v1/me/password", json={"password": account.password, "new_password": "short"}, **send
    )
    assert (weak.status_code, weak.get_json()["code"]) == (422, "password_weak")
    right = client.post(
        "/api/v1/me/password",
        json={"password": account.password, "new_password": "竹林里的第七只白鹭飞走了"},
        **send,
    )
    assert right.status_code == 204
    assert client.get("/api/v1/me", base_url="https://localhost").status_code == 401
    assert _sign_in(client, account.password)[0] == 401
    assert _sign_in(client, "竹林里的第七只白鹭飞走了")[0] == 201


def test_the_trail_has_the_sign_ins_without_names_or_passwords(
    client: FlaskClient, account: OpenedAccount
) -> None:
    _sign_in(client, "wrong password 1")
    _sign_in(client, account.password)
    with transaction() as session:
        rows = session.scalars(
            select(AuditRecord)
            .where(AuditRecord.action.startswith("accounts.sign_in"))
            .order_by(AuditRecord.id)
        ).all()
    assert [(row.action, row.subject_id) for row in rows] == [
        ("accounts.sign_in.refused", str(account.account.id)),
        ("accounts.sign_in.opened", str(account.account.id)),
    ]
    assert all(row.detail == {} for row in rows)


def test_the_hash_is_computed_for_known_and_unknown_names_alike(
    client: FlaskClient, account: OpenedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[bool] = []
    real = sign_in.passwords.verify_password

    def counting(stored: str | None, password: str) -> bool:
        verified.append(stored is not None)
        return real(stored, password)

    monkeypatch.setattr(sign_in.passwords, "verify_password", counting)
    _sign_in(client, "wrong password 1")
    _sign_in(client, "wrong password 1", login="nobody.here")
    assert verified == [True, False]


def test_the_national_profile_asks_more_of_a_password(
    app: Flask, client: FlaskClient, account: OpenedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(app.extensions["settings"], password_profile="dengbao3")
    monkeypatch.setitem(app.extensions, "settings", settings)
    _, body = _sign_in(client, account.password)
    send = {"base_url": "https://localhost", "headers": {"X-CSRF-Token": body["csrf_token"]}}
    plain = {"password": account.password, "new_password": "seven white egrets over bamboo"}
    weak = client.post("/api/v1/me/password", json=plain, **send)
    assert (weak.status_code, weak.get_json()["code"]) == (422, "password_weak")
    strong = {**plain, "new_password": "Seven white egrets, 1 bamboo"}
    assert client.post("/api/v1/me/password", json=strong, **send).status_code == 204


def test_an_unknown_profile_stops_the_start() -> None:
    with pytest.raises(SettingsError):
        Settings.from_env({"SANZHUAN_PASSWORD_PROFILE": "none"})
