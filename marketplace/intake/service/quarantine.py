"""Rows kept apart: looked at again when what they wait for has come, mended by people, or dropped with a reason."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import ARRAY, Text, any_, func, literal, select
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.ids import uuid7
from marketplace.intake.models import Batch, RowOutcome
from marketplace.intake.rules.adapters import adapter_of
from marketplace.intake.rules.rows import Refused, RowRefused, refusal_outcome
from marketplace.intake.service.together import take

LOCK_SPACE: Final = "intake.channel"
MOST_ATTEMPTS: Final = 20


def retry_waiting(session: Session, channel: Channel, order_refs: Collection[str]) -> int:
    """Look again at rows that waited for one of these sales; how many were taken. The channel is locked."""
    waiting = session.scalars(
        select(RowOutcome)
        .where(
            RowOutcome.channel_id == channel.id,
            RowOutcome.order_ref == any_(literal(sorted(order_refs), ARRAY(Text))),
            RowOutcome.outcome == "quarantined",
            RowOutcome.settled_at.is_(None),
            RowOutcome.reason == "sale_unknown",
        )
        .order_by(RowOutcome.batch_id, RowOutcome.row_no)
    ).all()
    return sum(_retry(session, channel, one) is None for one in waiting)


def mend(
    session: Session, actor: Actor, outcome_id: uuid.UUID, changes: Mapping[str, str], opinion: str
) -> RowOutcome:
    """Take a row with some of its columns put right, or with none as it is; the row as it was sent stays as it is.

    What it says now is looked at like any row: it may be kept apart again, as the next attempt, or passed over because it is no
    sale yet. Returns the row's newest outcome.
    NotFound, Conflict (``row_settled``), Invalid (``not_text`` …) for a change that is no text of a column.
    """
    one, channel = _open_row(session, actor, outcome_id)
    adapter = adapter_of(session.get_one(Batch, one.batch_id).adapter)
    strange = sorted(set(changes) - set(adapter.cells))
    if strange:
        raise Invalid("unknown_column", "接口没有这一列", pointer=f"/changes/{strange[0]}")
    record = {**(one.record or {}), **changes}
    refused = _retry(session, channel, one, record, how="mended", actor=actor, opinion=opinion)
    newest = one if refused is None else _again(session, one, record, refused, actor, opinion)
    _record(session, actor, "mended", one, channel, {"changed": sorted(changes)})
    return newest


def drop(session: Session, actor: Actor, outcome_id: uuid.UUID, opinion: str) -> RowOutcome:
    """A person decides that the row is none of ours: it stays, with the reason, and is not looked at again."""
    one, channel = _open_row(session, actor, outcome_id)
    _settle(one, "dropped", actor, opinion)
    session.flush()
    _record(session, actor, "dropped", one, channel, {})
    return one


def _open_row(session: Session, actor: Actor, outcome_id: uuid.UUID) -> tuple[RowOutcome, Channel]:
    found = session.get(RowOutcome, outcome_id)
    if found is None or found.outcome != "quarantined":
        raise NotFound("row_not_found", "没有这一行")
    channel = session.get_one(Channel, found.channel_id)
    actor.require("intake.submit", area=channel.area_code, owners=(channel.operator_id,))
    lock_exclusive(session, LOCK_SPACE, str(channel.id))
    session.refresh(found, with_for_update=True)
    if found.settled_at is not None:
        raise Conflict("row_settled", "该行已处理", how=found.settled_how or "")
    return found, channel


def _retry(
    session: Session,
    channel: Channel,
    one: RowOutcome,
    record: Mapping[str, str | None] | None = None,
    *,
    how: str = "retried",
    actor: Actor | None = None,
    opinion: str | None = None,
) -> Refused | None:
    """None when the row was taken; then it is settled."""
    batch = session.get_one(Batch, one.batch_id)
    try:
        row = adapter_of(batch.adapter).read(record if record is not None else one.record or {})
    except RowRefused as error:
        return error.refused
    taken = take(session, batch, channel, [(one.row_no, row)])
    if taken.refused:
        return taken.refused[0][1]
    _settle(one, how, actor, opinion)
    batch.quarantined -= 1
    batch.accepted += len(taken.accepted)
    batch.duplicate += len(taken.duplicate) + len(taken.overtaken)
    batch.corrected += len(taken.corrected)
    session.flush()
    return None


def _settle(one: RowOutcome, how: str, actor: Actor | None, opinion: str | None) -> None:
    one.settled_at, one.settled_how, one.opinion = utcnow(), how, opinion
    one.settled_by = None if actor is None else actor.audit_id


def _again(
    session: Session,
    one: RowOutcome,
    record: Mapping[str, str | None],
    refused: Refused,
    actor: Actor,
    opinion: str,
) -> RowOutcome:
    attempts = session.scalar(
        select(func.max(RowOutcome.attempt)).where(
            RowOutcome.batch_id == one.batch_id, RowOutcome.row_no == one.row_no
        )
    )
    if (attempts or 1) >= MOST_ATTEMPTS:
        raise Conflict("too_many_attempts", "该行修改次数过多,请由设备更正后重报")
    _settle(one, "mended", actor, opinion)
    outcome = refusal_outcome(refused)
    newest = RowOutcome(
        id=uuid7(),
        batch_id=one.batch_id,
        channel_id=one.channel_id,
        row_no=one.row_no,
        attempt=(attempts or 1) + 1,
        outcome=outcome,
        reason=refused.reason,
        field=refused.field,
        order_ref=one.order_ref,
        record=dict(record) if outcome == "quarantined" else None,
    )
    session.add(newest)
    if outcome == "passed_over":
        batch = session.get_one(Batch, one.batch_id)
        batch.quarantined -= 1
        batch.passed_over += 1
    session.flush()
    return newest


def _record(
    session: Session,
    actor: Actor,
    what: str,
    one: RowOutcome,
    channel: Channel,
    detail: dict[str, object],
) -> None:
    audit.record(
        session,
        actor,
        f"intake.row.{what}",
        "channel",
        channel.code,
        area_code=channel.area_code,
        detail={"batch": str(one.batch_id), "row": one.row_no} | detail,
    )
