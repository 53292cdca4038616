"""The description of the API shows an example of every value, within its own rules, and says who may call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask


@pytest.fixture(scope="module")
def described(app: Flask) -> dict[str, Any]:
    return dict(app.test_client().get("/api/v1/openapi.json").get_json())


def _values(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in described["components"]["schemas"].items():
        for key, value in schema.get("properties", {}).items():
            yield f"{name}.{key}", value
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            for parameter in operation.get("parameters", ()) if isinstance(operation, dict) else ():
                if "schema" in parameter and parameter["in"] == "query":
                    yield f"{method.upper()} {path}?{parameter['name']}", parameter["schema"]


def _is_scalar(value: dict[str, Any]) -> bool:
    kind = value.get("type")
    return bool({"string", "integer", "boolean", "number"} & set(kind if isinstance(kind, list) else [kind]))


def test_every_value_has_an_example(described: dict[str, Any]) -> None:
    without = [where for where, value in _values(described) if _is_scalar(value) and "example" not in value]
    assert without == []


def test_every_example_keeps_the_rules_of_its_value(described: dict[str, Any]) -> None:
    wrong = []
    for where, value in _values(described):
        if "example" in value and _is_scalar(value):
            schema = {name: rule for name, rule in value.items() if name != "example"}
            if not jsonschema_rs.is_valid(schema, value["example"]):
                wrong.append((where, value["example"]))
    assert wrong == []


def test_every_operation_says_what_it_does_and_which_permission_it_needs(described: dict[str, Any]) -> None:
    silent, unsaid = [], []
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            if not isinstance(operation, dict):
                continue
            if not operation.get("summary"):
                silent.append(f"{method.upper()} {path}")
            if operation.get("x-permission") and "所需权限:" not in operation.get("description", ""):
                unsaid.append(f"{method.upper()} {path}")
    assert silent == []
    assert unsaid == []
