"""The step that a purchase request waits for, and who is told of it."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from marketplace.accounts.service.inbox import notify
from marketplace.core.clock import utcnow
from marketplace.orders.buying.models import PurchaseRequest
from marketplace.orders.buying.rules.approval import STEP_ROLES


def wait_for_step(request: PurchaseRequest, step: int) -> None:
    """Let the request wait for a step of its round from now on."""
    wanted = request.steps[step]
    request.step = step
    request.waits_since = utcnow()
    account = wanted["account_id"]
    request.waits_for_account = uuid.UUID(account) if account else None
    request.waits_for_role = None if account else STEP_ROLES[wanted["kind"]]


def tell_next(session: Session, request: PurchaseRequest) -> None:
    """Put a notice to whoever decides next: the named account, or the buyer and the organisation that made the rule."""
    detail = {"step": request.step, "round": request.round}
    if request.waits_for_account is not None:
        notify(
            session, "purchase_asked", "purchase_request", request.number,
            account_id=request.waits_for_account, detail=detail,
        )  # fmt: skip
        return
    for organisation_id in dict.fromkeys((request.buyer_id, request.rule_organisation_id)):
        notify(
            session, "purchase_asked", "purchase_request", request.number,
            organisation_id=organisation_id, detail=detail,
        )  # fmt: skip
