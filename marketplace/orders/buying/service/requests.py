"""Purchase requests (采购申请): a basket frozen with its prices, sent through the steps that the rule sets for its amount."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.catalogue.service.quotes import Quote
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Forbidden
from marketplace.core.ids import readable_number, uuid7
from marketplace.core.locked import locked_row
from marketplace.orders.buying.models import ApprovalRule, PurchaseRequest
from marketplace.orders.buying.rules.approval import REQUEST, STEP_ROLES, steps_for
from marketplace.orders.buying.service import cart
from marketplace.orders.buying.service.addresses import seal, unseal
from marketplace.orders.buying.service.approval_rules import rule_for
from marketplace.orders.buying.service.request_steps import tell_next
from marketplace.orders.service.basket import Basket, Wanted
from marketplace.orders.service.buyer import Buyer
from marketplace.orders.service.checkout import appraise, beyond_plan

_TABLE, _CELL = "orders.purchase_request", "deliver_to_enc"


def submit(session: Session, actor: Actor, basket: Basket, *, note: str | None = None) -> PurchaseRequest:
    """Send a basket (with lines at the prices seen) for approval.

    Raises what a checkout raises but stock, and Conflict (`approval_not_needed`) when it may be ordered directly.
    """
    now = utcnow()
    _, quotes, buyer = appraise(session, actor, basket, now)
    rule, total_fen = _needed(session, buyer, basket)
    request_id = uuid7()
    request = PurchaseRequest(
        id=request_id,
        number=readable_number("Q"),
        buyer_id=buyer.id,
        buyer_area=buyer.area,
        state="submitted",
        round=0,
        deliver_to_enc=seal(_TABLE, _CELL, request_id, basket.deliver_to),
        terms=_terms(basket),
        note=note,
        asked_by=actor.account_id,
        asked_by_person=actor.person_id,
        asked_at=now,
        warnings=_beyond(session, buyer, basket, quotes),
        **_sent(rule, basket, quotes, total_fen),
    )
    session.add(request)
    session.flush()
    _begin_round(session, actor, request)
    return request


def submit_cart(
    session: Session, actor: Actor, basket: Basket, total_fen: int, *, note: str | None = None
) -> PurchaseRequest:
    """The ticked lines of the cart as a request; they leave the cart in this transaction. Raises as `cart.check_out`."""
    lines = cart.take_ticked(session, actor, total_fen)
    return submit(session, actor, replace(basket, lines=lines), note=note)


def resubmit(
    session: Session, actor: Actor, number: str, lines: Sequence[Wanted], *, note: str | None = None
) -> PurchaseRequest:
    """Send a returned request again with these lines and prices: a new round from the first step of what it costs now."""
    request = lock_request(session, number)
    _require_asker(actor, request)
    REQUEST.require(request.state, "submitted")
    now = utcnow()
    basket = basket_of(request, lines)
    _, quotes, buyer = appraise(session, actor, basket, now)
    rule, total_fen = _needed(session, buyer, basket)
    for name, value in _sent(rule, basket, quotes, total_fen).items():
        setattr(request, name, value)
    request.warnings = _beyond(session, buyer, basket, quotes)
    request.state = "submitted"
    request.round += 1
    request.sent_back = {}
    if note is not None:
        request.note = note
    session.flush()
    _begin_round(session, actor, request)
    return request


def withdraw(session: Session, actor: Actor, number: str) -> PurchaseRequest:
    """Take an own request back while it is undecided or returned."""
    request = lock_request(session, number)
    _require_asker(actor, request)
    end(session, request, "withdrawn")
    audit.record(session, actor, "orders.purchase_request.withdrawn", "purchase_request", request.number)
    return request


def end(session: Session, request: PurchaseRequest, state: str) -> None:
    """Take the request to its end; it keeps nobody's address. IllegalTransition (409) when the table has no such step."""
    REQUEST.require(request.state, state)
    request.state, request.ended_at, request.deliver_to_enc = state, utcnow(), None
    request.waits_for_role = request.waits_for_account = None
    session.flush()


def lock_request(session: Session, number: str) -> PurchaseRequest:
    """The request, locked until the end of the transaction. NotFound for none."""
    session.flush()
    return locked_row(session, select(PurchaseRequest).where(PurchaseRequest.number == number))


def basket_of(request: PurchaseRequest, lines: Sequence[Wanted] | None = None) -> Basket:
    """The request as a checkout, with its own lines or others."""
    if lines is None:
        lines = [
            Wanted(uuid.UUID(line["listing_id"]), line["quantity"], line["unit_price_fen"])
            for line in request.lines
        ]
    terms = dict(request.terms)
    for name in ("budget_unit_id", "broker_id"):
        terms[name] = uuid.UUID(terms[name]) if terms[name] else None
    deliver_to = unseal(_TABLE, _CELL, request.id, request.deliver_to_enc)
    return Basket(buyer_id=request.buyer_id, lines=lines, deliver_to=deliver_to, **terms)


def _begin_round(session: Session, actor: Actor, request: PurchaseRequest) -> None:
    tell_next(session, request)
    audit.record(
        session, actor, "orders.purchase_request.submitted", "purchase_request", request.number,
        area_code=request.buyer_area, detail={"round": request.round, "total_fen": request.total_fen},
    )  # fmt: skip


def _needed(session: Session, buyer: Buyer, basket: Basket) -> tuple[ApprovalRule, int]:
    """The rule that asks for approval of this sum."""
    total_fen = sum(line.quantity * line.unit_price_fen for line in basket.lines)
    rule = rule_for(session, buyer.id, utcnow())
    if rule is None or total_fen <= rule.direct_up_to_fen:
        raise Conflict("approval_not_needed", "无需审批，可直接下单")
    return rule, total_fen


def _sent(
    rule: ApprovalRule, basket: Basket, quotes: Mapping[uuid.UUID, Quote], total_fen: int
) -> dict[str, Any]:
    """What a round freezes: the steps of the rule and the lines as they are sold now."""
    now = utcnow()
    steps = steps_for(rule.tiers, total_fen)
    account = steps[0]["account_id"]
    return {
        "rule_id": rule.id,
        "rule_organisation_id": rule.organisation_id,
        "steps": steps,
        "step": 0,
        "waits_for_account": uuid.UUID(account) if account else None,
        "waits_for_role": None if account else STEP_ROLES[steps[0]["kind"]],
        "waits_since": now,
        "lapses_at": now + timedelta(days=rule.lapse_days),
        "total_fen": total_fen,
        "lines": [_line(line, quotes[line.listing_id]) for line in basket.lines],
    }


def _beyond(
    session: Session, buyer: Buyer, basket: Basket, quotes: Mapping[uuid.UUID, Quote]
) -> list[dict[str, Any]]:
    return beyond_plan(session, buyer, basket, wanted_of(basket, quotes), utcnow())


def wanted_of(basket: Basket, quotes: Mapping[uuid.UUID, Quote]) -> list[tuple[str, int]]:
    """(category, fen) of each line, for the plan."""
    return [
        (quotes[line.listing_id].category_code, line.quantity * line.unit_price_fen) for line in basket.lines
    ]


def _line(line: Wanted, found: Quote) -> dict[str, Any]:
    return {
        "listing_id": str(line.listing_id),
        "producer_id": str(found.producer_id),
        "producer_name": found.producer_name,
        "product_name": found.product_name,
        "spec": found.spec,
        "unit": found.unit,
        "category_code": found.category_code,
        "goods_class": found.verdict.goods_class,
        "quantity": line.quantity,
        "unit_price_fen": line.unit_price_fen,
        "amount_fen": line.quantity * line.unit_price_fen,
    }


def _terms(basket: Basket) -> dict[str, Any]:
    """Everything of a basket but its lines and its person, as JSON."""
    return {
        "payment_method": basket.payment_method,
        "delivery_area": basket.delivery_area,
        "budget_unit_id": str(basket.budget_unit_id) if basket.budget_unit_id else None,
        "participation_mode": basket.participation_mode,
        "fund_source": basket.fund_source,
        "broker_id": str(basket.broker_id) if basket.broker_id else None,
        "contract_days": basket.contract_days,
        "waits_for": list(basket.waits_for),
    }


def _require_asker(actor: Actor, request: PurchaseRequest) -> None:
    """Only the account that asked: a colleague with the same role may see the request, but not change it."""
    if request.asked_by == actor.account_id:
        return
    actor.require_visible("orders.read", area=request.buyer_area, owners=(request.buyer_id,))
    raise Forbidden("not_your_request", "只有提交人可以办理")
