"""Declared purchases for who may see them, and the one function that takes a step of one."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from marketplace.core import audit, files
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import NotFound
from marketplace.core.ids import uuid7
from marketplace.core.models import StoredFile
from marketplace.core.scope import visible
from marketplace.intake.models import Purchase, PurchaseFile, PurchaseLine, PurchaseStep
from marketplace.intake.rules.purchases import STATES


def purchases_seen(actor: Actor) -> Select[Any]:
    """Declarations of the units that one declares for, and of the area that one verifies for; unsorted, for a paged list."""
    declared_for = [one.organisation_id for one in actor.holding("intake.declare") if one.organisation_id]
    return select(Purchase).where(
        or_(
            Purchase.declarant_id.in_(declared_for),
            visible(actor, "intake.verify", area=Purchase.area_code),
        )
    )


def find(session: Session, actor: Actor, number: str, *, lock: bool = False) -> Purchase:
    """A declaration by its number; NotFound when there is none or the actor may not see it."""
    statement = purchases_seen(actor).where(Purchase.number == number)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found: Purchase | None = session.scalars(statement).one_or_none()
    if found is None:
        raise NotFound("purchase_not_found", "没有这项申报")
    return found


def lines_of(session: Session, purchase: Purchase) -> list[PurchaseLine]:
    """The lines of its newest version, in order."""
    return list(
        session.scalars(
            select(PurchaseLine)
            .where(PurchaseLine.purchase_id == purchase.id, PurchaseLine.version == purchase.version)
            .order_by(PurchaseLine.line_no)
        )
    )


def files_of(session: Session, purchase: Purchase) -> list[uuid.UUID]:
    """The ids of its evidence."""
    return list(
        session.scalars(
            select(PurchaseFile.file_id)
            .where(PurchaseFile.purchase_id == purchase.id)
            .order_by(PurchaseFile.file_id)
        )
    )


def evidence_of(session: Session, actor: Actor, number: str, file_id: uuid.UUID) -> tuple[bytes, str]:
    """The bytes and the media type of a file of a declaration that the actor may see; the reading is recorded. NotFound."""
    purchase = find(session, actor, number)
    if file_id not in files_of(session, purchase):
        raise NotFound
    content = files.hand_out(session, actor, file_id, area_code=purchase.area_code)
    return content, session.get_one(StoredFile, file_id).media_type


def steps_of(session: Session, purchase: Purchase) -> list[PurchaseStep]:
    """What was done with it, in order."""
    return list(
        session.scalars(
            select(PurchaseStep)
            .where(PurchaseStep.purchase_id == purchase.id)
            .order_by(PurchaseStep.at, PurchaseStep.version, PurchaseStep.id)
        )
    )


def step(
    session: Session,
    actor: Actor,
    purchase: Purchase,
    state: str | None = None,
    *,
    opinion: str | None = None,
    said: dict[str, Any] | None = None,
) -> None:
    """Come to `state` (None: the one in which it begins) and write who did it. IllegalTransition."""
    if state is not None:
        STATES.require(purchase.state, state)
        purchase.state = state
    session.add(
        PurchaseStep(
            id=uuid7(),
            purchase_id=purchase.id,
            state=purchase.state,
            version=purchase.version,
            opinion=opinion,
            by_account=actor.audit_id,
            by_person=None if actor.is_system else actor.person_id,
            at=utcnow(),
            said=said,
        )
    )
    session.flush()
    audit.record(
        session,
        actor,
        f"intake.purchase.{purchase.state}",
        "purchase",
        purchase.number,
        area_code=purchase.area_code,
        detail={"amount_fen": purchase.amount_fen, "version": purchase.version},
    )


def declared_by(session: Session, purchase: Purchase) -> set[uuid.UUID]:
    """The persons who submitted one of its versions."""
    found = session.scalars(
        select(PurchaseStep.by_person).where(
            PurchaseStep.purchase_id == purchase.id, PurchaseStep.state == "submitted"
        )
    )
    return {one for one in found if one is not None}


def verified_by(session: Session, purchase: Purchase) -> set[uuid.UUID]:
    """The persons who verified it."""
    found = session.scalars(
        select(PurchaseStep.by_person).where(
            PurchaseStep.purchase_id == purchase.id, PurchaseStep.state == "verified"
        )
    )
    return {one for one in found if one is not None}
