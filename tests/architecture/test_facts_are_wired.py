"""A fact that nobody hears is a sale that nobody attributes. What only features hear is listed, name by name."""

import ast
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from marketplace.core import facts, jobs
from marketplace.wiring import FACTS
from wsgi import FEATURES

# The slices publish these for whoever stands on top: they keep no figures, so a process without such a feature loses nothing.
FOR_FEATURES = {"ProductsChanged", "AgreementsChanged", "ListingsChanged", "StockTurned"}
ROOT = Path(__file__).resolve().parents[2]


def calls_of(name: str) -> Iterator[ast.Call]:
    """Every call in the code of a function of that name."""
    for path in ROOT.glob("marketplace/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] == name:
                yield node


def test_every_fact_is_heard_by_a_slice_or_is_one_of_those_kept_for_features() -> None:
    assert {fact.__name__ for fact, handlers in FACTS.items() if not handlers} == FOR_FEATURES


def test_every_fact_kept_for_features_is_heard_as_soon_as_there_is_a_feature(app: Flask) -> None:
    unheard = {fact.__name__ for fact, handlers in facts._subscriptions.items() if not handlers}
    assert unheard == (set() if FEATURES else FOR_FEATURES)


def test_the_facts_that_the_code_publishes_are_those_that_the_composition_knows(app: Flask) -> None:
    published = {
        ast.unparse(argument.func).rsplit(".", 1)[-1]
        for call in calls_of("publish")
        for argument in call.args[1:]
        if isinstance(argument, ast.Call)
    }
    assert published == {fact.__name__ for fact in facts.known()}


def test_every_kind_of_job_that_is_asked_for_has_a_handler(app: Flask) -> None:
    asked = {
        call.args[1].value
        for call in calls_of("enqueue")
        if len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
    }
    assert asked - set(jobs._handlers) == set()
