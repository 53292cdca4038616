"""What waits for somebody at a buyer, counted once a request in one statement: the menu says it, and the first page does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from flask import g
from sqlalchemy import Select, literal, select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.orders.buying.service.request_lists import count_to_decide
from marketplace.orders.service.consenting import count_waiting


@dataclass(frozen=True)
class Waiting:
    """Purchases that wait for one's approval, moves of orders that wait for one's consent."""

    approvals: int
    moves: int


def waiting(session: Session, actor: Actor) -> Waiting:
    """Both for this request's reader; 0 for what the reader's role never has."""
    if "buyers_waiting" not in g:
        g.buyers_waiting = Waiting(*session.execute(_counting(actor)).one())
    found: Waiting = g.buyers_waiting
    return found


@lru_cache(maxsize=256)
def _counting(actor: Actor) -> Select[int, int]:
    """Kept for who turns pages: to build it takes longer than to ask it. Other grants are another key."""
    return select(
        count_to_decide(actor) if actor.may("orders.read") else literal(0),
        count_waiting(actor) if actor.may("orders.reattribute") else literal(0),
    )


def approvals_waiting(session: Session, actor: Actor) -> int:
    """Purchases that wait for this person's approval."""
    return waiting(session, actor).approvals


def consents_waiting(session: Session, actor: Actor) -> int:
    """Moves of orders that wait for this person's consent."""
    return waiting(session, actor).moves
