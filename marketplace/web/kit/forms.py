"""A form of a page: what is asked, what was typed, what is wrong with it. Its rules are those of the API's schema.

A refused form comes back with everything that was typed, each complaint at its field. It carries a token against other sites, a
key by which sending it twice is sending it once, and, where something is edited, the version that was seen: if somebody else
changed it meanwhile, both versions are shown and the person decides.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any, Final

from flask import request
from marshmallow import Schema, ValidationError, fields, missing, validate
from werkzeug.datastructures import MultiDict

from marketplace.core import messages
from marketplace.core.errors import DomainError, Forbidden, InvalidMany, KeyReused, PreconditionFailed
from marketplace.core.http.concurrency import name_version
from marketplace.core.http.fields import BasisPoints, Line, Prose
from marketplace.core.http.locale import request_locale
from marketplace.core.http.problems import detail_of, field_problems
from marketplace.web.kit import csrf
from marketplace.web.kit.reading import as_json, as_text, is_money, is_thousandths, tree_of

KEY: Final = "idempotency_key"
VERSION: Final = "version"
TRY: Final = "try"
"""The name of the button that asks what would come of a form."""
RESERVED: Final = frozenset({csrf.FIELD, KEY, VERSION, TRY})


class Form:
    """One form of one answer. Templates read it through the macros of `macros/forms.html`.

    `prefix` begins the ids of its fields; of two forms on one page it must differ.
    """

    prefix = "f"

    def __init__(self, schema: type[Schema] | Schema, typed: MultiDict[str, str] | None = None) -> None:
        self.schema = schema() if isinstance(schema, type) else schema
        self.typed = typed
        self.key = uuid.uuid4().hex
        self.version: str | None = None
        self.errors: dict[str, list[str]] = {}
        self.refusal: DomainError | None = None
        self.message = ""
        self.is_conflict = False  # somebody else changed the thing while this form was open
        self.was_sent_before = False  # the same form, with other content, was taken already (back button)
        self.titles: dict[str, str] = {}  # of the fields that the page shows, told by the macros
        self._begins_with: dict[str, Any] = {}

    @classmethod
    def sent(cls, schema: type[Schema] | Schema) -> Form:
        """The form of this POST. A schema whose files are larger than other requests may be says so as `most_bytes`."""
        most_bytes = getattr(schema, "most_bytes", None)
        if most_bytes is not None:
            request.max_content_length = most_bytes
        form = cls(schema, request.form)
        form.key = request.form.get(KEY, "") or form.key
        form.version = request.form.get(VERSION) or None
        if form.version:
            name_version(form.version[:20])
        return form

    # What the route does.

    def load(self, kept: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What was sent, as the schema loads it; InvalidMany with a problem for each field that it refuses.

        `kept`: ids of files that came with the form, by field; they stand beside those sent as ids.
        """
        body = as_json(self.schema, tree_of(request.form, RESERVED))
        for name, ids in (kept or {}).items():
            body[name] = [*body.get(name, ()), *ids] if isinstance(ids, list) else ids
        try:
            loaded: dict[str, Any] = self.schema.load(body)
        except ValidationError as error:
            raise InvalidMany(fields=field_problems(error.messages)) from error
        return loaded

    def body_hash(self) -> bytes:
        """A hash of the content sent: the same form sent twice is the same request."""
        digest = hashlib.sha256()
        for name, texts in sorted(request.form.lists()):
            if name not in {csrf.FIELD, KEY}:
                digest.update(repr((name, texts)).encode("utf-8", "backslashreplace"))
        for name, sent in sorted(request.files.items(multi=True), key=lambda item: item[0]):
            digest.update(repr((name, sent.filename)).encode("utf-8", "backslashreplace"))
            digest.update(hashlib.sha256(sent.stream.read()).digest())
            sent.stream.seek(0)
        return digest.digest()

    def take_in(self, error: DomainError) -> str:
        """Take a refusal in, complaints at fields to their fields and the rest above the form; all of it as one text."""
        language = request_locale()
        self.refusal = error
        for problem in error.fields:
            name = self._place(problem.pointer)
            text = messages.field_message(problem.code, problem.message, language, error.extra)
            self.errors.setdefault(name, []).append(text)
        self.is_conflict = isinstance(error, PreconditionFailed)
        self.was_sent_before = isinstance(error, KeyReused)
        if not (error.fields and isinstance(error, InvalidMany)):
            self.message = detail_of(error)
        # A new attempt is a new request, whatever became of this one.
        self.key = uuid.uuid4().hex
        told = [self.message, *(text for texts in self.errors.values() for text in texts)]
        return "、".join(dict.fromkeys(filter(None, told)))

    def _place(self, pointer: str) -> str:
        """The name of the field at a pointer; of a mapping's entry the schema says apart what is wrong with key and value."""
        *path, last = pointer.strip("/").split("/")
        is_entry = last in ("key", "value") and len(path) > 1 and isinstance(self.field(path[0]), fields.Dict)
        return ".".join(path if is_entry else [*path, last])

    @property
    def is_stale(self) -> bool:
        """Whether the page was too old to be believed: its token was of an earlier session."""
        return isinstance(self.refusal, Forbidden) and self.refusal.code == "csrf"

    # What the page fills in.

    def fill(self, thing: Any = None, version: int | None = None, **values: Any) -> Form:
        """Begin with the values of `thing` (an object or a mapping) and `values`; what was typed goes before them.

        `version` is the row's version; after a conflict the present one, which the next attempt names.
        """
        for name, field in self.schema.load_fields.items():
            key = field.data_key or name
            if key in values:
                self._begins_with[key] = values[key]
            elif isinstance(thing, Mapping) and key in thing:
                self._begins_with[key] = thing[key]
            elif (
                thing is not None
                and not isinstance(thing, Mapping)
                and hasattr(thing, field.attribute or name)
            ):
                self._begins_with[key] = getattr(thing, field.attribute or name)
        self._begins_with |= {name: value for name, value in values.items() if "." in name}
        if version is not None:
            self.version = str(version)
        return self

    # What the macros read.

    def field(self, name: str) -> Any:
        """The schema's field at a name with dots; None where there is none."""
        here: Any = None
        schema: Any = self.schema
        for step in name.split("."):
            if isinstance(here, fields.Dict):
                here = here.value_field
            elif step.isdigit():
                here = getattr(here, "inner", here)
            else:
                here = schema.load_fields.get(step) if schema is not None else None
            inner = getattr(here, "inner", here)
            schema = inner.schema if isinstance(inner, fields.Nested) else None
        return here

    def values(self, name: str) -> list[str]:
        """The texts that a field shows: what was typed, else what it begins with, else the schema's default."""
        if self.typed is not None:
            return self.typed.getlist(name)
        value = self._begin(name)
        shown = as_text(self.field(name), value)
        return shown if isinstance(shown, list) else [shown]

    def value(self, name: str) -> str:
        """The one text that a field shows; passwords are never shown again."""
        shown = self.values(name)
        return str(shown[-1]) if shown else ""

    def present(self, name: str) -> str | None:
        """After a conflict: what the field holds now, where it is not what was typed; else None."""
        if not self.is_conflict or name not in self._begins_with:
            return None
        shown = as_text(self.field(name), self._begins_with[name])
        texts = shown if isinstance(shown, list) else [shown]
        return None if texts == self.values(name) else "、".join(map(str, texts))

    def _begin(self, name: str) -> Any:
        if name in self._begins_with:
            return self._begins_with[name]
        first, _, rest = name.partition(".")
        here: Any = self._begins_with.get(first)
        for step in rest.split(".") if rest else ():
            if isinstance(here, Mapping):
                here = here.get(step)
            elif isinstance(here, list | tuple):
                here = here[int(step)] if step.isdigit() and int(step) < len(here) else None
            else:
                here = getattr(here, step, None)
        if here is None and (field := self.field(name)) is not None:
            default = field.load_default
            return None if default is missing or callable(default) else default
        return here

    def spec(self, name: str) -> dict[str, Any]:
        """What the browser may be told of a field: kind of input, whether it is required, lengths. The schema decides."""
        field = self.field(name)
        inner = getattr(field, "inner", field)
        told: dict[str, Any] = {"type": "text", "required": bool(field is not None and field.required)}
        if isinstance(inner, Prose):
            told |= {"type": "textarea", "maxlength": inner.longest}
        elif isinstance(inner, Line):
            told |= {"maxlength": inner.longest}
        elif is_money(inner) or is_thousandths(inner):
            told |= {"inputmode": "decimal", "unit": "yuan" if is_money(inner) else ""}
        elif isinstance(inner, BasisPoints):
            told |= {"inputmode": "decimal", "unit": "percent"}
        elif isinstance(inner, fields.Boolean):
            told |= {"type": "checkbox"}
        elif isinstance(inner, fields.Integer):
            told |= {"inputmode": "numeric"}
        elif isinstance(inner, fields.AwareDateTime):
            told |= {"type": "datetime-local"}
        elif isinstance(inner, fields.Date):
            told |= {"type": "date"}
        if inner is not None and inner.metadata.get("format") == "password":
            told |= {"type": "password"}
        for rule in getattr(inner, "validators", ()):
            if isinstance(rule, validate.Length) and rule.max is not None:
                told.setdefault("maxlength", rule.max)
        return told
