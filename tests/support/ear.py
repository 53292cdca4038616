"""An ear on facts: everything of the given kinds that is published while it listens, in order, beside the usual handlers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from marketplace.app import compose
from marketplace.features import Feature
from wsgi import FEATURES


@contextmanager
def listening_to(*kinds: type) -> Iterator[list[Any]]:
    """The list that fills while the block runs; the application's own wiring afterwards."""
    heard: list[Any] = []

    def hear(session: object, fact: object) -> None:
        heard.append(fact)

    compose((*FEATURES, Feature(name="ear", facts=dict.fromkeys(kinds, (hear,)))))
    try:
        yield heard
    finally:
        compose(FEATURES)


def taken(heard: list[Any]) -> list[Any]:
    """What was heard since the last time."""
    found = heard[:]
    heard.clear()
    return found
