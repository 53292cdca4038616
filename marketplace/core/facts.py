"""Facts carry news upward without upward imports.

A slice publishes what happened; slices above have subscribed. Handlers run at once, in the caller's transaction, in the order
fixed by the composition root; an error of one rolls everything back. Publishing a fact that the composition does not know is
a programming error, so a missing wire is found by the first test, not by a missing sale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

Handler = Callable[[Session, Any], None]
_subscriptions: dict[type, tuple[Handler, ...]] = {}


def compose(wiring: Mapping[type, Sequence[Handler]]) -> None:
    """Replace all subscriptions. Called once by the composition root; web, worker and commands share it."""
    _subscriptions.clear()
    _subscriptions.update({fact: tuple(handlers) for fact, handlers in wiring.items()})


def known() -> frozenset[type]:
    """The facts that the composition knows."""
    return frozenset(_subscriptions)


def publish(session: Session, *facts: object) -> None:
    """Call every handler of each fact, in order, in the caller's transaction. LookupError for a fact nobody declared."""
    for fact in facts:
        handlers = _subscriptions.get(type(fact))
        if handlers is None:
            raise LookupError(f"no wiring for {type(fact).__name__}: declare it in marketplace.wiring")
        for handle in handlers:
            handle(session, fact)
