"""A fact that nobody hears is a sale that nobody attributes."""

import ast
import importlib
import inspect
import re
from dataclasses import is_dataclass
from pathlib import Path

from flask import Flask

from marketplace.core import facts, jobs

ROOT = Path(__file__).resolve().parents[2]


def declared_facts() -> set[type]:
    found = set()
    for path in ROOT.glob("marketplace/*/facts.py"):
        if path.parent.name == "core":
            continue
        module = importlib.import_module(f"marketplace.{path.parent.name}.facts")
        published = published_names()
        found |= {
            value
            for name, value in vars(module).items()
            if inspect.isclass(value)
            and is_dataclass(value)
            and value.__module__ == module.__name__
            and name in published
        }
    return found


def published_names() -> set[str]:
    """Names of classes constructed inside a call of `publish(…)`, or assigned to what is published."""
    names: set[str] = set()
    for path in ROOT.glob("marketplace/**/*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        text = ast.unparse(tree)
        if not re.search(r"\bpublish\(", text) or path.name == "facts.py":
            continue
        names |= {
            node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
        }
    return names


def enqueued_kinds() -> set[str]:
    """The kinds of jobs that the code asks for by a literal."""
    kinds = set()
    for path in ROOT.glob("marketplace/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_call = isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
                ("enqueue", "jobs.enqueue")
            )
            if (
                is_call
                and isinstance(node, ast.Call)
                and len(node.args) > 1
                and isinstance(node.args[1], ast.Constant)
            ):
                kinds.add(node.args[1].value)
    return kinds


def test_every_published_fact_has_somebody_who_hears_it(app: Flask) -> None:
    unheard = {fact.__name__ for fact in declared_facts() if not facts._subscriptions.get(fact)}
    assert unheard == set()


def test_every_kind_of_job_that_is_asked_for_has_a_handler(app: Flask) -> None:
    assert enqueued_kinds() - set(jobs._handlers) == set()
