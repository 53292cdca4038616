"""Messages of the gateway: signed, once each, in the transaction of their effect; what cannot be explained yet is parked.

The answer 200 is sent after the commit. A message about something we do not know is kept and tried again by the worker, which
asks the gateway what it is about; after three days it is kept as refused, and the daily comparison still sees the money.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.core.clock import utcnow
from marketplace.core.db import transaction
from marketplace.core.errors import NotFound
from marketplace.core.ids import uuid7
from marketplace.payments.gateways import online
from marketplace.payments.gateways.protocol import (
    Charged,
    Event,
    GatewayRefused,
    GatewayUnknown,
    GivenBack,
    Intent,
    Page,
)
from marketplace.payments.models import GatewayEvent, OnlinePayment
from marketplace.payments.rules.online import wait
from marketplace.payments.service.online_settle import lock_payment, take_over_intent, take_over_page
from marketplace.payments.service.refunds_seen import take_over_refund

PARKED_FOR: Final = timedelta(days=3)
_KINDS: Final[dict[str, type[Intent | Page | GivenBack | Charged]]] = {
    "intent": Intent,
    "page": Page,
    "refund": GivenBack,
    "charge": Charged,
}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}
_BATCH: Final = 100


def receive(raw: bytes, signature: str) -> str:
    """Take one message in: what became of it (applied, ignored, parked, refused, known), committed.

    BadRequest, and nothing written, when it is not signed by one of our secrets, not of now, or not readable. NotFound where
    online payment is off.
    """
    gateway = online()
    if gateway is None:
        raise NotFound("online_payment_off", "未开通线上支付")
    event = gateway.read_event(raw, signature, utcnow())
    with transaction() as session:
        row_id = _write_once(session, gateway.code, event)
        if row_id is None:
            return "known"
        state, reason = (
            ("refused", "mode")
            if event.is_live != gateway.is_live
            else _apply(session, event.account, event.about)
        )
        return _settle(session, row_id, state, reason)


def _write_once(session: Session, gateway: str, event: Event) -> uuid.UUID | None:
    """The message's row, or None when it is there: a second one waits here until the first is committed."""
    return session.scalar(
        insert(GatewayEvent)
        .values(
            id=uuid7(),
            gateway=gateway,
            event_id=event.id,
            kind=event.kind,
            account=event.account,
            said=_said(event.about),
            state="ignored",
            created_at=event.created,
            received_at=utcnow(),
            tries=0,
        )
        .on_conflict_do_nothing(index_elements=["gateway", "event_id"])
        .returning(GatewayEvent.id)
    )


def _said(about: Intent | Page | GivenBack | Charged | None) -> dict[str, Any]:
    """What is kept of a message: never the secret of a payment."""
    if about is None:
        return {}
    kept = {name: value for name, value in asdict(about).items() if name not in ("client_secret", "url")}
    return {"is": _NAMES[type(about)], **kept}


def _about(said: dict[str, Any]) -> Intent | Page | GivenBack | Charged | None:
    if not said:
        return None
    values = dict(said)
    kind = _KINDS[values.pop("is")]
    return kind(**values, url=None) if kind is Page else kind(**values)


def _settle(session: Session, row_id: uuid.UUID, state: str, reason: str | None) -> str:
    row = session.get_one(GatewayEvent, row_id)
    now = utcnow()
    if state == "parked" and now - row.received_at > PARKED_FOR:
        state, reason = "refused", "never_explained"
    row.state, row.reason = state, reason
    row.settled_at = None if state == "parked" else now
    row.next_try_at = now + wait(row.tries) if state == "parked" else None
    session.flush()
    return state


def _apply(
    session: Session, account: str | None, about: Intent | Page | GivenBack | Charged | None
) -> tuple[str, str | None]:
    """The effect of a message: its state and why. What is not ours is ignored, what we do not know yet is parked."""
    if about is None or (isinstance(about, Intent | Page) and about.attempt is None):
        return "ignored", "not_ours"
    payment_id = _payment_of(session, about)
    if payment_id is None:
        return "parked", "unknown_object"
    order, payment = lock_payment(session, payment_id)
    if payment.account != account:
        return "refused", "account"
    now = utcnow()
    if isinstance(about, Intent):
        reason = take_over_intent(session, order, payment, about, now)
    elif isinstance(about, Page):
        reason = take_over_page(session, payment, about, now)
    elif isinstance(about, GivenBack):
        reason = take_over_refund(session, order, payment, about, now)
    elif payment.state == "captured" and about.refunded != payment.given_back_fen:
        payment.next_try_at = now  # the worker reads what went back
        reason = None
    else:
        reason = None if payment.state == "captured" else "not_captured"
    return _outcome(reason)


def _outcome(reason: str | None) -> tuple[str, str | None]:
    if reason is None:
        return "applied", None
    return ("parked" if reason in ("not_captured", "above_captured") else "refused"), reason


def _payment_of(session: Session, about: Intent | Page | GivenBack | Charged) -> uuid.UUID | None:
    if isinstance(about, Intent | Page):
        try:
            wanted = OnlinePayment.id == uuid.UUID(about.attempt or "")
        except ValueError:
            return None
    elif about.intent_id is None:
        return None
    else:
        wanted = OnlinePayment.intent_id == about.intent_id
    return session.scalar(select(OnlinePayment.id).where(wanted))


def due_events() -> list[uuid.UUID]:
    """Parked messages that are to be tried again now."""
    with transaction() as session:
        return list(
            session.scalars(
                select(GatewayEvent.id)
                .where(GatewayEvent.state == "parked", GatewayEvent.next_try_at <= utcnow())
                .order_by(GatewayEvent.next_try_at, GatewayEvent.id)
                .limit(_BATCH)
            )
        )


def retry_event(row_id: uuid.UUID) -> None:
    """Try a parked message again; before that, ask the gateway whose the payment is that money went back of."""
    with transaction() as session:
        row = session.get_one(GatewayEvent, row_id)
        account, about = row.account, _about(row.said)
    learnt = _ask_whose(account, about)
    with transaction() as session:
        claimed = session.scalars(
            select(GatewayEvent)
            .where(GatewayEvent.id == row_id, GatewayEvent.state == "parked")
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if claimed is None:
            return
        claimed.tries += 1
        if learnt is not None:
            if learnt.attempt is None:
                _settle(session, row_id, "ignored", "not_ours")
                return
            _apply(session, account, learnt)
        _settle(session, row_id, *_apply(session, account, about))


def _ask_whose(account: str | None, about: object) -> Intent | None:

    gateway = online()
    if (
        gateway is None
        or account is None
        or not isinstance(about, GivenBack | Charged)
        or about.intent_id is None
    ):
        return None
    try:
        return gateway.read_intent(account, about.intent_id)
    except (GatewayRefused, GatewayUnknown):
        return None


def parked_age(session: Session) -> tuple[int, datetime | None]:
    """How many messages are parked, and since when the oldest is."""

    count, oldest = session.execute(
        select(func.count(), func.min(GatewayEvent.received_at)).where(GatewayEvent.state == "parked")
    ).one()
    return int(count), oldest
