"""An order bound to the wrong budget unit is moved: asked for, agreed to by old unit, new unit and supervisor, then done.

Nobody moves an order alone: three different persons agree, one for each party. Source: docs/rules.md, "An order bound to the
wrong unit".
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.service.inbox import notify
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.orders.models import Reattribution, ReattributionConsent, SalesOrder
from marketplace.orders.rules import REATTRIBUTION, REATTRIBUTION_PARTIES
from marketplace.orders.service.consenting import require_party
from marketplace.orders.service.moves import area_of, consents_of, find_reattribution, nearest_above
from marketplace.orders.service.moving import dimensions_under, move, unit_on
from marketplace.orders.service.reading import lock_order, lock_order_by_id, note

_SPOKEN = AlreadyExists("already_consented", "该方已表示意见")
_REFUSALS = {
    "uq_reattribution_open": AlreadyExists("reattribution_open", "该订单已有待同意的归属调整"),
    "uq_reattribution_consent_reattribution_id_party": _SPOKEN,
    "uq_reattribution_consent_reattribution_id_person_id": _SPOKEN,
}


def request_reattribution(
    session: Session, actor: Actor, order_number: str, *, budget_unit_id: uuid.UUID, reason: str
) -> Reattribution:
    """Ask to move an order to another budget unit; by the old or the new unit that is its consent too; the buyer may ask as well.

    Conflict (`not_bound` without a unit, `same_unit`, `order_cancelled`, `reattribution_mixed`), Invalid (`not_a_budget_unit`),
    AlreadyExists (`reattribution_open`), Forbidden, and NotFound for whoever may not see the order.
    """
    order = lock_order(session, order_number)
    old_id = order.budget_unit_id
    parties = (old_id, budget_unit_id, order.buyer_id)
    acting = _acting(actor, order, parties)
    if old_id is None:
        raise Conflict("not_bound", "订单没有绑定预算单位")
    if order.state == "cancelled":
        raise Conflict("order_cancelled", "订单已取消")
    if old_id == budget_unit_id:
        raise Conflict("same_unit", "订单已归属该预算单位")
    unit = unit_on(session, budget_unit_id, order)
    dimensions_under(session, order, unit)
    row = Reattribution(
        id=uuid7(),
        arrival_id=uuid7(),
        number=readable_number("M"),
        order_id=order.id,
        from_unit_id=old_id,
        from_area=area_of(session, old_id),
        to_unit_id=budget_unit_id,
        to_area=unit.area,
        supervisor_id=nearest_above(session, old_id, budget_unit_id),
        reason=reason,
        state=REATTRIBUTION.initial,
        requested_by=actor.audit_id,
        requested_by_organisation=acting,
        requested_at=utcnow(),
    )
    with refusing(_REFUSALS):
        session.add(row)
        session.flush()
    note(session, order, "reattribution_requested", actor, row.requested_at, number=row.number)
    for organisation_id in {row.from_unit_id, row.to_unit_id, row.supervisor_id} - {None, acting}:
        notify(session, "reattribution_asked", "reattribution", row.number, organisation_id=organisation_id)
    _record(session, actor, row, "requested")
    if acting in (old_id, budget_unit_id):
        _say(session, actor, order, row, "old_unit" if acting == old_id else "new_unit", True, reason)
    return row


def consent(
    session: Session, actor: Actor, number: str, *, party: str, agree: bool, opinion: str | None
) -> Reattribution:
    """One party agrees, or refuses and ends it. The last consent moves the order, and the ledger with it, in this transaction.

    The supervisor is the nearest unit above both, or a finance supervisor over both units' areas. AlreadyExists
    (`already_consented`), Forbidden (`same_person` for a person who spoke for another party), IllegalTransition when it has
    ended, Conflict (`order_cancelled`).
    """
    order, row = _lock(session, actor, number)
    require_party(actor, row, party)
    _say(session, actor, order, row, party, agree, opinion)
    return row


def withdraw_reattribution(session: Session, actor: Actor, number: str) -> Reattribution:
    """The side that asked no longer does. IllegalTransition when it has ended."""
    order, row = _lock(session, actor, number)
    actor.require("orders.reattribute", area=row.from_area, owners=(row.requested_by_organisation,))
    _end(session, actor, order, row, "withdrawn")
    return row


def _acting(actor: Actor, order: SalesOrder, parties: Sequence[uuid.UUID | None]) -> uuid.UUID:
    for party in parties:
        if party is not None and actor.may_on("orders.reattribute", area=order.buyer_area, owners=(party,)):
            return party
    if not actor.may_on("orders.read", area=order.buyer_area, owners=parties[::2]):
        raise NotFound("order_not_found", "没有这个订单")
    actor.require("orders.reattribute", area=order.buyer_area, owners=parties)
    raise AssertionError("whoever reaches none of the parties is refused above")


def _lock(session: Session, actor: Actor, number: str) -> tuple[SalesOrder, Reattribution]:
    found = find_reattribution(session, actor, number)
    order = lock_order_by_id(session, found.order_id)
    row = session.scalars(
        select(Reattribution)
        .where(Reattribution.id == found.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    return order, row


def _say(
    session: Session,
    actor: Actor,
    order: SalesOrder,
    row: Reattribution,
    party: str,
    agree: bool,
    opinion: str | None,
) -> None:
    REATTRIBUTION.require(row.state, "done" if agree else "refused")
    said = consents_of(session, row)
    actor.require_other_person(
        *(one.person_id for one in said if one.party != party), what="同意归属调整的各方"
    )
    now = utcnow()
    with refusing(_REFUSALS):
        session.add(
            ReattributionConsent(
                id=uuid7(),
                reattribution_id=row.id,
                party=party,
                agreed=agree,
                opinion=opinion,
                account_id=actor.audit_id,
                person_id=actor.person_id,
                at=now,
            )
        )
        session.flush()
    note(session, order, "reattribution_consent", actor, now, number=row.number, party=party, agreed=agree)
    if not agree:
        _end(session, actor, order, row, "refused")
    elif {party, *(one.party for one in said)} == set(REATTRIBUTION_PARTIES):
        if order.state == "cancelled":
            raise Conflict("order_cancelled", "订单已取消")
        move(session, order, row, now)
        _end(session, actor, order, row, "done")


def _end(session: Session, actor: Actor, order: SalesOrder, row: Reattribution, state: str) -> None:
    REATTRIBUTION.require(row.state, state)
    row.state = state
    row.ended_at = utcnow()
    session.flush()
    units = {"from_unit_id": str(row.from_unit_id), "to_unit_id": str(row.to_unit_id)}
    kind = "reattributed" if state == "done" else f"reattribution_{state}"
    note(session, order, kind, actor, row.ended_at, number=row.number, **units)
    for organisation_id in {row.from_unit_id, row.to_unit_id, order.buyer_id} - {actor.organisation_id}:
        notify(
            session,
            "reattribution_decided",
            "reattribution",
            row.number,
            organisation_id=organisation_id,
            detail={"state": state},
        )
    _record(session, actor, row, state)


def _record(session: Session, actor: Actor, row: Reattribution, what: str) -> None:
    audit.record(
        session,
        actor,
        f"orders.reattribution.{what}",
        "reattribution",
        row.number,
        area_code=row.from_area,
        detail={"from_unit_id": str(row.from_unit_id), "to_unit_id": str(row.to_unit_id)},
    )
