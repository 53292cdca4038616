"""Purchase requests as lists and one by one, and those that lapse."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    ScalarSelect,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.orm import Session

from marketplace.accounts.service.inbox import notify
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import NotFound
from marketplace.core.scope import visible
from marketplace.orders.buying.models import PurchaseDecision, PurchaseRequest
from marketplace.orders.buying.service.deciding import may_decide, may_see
from marketplace.orders.buying.service.delegation import roles_stood_in_for, stand_in_for
from marketplace.orders.buying.service.requests import end

_OWNERS = (PurchaseRequest.buyer_id, PurchaseRequest.rule_organisation_id)
_BATCH = 200


def requests_seen(
    actor: Actor, *, state: str | None = None, asked_by_me: bool = False
) -> Select[PurchaseRequest]:
    """The requests that an actor may see, unsorted, for a list paged by `request_no`."""
    mine = PurchaseRequest.asked_by == actor.account_id
    seen = visible(actor, "orders.read", area=PurchaseRequest.buyer_area, owners=_OWNERS)
    statement = select(PurchaseRequest).where(mine if asked_by_me else or_(mine, seen))
    return statement if state is None else statement.where(PurchaseRequest.state == state)


def requests_to_decide(actor: Actor) -> Select[PurchaseRequest]:
    """Those that wait for this person, also in another's place; unsorted, for a list paged by `request_no`."""
    return select(PurchaseRequest).where(PurchaseRequest.id.in_(_waiting(actor)))


def count_to_decide(actor: Actor) -> ScalarSelect[int]:
    """How many those are, to stand in a statement with other counts."""
    return select(func.count()).select_from(_waiting(actor).subquery()).scalar_subquery()


def read_request(session: Session, actor: Actor, number: str) -> PurchaseRequest:
    """One request; NotFound for none that the actor may see or decide."""
    found = session.scalars(
        select(PurchaseRequest)
        .where(PurchaseRequest.number == number)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None or not (
        may_see(actor, found) or any(may_decide(one, found) for one in (actor, *stand_in_for(session, actor)))
    ):
        raise NotFound
    return found


def decisions_of(session: Session, request_ids: Sequence[uuid.UUID]) -> list[PurchaseDecision]:
    """What was decided on them, oldest first."""
    return list(
        session.scalars(
            select(PurchaseDecision)
            .where(PurchaseDecision.request_id.in_(request_ids))
            .order_by(PurchaseDecision.request_id, PurchaseDecision.round, PurchaseDecision.step)
        )
    )


def lapse_requests(session: Session) -> int:
    """Let requests lapse whose time is over, a batch at once; how many did. What somebody decides right now is left."""
    rows = session.scalars(
        select(PurchaseRequest)
        .where(PurchaseRequest.state.in_(("submitted", "returned")), PurchaseRequest.lapses_at <= utcnow())
        .order_by(PurchaseRequest.id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for request in rows:
        end(session, request, "lapsed")
        notify(
            session, "purchase_decided", "purchase_request", request.number,
            account_id=request.asked_by, detail={"state": "lapsed", "round": request.round},
        )  # fmt: skip
    return len(rows)


def _waiting(actor: Actor) -> CompoundSelect[uuid.UUID]:
    """Ids of what waits for the person: for the account or its roles, and for those in whose place it decides."""
    own = select(PurchaseRequest.id).where(*_open_to(actor.person_id), _waits_for(actor))
    absent = roles_stood_in_for(actor).subquery()
    in_place = (
        select(PurchaseRequest.id)
        .join(
            absent,
            or_(
                PurchaseRequest.waits_for_account == absent.c.account_id,
                and_(
                    PurchaseRequest.waits_for_role == absent.c.role,
                    or_(*(owner == absent.c.organisation_id for owner in _OWNERS)),
                ),
            ),
        )
        # Four eyes: neither who decides nor who is away may have asked or decided before.
        .where(*_open_to(actor.person_id), *_open_to(absent.c.person_id))
    )
    return union(own, in_place)


def _open_to(person: uuid.UUID | ColumnElement[uuid.UUID]) -> tuple[ColumnElement[bool], ...]:
    """Submitted requests that the person has neither asked for nor decided in this round."""
    decided = exists().where(
        PurchaseDecision.request_id == PurchaseRequest.id,
        PurchaseDecision.round == PurchaseRequest.round,
        PurchaseDecision.by_person == person,
    )
    return (PurchaseRequest.state == "submitted", PurchaseRequest.asked_by_person != person, ~decided)


def _waits_for(actor: Actor) -> ColumnElement[bool]:
    by_role = [
        and_(
            PurchaseRequest.waits_for_role == held.role,
            or_(*(owner == held.organisation_id for owner in _OWNERS)),
        )
        for held in actor.held
        if held.organisation_id is not None
    ]
    return or_(PurchaseRequest.waits_for_account == actor.account_id, *by_role)
