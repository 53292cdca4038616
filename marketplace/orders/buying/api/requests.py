"""Purchase requests: asked for, decided step by step, one or many at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Invalid
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema
from marketplace.core.http.problems import detail_of
from marketplace.orders.buying.api.blueprint import basket_of, blueprint
from marketplace.orders.buying.models import PurchaseRequest
from marketplace.orders.buying.rules.approval import ageing
from marketplace.orders.buying.schemas import approval as schemas
from marketplace.orders.buying.service import batch, deciding, request_lists, requests
from marketplace.orders.service.basket import Wanted

_ROW = (
    "number", "state", "buyer_id", "total_fen", "round", "step", "waits_since", "lapses_at", "asked_by",
    "asked_at", "checkout_number",
)  # fmt: skip
_MORE = ("lines", "terms", "steps", "note", "warnings", "sent_back")


def _row(request: PurchaseRequest) -> dict[str, Any]:
    waits = request.state == "submitted"
    return {name: getattr(request, name) for name in _ROW} | {
        "step_count": len(request.steps),
        "waiting_for": request.steps[request.step]["kind"] if waits else None,
        "ageing": ageing(request.waits_since, utcnow()) if waits else "fresh",
    }


def _whole(session: Session, request: PurchaseRequest) -> dict[str, Any]:
    return (
        _row(request)
        | {name: getattr(request, name) for name in _MORE}
        | {"decisions": request_lists.decisions_of(session, [request.id])}
    )


@blueprint.route("/purchase-requests")
@endpoint(needs("orders.read"))
@blueprint.arguments(schemas.PurchaseRequestArgs, location="query")
@blueprint.response(200, page_schema(schemas.PurchaseRequestRowOut))
def list_requests(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """The requests one may see, newest first; `mine=to_decide`: those that wait for oneself, also in another's place."""
    if args["mine"] == "to_decide":
        statement = request_lists.requests_to_decide(actor)
    else:
        statement = request_lists.requests_seen(
            actor, state=args["state"], asked_by_me=args["mine"] == "asked"
        )
    page = page_of(
        session,
        statement,
        keys=[PurchaseRequest.request_no],
        key_of=lambda request: [request.request_no],
        args=args,
        descending=True,
    )
    return Page([_row(request) for request in page.items], page.next_cursor)


@blueprint.route("/purchase-requests", methods=["POST"])
@endpoint(needs("orders.place"), idempotent=True)
@blueprint.arguments(schemas.PurchaseRequestIn)
@blueprint.response(201, schemas.PurchaseRequestOut)
def submit_request(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Send lines, or the ticked ones of the cart, for approval."""
    basket = basket_of(session, actor, body)
    if (body["lines"] is None) == (body["cart_total_fen"] is None):
        raise Invalid("lines", "应给出商品行或购物车金额之一", pointer="/lines")
    if body["lines"] is None:
        request = requests.submit_cart(session, actor, basket, body["cart_total_fen"], note=body["note"])
    else:
        lines = [Wanted(**line) for line in body["lines"]]
        request = requests.submit(session, actor, replace(basket, lines=lines), note=body["note"])
    return _whole(session, request)


@blueprint.route("/purchase-requests/<number>")
@endpoint(needs("orders.read"))
@blueprint.response(200, schemas.PurchaseRequestOut)
def get_request(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """One request with its lines and decisions."""
    return _whole(session, request_lists.read_request(session, actor, number))


@blueprint.route("/purchase-requests/<number>/resubmission", methods=["POST"])
@endpoint(needs("orders.place"), idempotent=True)
@blueprint.arguments(schemas.PurchaseResubmissionIn)
@blueprint.response(200, schemas.PurchaseRequestOut)
def resubmit_request(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Send a returned request again: a new round."""
    lines = [Wanted(**line) for line in body["lines"]]
    return _whole(session, requests.resubmit(session, actor, number, lines, note=body["note"]))


@blueprint.route("/purchase-requests/<number>/withdrawal", methods=["POST"])
@endpoint(needs("orders.place"), idempotent=True)
@blueprint.response(200, schemas.PurchaseRequestOut)
def withdraw_request(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """Take an own request back."""
    return _whole(session, requests.withdraw(session, actor, number))


@blueprint.route("/purchase-requests/<number>/decision", methods=["POST"])
@endpoint(needs("orders.read"), idempotent=True)
@blueprint.arguments(schemas.PurchaseDecisionIn)
@blueprint.response(200, schemas.PurchaseRequestOut)
def decide_request(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Approve or return the step that was seen. The last approval orders it, or sends it back with what stands against it."""
    request = deciding.decide(
        session,
        actor,
        number,
        round_no=body["round"],
        step=body["step"],
        approve=body["approve"],
        opinion=body["opinion"],
    )
    return _whole(session, request)


@blueprint.route("/purchase-request-approvals", methods=["POST"])
@endpoint(needs("orders.read"), own_transactions=True)
@blueprint.arguments(schemas.PurchaseBatchIn)
@blueprint.response(200, schemas.PurchaseBatchOut)
def approve_requests(actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Approve many, each in a transaction of its own; a repeated batch finds its own decisions and changes nothing."""
    seen = [batch.Seen(**item) for item in body["items"]]
    return {"items": [_told(one) for one in batch.approve_each(actor, seen, body["opinion"])]}


def _told(one: batch.Outcome) -> dict[str, Any]:
    refusal = one.refusal
    return {
        "number": one.number,
        "done": refusal is None,
        "state": one.state,
        "code": None if refusal is None else refusal.code,
        "detail": None if refusal is None else detail_of(refusal),
    }
