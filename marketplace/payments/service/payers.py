"""Who pays for whom: names other than the buyer's own, declared beforehand (the treasury, a settlement centre, a parent unit)."""

from __future__ import annotations

import uuid

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound
from marketplace.core.ids import uuid7
from marketplace.core.scope import visible
from marketplace.payments.models import DeclaredPayer, Receipt
from marketplace.payments.rules.payers import payer_key

PERMISSION = "payments.declare_payer"
_DECLARED = {"uq_declared_payer_running": AlreadyExists("payer_already_declared", "该付款人已备案")}


def declare(
    session: Session, actor: Actor, buyer_id: uuid.UUID, payer_name: str, reason: str
) -> DeclaredPayer:
    """Declare that money under another name is the buyer's. What waits under that name is looked at again.

    Invalid (`payer_name`) for a name without a letter, AlreadyExists (`payer_already_declared`), NotFound, Forbidden.
    """
    buyer = session.get(Organisation, buyer_id)
    if buyer is None:
        raise NotFound
    actor.require(PERMISSION, area=buyer.area_code, owners=(buyer.id,))
    key = payer_key(payer_name)
    if not any(one.isalpha() for one in key):
        raise Invalid("payer_name", "付款人名称应含有文字", pointer="/payer_name")
    declared = DeclaredPayer(
        id=uuid7(),
        buyer_id=buyer.id,
        buyer_area=buyer.area_code,
        payer_name=payer_name,
        payer_key=key,
        reason=reason,
        declared_by=actor.audit_id,
        declared_at=utcnow(),
    )
    with refusing(_DECLARED):
        session.add(declared)
        session.flush()
    _note(session, actor, declared, "declared")
    _look_again(session, key)
    return declared


def end(session: Session, actor: Actor, declared_id: uuid.UUID) -> DeclaredPayer:
    """From now on money under that name is no longer taken for the buyer's. Conflict (`declaration_ended`) a second time."""
    declared = session.get(DeclaredPayer, declared_id, with_for_update=True)
    if declared is None:
        raise NotFound
    actor.require_visible(PERMISSION, area=declared.buyer_area, owners=(declared.buyer_id,))
    if declared.ended_at is not None:
        raise Conflict("declaration_ended", "该备案已终止")
    declared.ended_at = utcnow()
    session.flush()
    _note(session, actor, declared, "ended")
    return declared


def declared_seen(actor: Actor) -> Select[DeclaredPayer]:
    """Declarations that an actor may see, unsorted, for a paged list."""
    return select(DeclaredPayer).where(
        visible(actor, PERMISSION, area=DeclaredPayer.buyer_area, owners=[DeclaredPayer.buyer_id])
    )


def _look_again(session: Session, key: str) -> None:
    """Receipts of that name that nobody has touched may be certain now."""
    session.execute(
        update(Receipt)
        .where(
            Receipt.state == "parked",
            Receipt.payer_key == key,
            Receipt.parked_reason.in_(("payer_differs", "payer_unknown", "code_unknown")),
        )
        .values(state="new", parked_reason=None)
    )


def _note(session: Session, actor: Actor, declared: DeclaredPayer, verb: str) -> None:
    audit.record(
        session,
        actor,
        f"payments.payer.{verb}",
        "organisation",
        declared.buyer_id,
        area_code=declared.buyer_area,
        detail={"declaration": str(declared.id)},
    )
