"""Own access tokens on pages: made and shown once, listed, revoked."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask

from tests.support.visitors import HTTPS, Visitor, form_of, main_of


def _asks(app: Flask, token: str) -> int:
    return app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_token_is_shown_once_works_and_ends_when_it_is_revoked(
    app: Flask, visitor: Callable[..., Visitor]
) -> None:
    one = visitor("county_officer", "441403")
    assert "还没有访问令牌" in one.read("/access-tokens")
    answer = one.send("/access-tokens", label="专柜上传程序", days="30")
    shown = main_of(answer)
    found = re.search(r'<p class="receipt break">(\S+)</p>', shown)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert found is not None
    secret = found[1]
    assert _asks(app, secret) == 200
    listed = one.read("/access-tokens")
    assert "专柜上传程序" in listed
    assert secret not in listed
    path = re.search(r'action="(/access-tokens/[0-9a-f-]+/revocation)"', listed)
    assert path is not None
    assert "已撤销" in one.follow(one.send("/access-tokens", to=path[1]))
    assert _asks(app, secret) == 401


def test_nobody_revokes_the_token_of_another_account(app: Flask, visitor: Callable[..., Visitor]) -> None:
    one, other = visitor("county_officer", "441403"), visitor("county_officer", "441403")
    shown = main_of(one.send("/access-tokens", label="我的程序", days="1"))
    secret = re.findall(r'<p class="receipt break">(\S+)</p>', shown)[0]
    path = re.findall(r'action="(/access-tokens/[0-9a-f-]+/revocation)"', one.read("/access-tokens"))[0]
    hidden = form_of(other.read("/access-tokens"))
    assert other.client.post(path, data=hidden, base_url=HTTPS).status_code == 404
    assert _asks(app, secret) == 200


def test_days_and_purpose_are_checked_beside_their_fields(visitor: Callable[..., Visitor]) -> None:
    one = visitor("county_officer", "441403")
    refused = one.send("/access-tokens", label="", days="400")
    assert refused.status_code == 422
    assert main_of(refused).count(' wrong">') == 2
    assert "还没有访问令牌" in one.read("/access-tokens")
