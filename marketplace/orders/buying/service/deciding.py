"""Deciding a step of a purchase request; the last one places the order in the name of who asked."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.service import identity
from marketplace.accounts.service.inbox import notify
from marketplace.catalogue.models import Listing, StockItem
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, OutOfStock
from marketplace.orders.buying.models import PurchaseDecision, PurchaseRequest
from marketplace.orders.buying.rules.approval import REQUEST
from marketplace.orders.buying.service.delegation import stand_in_for
from marketplace.orders.buying.service.request_steps import tell_next, wait_for_step
from marketplace.orders.buying.service.requests import (
    basket_of,
    end,
    lock_request,
    wanted_of,
)
from marketplace.orders.service.basket import Basket
from marketplace.orders.service.checkout import appraise, beyond_plan, place


def decide(
    session: Session,
    actor: Actor,
    number: str,
    *,
    round_no: int,
    step: int,
    approve: bool,
    opinion: str | None = None,
) -> PurchaseRequest:
    """Approve the step that the decider saw, or return the request to who asked with an opinion.

    The last approval places the order; when that cannot be (a price changed, stock is short), the request goes back with the
    reason in `sent_back`. The same decision by the same account again changes nothing. Conflict (`request_over`,
    `request_lapsed`, `step_passed`), Forbidden (`same_person`, `not_your_step`), Invalid (`opinion`), NotFound.
    """
    request = lock_request(session, number)
    if _decided_already(session, actor, request, round_no, step, approve=approve):
        return request
    if request.state != "submitted" and may_see(actor, request):
        raise Conflict("request_over", "该采购申请不在审批中", state=request.state)
    in_place_of = _require_decider(session, actor, request)
    if utcnow() >= request.lapses_at:
        raise Conflict("request_lapsed", "该采购申请已过期")
    if (request.round, request.step) != (round_no, step):
        raise Conflict("step_passed", "该步骤已办理，请刷新", round=request.round, step=request.step)
    if not approve and not opinion:
        raise Invalid("opinion", "退回应说明意见", pointer="/opinion")
    actor.require_other_person(
        request.asked_by_person, *_deciders(session, request), what="经办人与各步审核人"
    )
    session.add(
        PurchaseDecision(
            request_id=request.id,
            round=round_no,
            step=step,
            kind=request.steps[step]["kind"],
            decision="approved" if approve else "returned",
            opinion=opinion,
            by_account=actor.account_id,
            by_person=actor.person_id,
            for_account=in_place_of,
            asked_by_person=request.asked_by_person,
            at=utcnow(),
        )
    )
    session.flush()
    _go_on(session, request, approve=approve)
    audit.record(
        session, actor, f"orders.purchase_request.{'approved' if approve else 'returned'}",
        "purchase_request", request.number, area_code=request.buyer_area,
        detail={"round": round_no, "step": step, "state": request.state},
    )  # fmt: skip
    return request


def _go_on(session: Session, request: PurchaseRequest, *, approve: bool) -> None:
    if not approve:
        _send_back(session, request, {"code": "returned"})
    elif request.step + 1 < len(request.steps):
        wait_for_step(request, request.step + 1)
        session.flush()
        tell_next(session, request)
        return
    else:
        _place(session, request)
    notify(
        session, "purchase_decided", "purchase_request", request.number,
        account_id=request.asked_by, detail={"state": request.state, "round": request.round},
    )  # fmt: skip


def _place(session: Session, request: PurchaseRequest) -> None:
    """Order it as who asked. What stands against it is looked for first, because a refusal half-way undoes the approval too."""
    asker = identity.actor_of_id(session, request.asked_by)
    basket = basket_of(request)
    if asker is None:
        _send_back(session, request, {"code": "account_disabled"})
        return
    try:
        _, quotes, buyer = appraise(session, asker, basket, utcnow())
        beyond_plan(session, buyer, basket, wanted_of(basket, quotes), utcnow())
        _require_stock(session, basket)
    except DomainError as refused:
        _send_back(session, request, {"code": refused.code, **refused.extra})
        return
    placed = place(session, asker, basket, is_approved=True)
    request.checkout_number = placed.number
    end(session, request, "placed")


def _require_stock(session: Session, basket: Basket) -> None:
    wanted = {line.listing_id: line.quantity for line in basket.lines}
    free = session.execute(
        select(Listing.id, StockItem.on_hand - StockItem.reserved)
        .join(StockItem, StockItem.id == Listing.stock_item_id)
        .where(Listing.id.in_(wanted))
    )
    short = sorted(str(key) for key, units in free if units < wanted[key])
    if short:
        raise OutOfStock("out_of_stock", "库存不足", listings=short)


def _send_back(session: Session, request: PurchaseRequest, why: dict[str, Any]) -> None:
    REQUEST.require(request.state, "returned")
    request.state, request.sent_back = "returned", why
    request.waits_for_role = request.waits_for_account = None
    request.waits_since = utcnow()
    session.flush()


def _deciders(session: Session, request: PurchaseRequest) -> list[uuid.UUID]:
    return list(
        session.scalars(
            select(PurchaseDecision.by_person).where(
                PurchaseDecision.request_id == request.id, PurchaseDecision.round == request.round
            )
        )
    )


def _decided_already(
    session: Session, actor: Actor, request: PurchaseRequest, round_no: int, step: int, *, approve: bool
) -> bool:
    found = session.scalar(
        select(PurchaseDecision.decision).where(
            PurchaseDecision.request_id == request.id,
            PurchaseDecision.round == round_no,
            PurchaseDecision.step == step,
            PurchaseDecision.by_account == actor.account_id,
        )
    )
    return found == ("approved" if approve else "returned")


def _require_decider(session: Session, actor: Actor, request: PurchaseRequest) -> uuid.UUID | None:
    """Raise unless the actor decides the present step; the account in whose place, if in somebody's."""
    if may_decide(actor, request):
        return None
    principal = next((one for one in stand_in_for(session, actor) if may_decide(one, request)), None)
    if principal is not None:
        if principal.person_id in (request.asked_by_person, *_deciders(session, request)):
            raise Forbidden("same_person", "经办人与审核人不能是同一人")
        return principal.account_id
    if not may_see(actor, request):
        raise NotFound
    raise Forbidden("not_your_step", "该步骤不由您办理")


def may_decide(actor: Actor, request: PurchaseRequest) -> bool:
    """Whether the present step is this account's, as the one named or by its role; whose person it is, is asked apart."""
    if request.waits_for_account is not None:
        return request.waits_for_account == actor.account_id
    owners = (request.buyer_id, request.rule_organisation_id)
    return request.waits_for_role is not None and any(
        held.role == request.waits_for_role and held.covers(request.buyer_area, owners) for held in actor.held
    )


def may_see(actor: Actor, request: PurchaseRequest) -> bool:
    """Whether the request is the actor's own, or of an organisation whose orders it reads."""
    return request.asked_by == actor.account_id or actor.may_on(
        "orders.read",
        area=request.buyer_area,
        owners=(request.buyer_id, request.rule_organisation_id),
    )
