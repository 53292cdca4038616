"""Who speaks for which party of a move of an order between budget units: one rule, asked of one move and of the list of all.

Source: docs/rules.md, "An order bound to the wrong unit".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.scope import visible
from marketplace.orders.models import Reattribution, ReattributionConsent, SalesOrder
from marketplace.orders.rules import REATTRIBUTION, REATTRIBUTION_PARTIES

_UNIT = "orders.reattribute"
_SUPERVISOR = "orders.reattribute_supervise"


def require_party(actor: Actor, row: Reattribution, party: str) -> None:
    """Forbidden unless the actor's role reaches the party: a unit for itself; for the supervisor the nearest unit above both, or
    who supervises the budgets of both areas.
    """
    if party == "supervisor" and _is_above(actor, row):
        return
    for permission, area, owners in _reaches(row, party):
        actor.require(permission, area=area, owners=owners)


def parties_open(actor: Actor, row: Reattribution, said: Sequence[ReattributionConsent]) -> list[str]:
    """The parties for which this person may still speak, given what was said; none once it has spoken for one."""
    if row.state != REATTRIBUTION.initial or any(one.person_id == actor.person_id for one in said):
        return []
    spoken = {one.party for one in said}
    return [party for party in REATTRIBUTION_PARTIES if party not in spoken and _may_speak(actor, row, party)]


def moves_waiting(actor: Actor) -> Select[Reattribution]:
    """The moves of which `parties_open` names a party, unsorted, for a paged list."""
    spoken = select(ReattributionConsent.id).where(ReattributionConsent.reattribution_id == Reattribution.id)
    open_for = [
        and_(_speaks(actor, party), ~spoken.where(ReattributionConsent.party == party).exists())
        for party in REATTRIBUTION_PARTIES
    ]
    return select(Reattribution).where(
        Reattribution.state == REATTRIBUTION.initial,
        ~spoken.where(ReattributionConsent.person_id == actor.person_id).exists(),
        or_(*open_for),
    )


def count_waiting(actor: Actor) -> ScalarSelect[int]:
    """How many those are, to stand in a statement with other counts."""
    return moves_waiting(actor).with_only_columns(func.count(), maintain_column_froms=True).scalar_subquery()


def may_withdraw(actor: Actor, row: Reattribution) -> bool:
    """Whether the actor's side asked for the move and it is still open."""
    return row.state == REATTRIBUTION.initial and actor.may_on(
        _UNIT, area=row.from_area, owners=(row.requested_by_organisation,)
    )


def may_ask(session: Session, actor: Actor, order: SalesOrder) -> bool:
    """Whether the actor may ask to move an order that it sees: its unit or its buyer, while no move of it is open."""
    if order.budget_unit_id is None or order.state == "cancelled":
        return False
    return (
        actor.may_on(_UNIT, area=order.buyer_area, owners=(order.budget_unit_id, order.buyer_id))
        and open_move(session, order) is None
    )


def open_move(session: Session, order: SalesOrder) -> Reattribution | None:
    """The move of an order that waits for consent; at most one does."""
    return session.scalars(
        select(Reattribution).where(
            Reattribution.order_id == order.id, Reattribution.state == REATTRIBUTION.initial
        )
    ).one_or_none()


def _reaches(row: Any, party: str) -> list[tuple[str, Any, tuple[Any, ...]]]:
    """Permission, area and owners that speaking for a party takes, all of them; of a move, or as columns of all."""
    if party == "old_unit":
        return [(_UNIT, row.from_area, (row.from_unit_id,))]
    if party == "new_unit":
        return [(_UNIT, row.to_area, (row.to_unit_id,))]
    return [(_SUPERVISOR, area, ()) for area in (row.from_area, row.to_area)]


def _is_above(actor: Actor, row: Reattribution) -> bool:
    return row.supervisor_id is not None and actor.may_on(
        _UNIT, area=row.from_area, owners=(row.supervisor_id,)
    )


def _may_speak(actor: Actor, row: Reattribution, party: str) -> bool:
    return (party == "supervisor" and _is_above(actor, row)) or all(
        actor.may_on(permission, area=area, owners=owners)
        for permission, area, owners in _reaches(row, party)
    )


def _speaks(actor: Actor, party: str) -> ColumnElement[bool]:
    """`_may_speak` as a condition."""
    reached = and_(
        *(
            visible(actor, permission, area=area, owners=owners)
            for permission, area, owners in _reaches(Reattribution, party)
        )
    )
    if party != "supervisor":
        return reached
    above = visible(actor, _UNIT, area=Reattribution.from_area, owners=(Reattribution.supervisor_id,))
    return or_(reached, and_(Reattribution.supervisor_id.is_not(None), above))
