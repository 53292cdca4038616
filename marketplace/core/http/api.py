"""flask-smorest with our habits: strict JSON, unknown names refused, errors of our one shape, documents of every route."""

from __future__ import annotations

import functools
from typing import Any

import flask
from flask_smorest import Api, Blueprint
from marshmallow import RAISE, Schema, fields
from webargs.core import missing
from webargs.flaskparser import FlaskParser

from marketplace.core.http import strict_json
from marketplace.core.http.examples import example_attribute


class ProblemField(Schema):
    """One field that breaks a rule."""

    pointer = fields.String(metadata={"example": "/lines/0/quantity"})
    code = fields.String(metadata={"example": "invalid"})
    message = fields.String(metadata={"example": "应为整数"})


class Problem(Schema):
    """RFC 9457 problem details; `code` is stable, `detail` is for people."""

    type = fields.String(metadata={"example": "about:blank"})
    title = fields.String(metadata={"example": "内容不符合规则"})
    status = fields.Integer(metadata={"example": 422})
    detail = fields.String()
    code = fields.String(metadata={"example": "invalid"})
    request_id = fields.String()
    errors = fields.List(fields.Nested(ProblemField))


@functools.cache
def _instance(schema: type[Schema]) -> Schema:
    return schema()


class StrictParser(FlaskParser):
    """Unknown names are refused everywhere; JSON is read by `strict_json`; query and form texts are checked too."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012 - webargs declares it so
        "json": None,
        "form": None,
        "json_or_form": None,
        "querystring": RAISE,
        "query": RAISE,
        "headers": None,
        "cookies": None,
        "files": RAISE,
    }

    def _get_schema(self, argmap: Any, req: flask.Request) -> Schema:
        """One instance per schema class for all requests: a schema keeps nothing of what it loads, and making one is dear."""
        return _instance(argmap) if isinstance(argmap, type) else super()._get_schema(argmap, req)

    def load_json(self, req: flask.Request, schema: Any) -> Any:
        """The body as JSON; absent when there is none."""
        raw = req.get_data(cache=True)
        return strict_json.loads(raw) if raw else missing

    def load_querystring(self, req: flask.Request, schema: Any) -> Any:
        """Query arguments; a text no database takes is a 400, a name given twice likewise."""
        for name, values in req.args.lists():
            strict_json.check_text(name)
            for value in values:
                strict_json.check_text(value)
        return super().load_querystring(req, schema)


# What permissions are called; the application fills it in before it registers the blueprints, since roles lie above.
permission_titles: dict[str, str] = {}


class ApiBlueprint(Blueprint):
    """A slice's routes under /api/v1."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, import_name: str, description: str) -> None:
        super().__init__(name, import_name, url_prefix="/api/v1", description=description)
        self._prepare_doc_cbks.append(self._prepare_guard_doc)

    def arguments(self, schema: Any, **kwargs: Any) -> Any:
        """As smorest's, with one schema instance for all requests: building one costs more than a small load."""
        return super().arguments(schema() if isinstance(schema, type) else schema, **kwargs)

    @staticmethod
    def _prepare_guard_doc(doc: dict[str, Any], doc_info: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Write into the document who may call, and that a key is needed."""
        guard = doc_info.get("guard")
        if guard is None:
            return doc
        if guard["anonymous"]:
            doc["security"] = []
        if guard["permission"]:
            doc["x-permission"] = guard["permission"]
            title = permission_titles.get(guard["permission"])
            if title:
                doc["description"] = "\n\n".join(filter(None, (doc.get("description"), f"所需权限:{title}")))
        if guard["idempotent"]:
            doc.setdefault("parameters", []).append(
                {
                    "in": "header",
                    "name": "Idempotency-Key",
                    "required": True,
                    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
                    "description": "同一键与同一内容只生效一次",
                    "example": "7f0c2a1e-order-1",
                }
            )
        return doc


class MarketplaceApi(Api):
    """Errors are handled for the whole application by `problems`, never by smorest (pages stay HTML)."""

    ERROR_SCHEMA = Problem

    def _register_responses(self) -> None:
        """As smorest's; before anything is described, every value to come is given an example."""
        self.ma_plugin.converter.add_attribute_function(example_attribute)
        super()._register_responses()

    def _register_error_handlers(self) -> None:
        """None: see `marketplace.core.http.problems.install`."""
