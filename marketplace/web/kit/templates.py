"""Templates, compiled once for each language: a text that stands in a template is in its code as it is said.

A list says the same few words in each of its hundreds of cells; to look them up each time cost more than all else in the cells.
What is said of a value (`_(entry.title)`) or has names to fill in is still looked up when it is said.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.visitor import NodeTransformer

from marketplace.core.http.locale import request_locale
from marketplace.core.messages import Locale
from marketplace.web.kit import words


class Templates(Environment):
    """Flask's environment; the template that it finds is the one in the language of the request.

    Filters and globals are those of all languages; what is added to them counts in each.
    """

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        # None in the environment of one language: what is loaded there is asked for, and compiled, by its requests alone.
        self._by_language: dict[Locale, Templates] | None = {}

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - jinja2 calls it so
    ) -> Template:
        """The template in the language of the request; jinja2's TemplateNotFound for none."""
        if self._by_language is None:
            return super().get_template(name, parent, globals)
        language = request_locale()
        if language not in self._by_language:
            self._by_language[language] = self._of_one_language()
        return self._by_language[language].get_template(name, parent, globals)

    def compile(self, source: Any, *names: Any, **options: Any) -> Any:
        """The code of a template; of one language its own texts are said already."""
        if self._by_language is None and isinstance(source, str):
            source = _Said().visit(self.parse(source, *names[:2]))
        return super().compile(source, *names, **options)

    def _of_one_language(self) -> Templates:
        own = self.overlay()
        own._by_language = None
        return own


class _Said(NodeTransformer):
    """Puts what `_("…")` says of a constant text in the place of the call."""

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - the visitor finds it by the node's name
        """A call whose arguments are one constant becomes a constant; any other stays, its parts looked through."""
        self.generic_visit(node)
        is_said = isinstance(node.node, nodes.Name) and node.node.name == "_"
        if is_said and len(node.args) == 1 and not (node.kwargs or node.dyn_args or node.dyn_kwargs):
            text = node.args[0]
            if isinstance(text, nodes.Const):
                return nodes.Const(words.say(text.value), lineno=node.lineno)
        return node
