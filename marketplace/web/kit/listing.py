"""The state of a list is its address: filters, tab, order and place in it are query parameters, read by the API's schemas."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import request
from marshmallow import Schema, ValidationError
from werkzeug.datastructures import MultiDict

from marketplace.core.http.locale import PARAMETER
from marketplace.core.http.paging import Page
from marketplace.core.http.problems import field_problems
from marketplace.web.kit import exports
from marketplace.web.kit.forms import Form
from marketplace.web.kit.reading import as_json, tree_of


@cache
def _made(schema: type[Schema]) -> Schema:
    """A list only reads with its schema, so all of them read with one: to make it costs three times what reading does."""
    return schema()


@lru_cache(maxsize=4_096)
def _written(name: str, text: str) -> str:
    """A parameter as addresses have it; a page of results writes some fifty addresses of the same few."""
    return urlencode([(name, text)])


class Listing(Form):
    """What a list is asked for. `args` is what the schema loads; a filter that it refuses is left out and said at its field.

    Names that the schema does not know are passed over: addresses get marks of others on their way.
    """

    prefix = "q"

    def __init__(self, schema: type[Schema] | Schema) -> None:
        asked: MultiDict[str, str] = MultiDict(
            (name, text) for name, text in request.args.items(multi=True) if name != PARAMETER
        )
        super().__init__(_made(schema) if isinstance(schema, type) else schema, asked)
        self.args = self._load(asked)
        self._asked = [(name, text) for name, text in asked.items(multi=True) if text != ""]

    def values(self, name: str) -> list[str]:
        """What the address says, else what the list begins with."""
        if self.typed is not None and name in self.typed:
            return self.typed.getlist(name)
        begun = self._begin(name)
        return [] if begun is None else [str(begun)]

    def _load(self, asked: MultiDict[str, str]) -> dict[str, Any]:
        known = {field.data_key or name for name, field in self.schema.load_fields.items()}
        tree = {name: told for name, told in tree_of(asked).items() if name in known}
        for _ in range(len(tree) + 1):
            try:
                loaded: dict[str, Any] = self.schema.load(as_json(self.schema, tree))
                return loaded
            except ValidationError as error:
                for problem in field_problems(error.messages):
                    name = problem.pointer.strip("/").partition("/")[0]
                    self.errors.setdefault(name, []).append(problem.message)
                    tree.pop(name, None)
                if not self.errors:
                    raise
        return {}

    def address(self, **changes: Any) -> str:
        """This list's address with some parameters changed (None: without it). A change of filter goes back to the start."""
        pairs = [(name, text) for name, text in self._asked if name not in changes and name != "cursor"]
        for name, value in changes.items():
            values = value if isinstance(value, list | tuple) else [value]
            pairs += [(name, str(one)) for one in values if one is not None and one != ""]
        return f"{request.path}?{'&'.join(_written(*one) for one in pairs)}" if pairs else request.path

    def without(self, name: str, text: str) -> str:
        """The address without one value of a filter that may have several."""
        return self.address(**{name: [one for one in self.values(name) if one != text]})

    def next(self, page: Page[Any]) -> str | None:
        """Where the list goes on; None at its end."""
        return self.address(cursor=page.next_cursor) if page.next_cursor else None

    @property
    def files(self) -> list[tuple[str, str]]:
        """Links to the whole list as files, for `parts.tools`; the route answers them (`kit.exports`)."""
        return [(one.upper(), self.address(**{exports.PARAMETER: one})) for one in exports.FORMATS]

    @property
    def first(self) -> str | None:
        """The beginning of the list; None for who is there."""
        return self.address(cursor=None) if request.args.get("cursor") else None

    def chips(self, *names: str) -> Iterator[tuple[str, str, str]]:
        """The filters set among `names`: name, text, address without it."""
        for name in names:
            for text in self.values(name):
                if self.typed is not None and name in self.typed and text:
                    yield name, text, self.without(name, text)
