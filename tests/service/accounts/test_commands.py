"""`flask accounts …` and `flask keys …`: what an operator does at the machine."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts.models import Account, RateCount
from marketplace.accounts.service import rate_limits
from marketplace.core.clock import frozen_at, utcnow
from marketplace.core.db import Database, transaction


def _run(app: Flask, *args: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=list(args))
    return result.exit_code, result.output


def test_a_created_account_can_sign_in_with_the_printed_password(app: Flask, client: FlaskClient) -> None:
    code, output = _run(
        app, "accounts", "create", "province.jb", "--name", "省厅经办员", "--role", "province_officer"
    )
    assert code == 0
    login, password = output.split()
    answer = client.post("/api/v1/sessions", json={"login": login, "password": password})
    assert answer.status_code == 201
    me = client.get("/api/v1/me", base_url="https://localhost").get_json()
    assert [(held["role"], held["area_code"]) for held in me["roles"]] == [("province_officer", "000000")]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("accounts", "create", "x", "--name", "n"), "登录名"),
        (("accounts", "create", "clerk", "--name", "n", "--role", "root"), "角色不存在"),
        (("accounts", "create", "clerk", "--name", "n", "--role", "buyer"), "应指定所属单位"),
        (("accounts", "token", "nobody"), "no active account nobody"),
        (("accounts", "disable", "nobody"), "no account nobody"),
        (("accounts", "reset-password", "nobody"), "no account nobody"),
    ],
)
def test_a_command_that_cannot_be_done_says_why_and_leaves_nothing(
    app: Flask, database: Database, args: tuple[str, ...], said: str
) -> None:
    code, output = _run(app, *args)
    assert code == 1
    assert said in output
    with transaction() as session:
        assert session.scalars(select(Account)).all() == []


def test_reset_token_and_disable(app: Flask, client: FlaskClient) -> None:
    first = _run(app, "accounts", "create", "clerk", "--name", "经办员")[1].split()[1]
    second = _run(app, "accounts", "reset-password", "clerk")[1].split()[1]
    assert first != second
    assert client.post("/api/v1/sessions", json={"login": "clerk", "password": first}).status_code == 401
    token = _run(app, "accounts", "token", "clerk", "--days", "1")[1].strip()
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/me", headers=headers).status_code == 200
    assert _run(app, "accounts", "disable", "clerk") == (0, "clerk disabled\n")
    assert client.get("/api/v1/me", headers=headers).status_code == 401
    assert _run(app, "accounts", "disable", "clerk")[0] == 1


def test_roles_are_listed(app: Flask) -> None:
    code, output = _run(app, "accounts", "roles")
    assert code == 0
    assert "county_officer       area   县级帮扶部门经办\n" in output


def test_old_rate_counts_are_tidied_and_those_of_today_stay(app: Flask, database: Database) -> None:
    now = utcnow()
    with frozen_at(now - timedelta(days=2)), transaction() as session:
        assert rate_limits.spend(session, rate_limits.SIGN_IN_BY_LOGIN, "clerk") == 19
    with transaction() as session:
        rate_limits.spend(session, rate_limits.SIGN_IN_BY_LOGIN, "clerk")
    assert _run(app, "accounts", "tidy") == (0, "1 rate counts deleted\n")
    with transaction() as session:
        subjects = session.scalars(select(RateCount.subject)).all()
    assert len(subjects) == 1
    assert "clerk" not in subjects[0]


def test_key_status_and_rotation_with_nothing_to_do(app: Flask, database: Database) -> None:
    assert _run(app, "keys", "status") == (0, "0 cells and 0 files need an older key than 1\n")
    assert _run(app, "keys", "rotate") == (0, "0 cells and 0 files re-encrypted\n")


def test_reminders_by_command(app: Flask, database: Database) -> None:
    assert _run(app, "accounts", "remind-filings", "2021") == (0, "0 units reminded\n")
