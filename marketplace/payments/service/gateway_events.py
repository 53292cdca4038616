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
from marketplace.core.db import table_of, transaction
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
from marketplace.payments.models import GatewayEvent
from marketplace.payments.rules.online import is_news, wait
from marketplace.payments.service.online_rows import Known, find_payment, lock_known
from marketplace.payments.service.online_settle import (
    take_over_intent,
    take_over_page,
)
from marketplace.payments.service.refund_news import take_over_refund

PARKED_FOR: Final = timedelta(days=3)
_KINDS: Final[dict[str, type[Intent | Page | GivenBack | Charged]]] = {
    "intent": Intent,
    "page": Page,
    "refund": GivenBack,
    "charge": Charged,
}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}
_BATCH: Final = 100
_WRITE: Final = (
    insert(table_of(GatewayEvent))
    .inline()
    .on_conflict_do_nothing(index_elements=["gateway", "event_id"])
    .execution_options(preserve_rowcount=True)
)


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
        outcome = (
            ("refused", "mode")
            if event.is_live != gateway.is_live
            else _apply(session, event.account, event.about)
        )
        if not _write_once(session, gateway.code, event, *outcome):
            # States only move on, so it had no effect a second time; whatever it touched is taken back all the same.
            session.rollback()
            return "known"
        return outcome[0]


def _write_once(session: Session, gateway: str, event: Event, state: str, reason: str | None) -> bool:
    """Write the message's row; False when it is there: a second one waits here until the first is committed."""
    session.flush()
    now = utcnow()
    written = session.connection().execute(
        _WRITE,
        {
            "id": uuid7(),
            "gateway": gateway,
            "event_id": event.id,
            "kind": event.kind,
            "account": event.account,
            "said": _said(event.about),
            "state": state,
            "reason": reason,
            "created_at": event.created,
            "received_at": now,
            "settled_at": None if state == "parked" else now,
            "tries": 0,
            "next_try_at": now + wait(0) if state == "parked" else None,
        },
    )
    return written.rowcount == 1


def _said(about: Intent | Page | GivenBack | Charged | None) -> dict[str, Any]:
    """What is kept of a message: never the secret of a payment; fees are in none."""
    if about is None:
        return {}
    left_out = ("client_secret", "url", "fees")
    kept = {name: value for name, value in asdict(about).items() if name not in left_out}
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
    known = _payment_of(session, about)
    if known is None:
        return "parked", "unknown_object"
    if known.account != account:
        return "refused", "account"
    if isinstance(about, Intent) and known.intent_id == about.id and _is_behind(known.state, about.state):
        return "applied", None
    order, payment = lock_known(session, known)
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


def _is_behind(known: str, said: str) -> bool:
    """Whether a message says less than we know. A failed one that turns up all the same is never that."""
    return known != "failed" and not is_news(known, said)


def _payment_of(session: Session, about: Intent | Page | GivenBack | Charged) -> Known | None:
    if not isinstance(about, Intent | Page):
        return None if about.intent_id is None else find_payment(session, intent_id=about.intent_id)
    try:
        return find_payment(session, payment_id=uuid.UUID(about.attempt or ""))
    except ValueError:
        return None


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
