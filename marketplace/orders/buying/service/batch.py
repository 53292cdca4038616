"""Approving many purchase requests at once: each on its own, in a transaction of its own, so that none hides behind another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.core.actor import Actor
from marketplace.core.db import transaction
from marketplace.core.errors import DomainError
from marketplace.orders.buying.service import deciding


@dataclass(frozen=True, slots=True)
class Seen:
    """A request and the step of it that the approver saw."""

    number: str
    round: int
    step: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one: the state it is in now, or why it was not approved."""

    number: str
    state: str | None = None
    refusal: DomainError | None = None


def approve_each(actor: Actor, seen: Sequence[Seen], opinion: str | None) -> list[Outcome]:
    """Approve them one by one, in their order; refusals of `deciding.decide` are told, not raised.

    Called outside a transaction. The same batch again finds its own decisions and changes nothing.
    """
    return [_approve(actor, one, opinion) for one in seen]


def _approve(actor: Actor, one: Seen, opinion: str | None) -> Outcome:
    try:
        with transaction() as session:
            request = deciding.decide(
                session, actor, one.number, round_no=one.round, step=one.step, approve=True, opinion=opinion
            )
            return Outcome(one.number, state=request.state)
    except DomainError as refused:
        return Outcome(one.number, refusal=refused)
