"""A fact that nobody hears is a sale that nobody attributes."""

import ast
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from marketplace.core import facts, jobs

ROOT = Path(__file__).resolve().parents[2]


def calls_of(name: str) -> Iterator[ast.Call]:
    """Every call in the code of a function of that name."""
    for path in ROOT.glob("marketplace/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] == name:
                yield node


def test_every_fact_the_composition_knows_has_somebody_who_hears_it(app: Flask) -> None:
    assert {fact.__name__ for fact, handlers in facts._subscriptions.items() if not handlers} == set()


def test_every_fact_that_is_published_by_name_is_known_to_the_composition(app: Flask) -> None:
    published = {
        ast.unparse(argument.func).rsplit(".", 1)[-1]
        for call in calls_of("publish")
        for argument in call.args[1:]
        if isinstance(argument, ast.Call)
    }
    assert published - {fact.__name__ for fact in facts.known()} == set()


def test_every_kind_of_job_that_is_asked_for_has_a_handler(app: Flask) -> None:
    asked = {
        call.args[1].value
        for call in calls_of("enqueue")
        if len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
    }
    assert asked - set(jobs._handlers) == set()
