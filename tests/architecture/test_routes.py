"""Every route says who may call it, and the API's description lists every route."""

import re

import pytest
from flask import Flask
from werkzeug.routing import Rule

from marketplace.accounts.permission_titles import PERMISSIONS
from marketplace.accounts.permissions import ROLES
from marketplace.core.http.endpoint import Guard
from scripts.role_route_matrix import FILE, table

# Files, and the description of the API itself: they hold nothing of anybody.
UNGUARDED = {"static", "api_docs.static", "api-docs.openapi_json"}
# What is open to everybody outside the API; inside it the reviewed matrix says so.
OPEN = {
    "GET /",
    "GET /api/docs",
    "GET /bulletins",
    "GET /bulletins/<number>",
    "GET /certificates",
    "GET /certified",
    "GET /certified/<uuid:certificate_id>",
    "GET /healthz",
    "GET /help",
    "GET /metrics",
    "GET /notices",
    "GET /notices/<number>",
    "GET /notices/<number>/objection",
    "GET /objections",
    "GET /readyz",
    "GET /sign-in",
    "GET /styleguide",  # not in production
    "GET /goods/<uuid:listing_id>",
    "GET /search",
    "GET /search/suggestions",
    "GET /trace/<uuid:product_id>",
    "GET /wall",  # shows nothing without a screen's key
    "GET /wall/key",
    "POST /wall/key",
    "POST /notices/<number>/objection",
    "POST /sign-in",
    "POST /styleguide",
}


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def guards(app: Flask) -> dict[str, Guard | None]:
    return {
        f"{method} {rule.rule}": getattr(app.view_functions[rule.endpoint], "guard", None)
        for rule in app.url_map.iter_rules()
        for method in methods(rule)
        if rule.endpoint not in UNGUARDED
    }


def test_every_route_declares_its_guard(app: Flask) -> None:
    assert [route for route, guard in guards(app).items() if not isinstance(guard, Guard)] == []


def test_every_permission_a_route_asks_for_exists_and_somebody_holds_it(app: Flask) -> None:
    asked = {guard.permission for guard in guards(app).values() if guard and guard.permission}
    held = {permission for role in ROLES for permission in role.permissions}
    assert asked - set(PERMISSIONS) == set()
    assert asked - held == set()


def test_every_permission_of_a_role_is_a_known_one() -> None:
    assert {permission for role in ROLES for permission in role.permissions} - set(PERMISSIONS) == set()


def test_only_reviewed_routes_are_open_to_everybody(app: Flask) -> None:
    opened = {route for route, guard in guards(app).items() if guard and guard.anonymous}
    assert {route for route in opened if "/api/v1/" not in route} == OPEN


def test_the_reviewed_matrix_of_roles_and_routes_is_what_the_code_does(app: Flask) -> None:
    """After a change of routes or roles: python scripts/role_route_matrix.py --write, and review the difference."""
    assert table(app) == FILE.read_text(encoding="utf-8")


def test_the_openapi_document_lists_every_route_under_the_api(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    listed = {
        f"{method.upper()} /{path.strip('/')}"
        for path, item in document["paths"].items()
        for method in item
        if method in {"get", "post", "put", "patch", "delete"}
    }
    served = {
        re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", route) for route in guards(app) if "/api/v1/" in route
    }
    assert document["openapi"].startswith("3.1")
    assert served == listed


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_a_method_that_a_route_does_not_have_is_405_with_the_ones_it_has(app: Flask, method: str) -> None:
    response = getattr(app.test_client(), method)("/api/docs")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
