"""What this instance holds of a source, for the source itself and for the officials here: the same figures, from the same rows.

A source asks with its channel's key: a signed question, a few minutes old at most. It is told how far its chain is held, what
became of its newest batch, which months are sealed, and of a month every cell, so that both sides list the same differences.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core.clock import utcnow
from marketplace.core.errors import NotAuthenticated
from marketplace.intake.models import Batch, UpwardEntry, UpwardSource, UpwardTotal
from marketplace.intake.rules.signatures import is_signed, read_signature
from marketplace.intake.rules.upward_totals import (
    KEYS,
    Cells,
    Difference,
    Total,
    as_rows,
    cells_as_rows,
    compare_cells,
    digest_of,
    missing,
    read_total,
)
from marketplace.intake.service.keys import secret_of

#: How far the clock of who asks may be from ours.
FRESH: Final = timedelta(minutes=5)


def source_that_asks(session: Session, question: dict[str, Any], raw: bytes, signature: str) -> UpwardSource:
    """The source whose channel signed the question. NotAuthenticated (``query_signature``) for whatever is wrong with it."""
    claimed = read_signature(signature)
    found = session.execute(
        select(UpwardSource, Channel)
        .join(Channel, Channel.id == UpwardSource.channel_id)
        .where(
            Channel.code == question["channel"],
            UpwardSource.source == question["source"],
            UpwardSource.retired_at.is_(None),
        )
    ).one_or_none()
    secret = None
    if claimed is not None and found is not None:
        secret = secret_of(session, found[1].id, claimed.key_version)
    is_fresh = abs(utcnow() - question["at"]) <= FRESH
    if (
        claimed is None
        or found is None
        or secret is None
        or not is_signed(secret, claimed, raw, b"")
        or not is_fresh
    ):
        raise NotAuthenticated("query_signature", "签名无效")
    source: UpwardSource = found[0]
    return source


def standing(session: Session, source: UpwardSource) -> dict[str, Any]:
    """How far its chain is held, its newest batch, batches not read yet, and its sealed months (the highest version of each)."""
    newest = session.scalars(
        select(Batch).where(Batch.device_id == source.device_id).order_by(Batch.sequence.desc()).limit(1)
    ).one_or_none()
    waiting = session.scalar(
        select(func.count())
        .select_from(Batch)
        .where(Batch.device_id == source.device_id, Batch.state == "received")
    )
    return {
        "source": source.source,
        "position": source.position,
        "hash": source.hash.hex(),
        "last_sequence": 0 if newest is None else newest.sequence,
        "last_state": None if newest is None else newest.state,
        "last_refusal": None if newest is None else newest.refusal,
        "waiting": waiting or 0,
        "sealed": [
            {"period": one.period, "version": one.version, "digest": digest_of(one.content)}
            for one in _newest_totals(session, source.id).values()
        ],
    }


@dataclass(frozen=True)
class Held:
    """What is held of a source's month: cells of the entries fed day by day, the sealed total, and in what the two differ."""

    source: UpwardSource
    period: str
    daily: Cells
    sealed: Total | None
    digest: str | None
    differences: list[Difference]

    @property
    def state(self) -> str:
        """monitoring (监测快报: no sealed month yet), sealed, or differs."""
        if self.sealed is None:
            return "monitoring"
        return "differs" if self.differences else "sealed"


def held_of(session: Session, source: UpwardSource, period: str) -> Held:
    """The month as it is held here, its entries against its sealed total."""
    daily = daily_cells(session, source.id, period)
    row = _newest_totals(session, source.id, period).get(period)
    if row is None:
        unsealed = Difference("unsealed", f"{period} 尚无封存的月度汇总,以下为监测快报")
        return Held(source, period, daily, None, None, [unsealed])
    total = read_total(row.content)
    return Held(
        source,
        period,
        daily,
        total,
        digest_of(row.content),
        [
            *missing(source.position, total.last_position),
            *_head(session, source, total),
            *compare_cells(daily, total.cells),
        ],
    )


def held_as_json(held: Held) -> dict[str, Any]:
    """The same for the source that asks."""
    return {
        "source": held.source.source,
        "period": held.period,
        "state": held.state,
        "position": held.source.position,
        "hash": held.source.hash.hex(),
        "version": None if held.sealed is None else held.sealed.head["version"],
        "digest": held.digest,
        "daily": cells_as_rows(held.daily),
        "differences": as_rows(held.differences),
    }


def daily_cells(session: Session, source_id: uuid.UUID, period: str) -> Cells:
    """Cells of the entries that were fed for a month."""
    keys = [getattr(UpwardEntry, name) for name in KEYS]
    rows = session.execute(
        select(*keys, func.count(), func.sum(UpwardEntry.sale_fen), func.sum(UpwardEntry.benefit_fen))
        .where(
            UpwardEntry.source_id == source_id,
            UpwardEntry.period == period,
            UpwardEntry.withheld.is_(None),
        )
        .group_by(*keys)
    )
    return {tuple(key): (count, int(sale), int(benefit)) for *key, count, sale, benefit in rows}


def _head(session: Session, source: UpwardSource, total: Total) -> list[Difference]:
    """The ledger's hash at the close, as fed, against the head that the sealed month names."""
    if not 0 < total.last_position <= source.position:
        return []
    fed = session.scalar(
        select(UpwardEntry.entry_hash).where(
            UpwardEntry.source_id == source.id, UpwardEntry.position == total.last_position
        )
    )
    if fed is not None and fed.hex() == total.head["chain_head"]:
        return []
    return [
        Difference(
            "head",
            f"第 {total.last_position} 笔的账本校验值与月度汇总所载链头不符",
            from_position=total.last_position,
            to_position=total.last_position,
        )
    ]


def _newest_totals(
    session: Session, source_id: uuid.UUID, period: str | None = None
) -> dict[str, UpwardTotal]:
    statement = select(UpwardTotal).where(UpwardTotal.source_id == source_id)
    if period is not None:
        statement = statement.where(UpwardTotal.period == period)
    return {
        one.period: one
        for one in session.scalars(statement.order_by(UpwardTotal.period, UpwardTotal.version))
    }
