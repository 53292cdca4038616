"""The documentation page: ours alone, under a policy without inline scripts."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.core import apidocs


@pytest.fixture
def client() -> FlaskClient:
    app = Flask("docs")
    app.register_blueprint(apidocs.blueprint)
    return app.test_client()


def test_everything_the_page_names_is_served_by_us(client: FlaskClient) -> None:
    page = client.get("/api/docs").get_data(as_text=True)
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert [name for name in named if "://" in name] == []
    files = [name for name in named if name != "v1/openapi.json"]
    statuses = []
    for name in files:
        with client.get("/api/" + name) as response:
            statuses.append((name, response.status_code))
    assert statuses == [
        ("docs/static/vendor/swagger-ui/favicon-32x32.png", 200),
        ("docs/static/vendor/swagger-ui/swagger-ui.css", 200),
        ("docs/static/vendor/swagger-ui/swagger-ui-bundle.js", 200),
        ("docs/static/start.js", 200),
    ]


def test_the_page_has_no_inline_script_and_forbids_them(client: FlaskClient) -> None:
    with client.get("/api/docs") as response:
        policy = response.headers["Content-Security-Policy"]
        page = response.get_data(as_text=True)
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"\son\w+=|\sstyle=", page) == []
