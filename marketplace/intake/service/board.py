"""What became of everything a point of sale reported for a month, beside what the ledger has of it: both agree to the fen.

Duplicates, transfers and raw material stand beside the sum, never in it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import case as when
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core.actor import Actor
from marketplace.core.clock import day_start, parse_period, period_days
from marketplace.intake.models import Batch, ForeignSale, RowOutcome
from marketplace.intake.rules.adapters import adapter_of
from marketplace.intake.rules.rows import RowRefused
from marketplace.intake.service.keys import managed_channel

#: Reads (fen sold in the month, fen booked in the month) of a point of sale; attribution, which is above, registers it.
LedgerReader = Callable[[Session, uuid.UUID, str], tuple[int, int]]
_ledgers: list[LedgerReader] = []

#: The lines of the board: code → (title, whether it is in the sum).
LINES: Final = {
    "counted": ("已计入", True),
    "waiting": ("待满足计入条件", False),
    "duplicates": ("重复上报(备注,不计入合计)", False),
    "transfers": ("调拨(内部,不计入合计)", False),
    "transfers_counted": ("其中:逾期未售出的调拨(计入合计)", True),
    "inputs": ("原料收购(不计入合计)", False),
    "quarantined": ("隔离待处理", False),
}


@dataclass(frozen=True, slots=True)
class BoardLine:
    """So many reports and fen, less what was given back. `fen` of quarantined rows is of those whose amount can be read."""

    code: str
    title: str
    in_sum: bool
    count: int
    fen: int


@dataclass(frozen=True, slots=True)
class Board:
    """The lines, their sum, the ledger's by month of sale (发生期), the difference, and what was booked in the month (入账期)."""

    channel: str
    period: str
    lines: list[BoardLine]
    sum_fen: int
    ledger_fen: int
    booked_fen: int

    @property
    def difference_fen(self) -> int:
        """What the sum and the ledger differ by: 0, or something is wrong."""
        return self.sum_fen - self.ledger_fen


def read_ledger_with(reader: LedgerReader) -> None:
    """Let `reader` say what the ledger has. Called once by the composition root."""
    _ledgers[:] = [reader]


def board_of(session: Session, actor: Actor, channel_code: str, period: str) -> Board:
    """The board of a month ``YYYY-MM`` by day of sale. NotFound, Forbidden, Invalid (``period``)."""
    parse_period(period)
    channel = managed_channel(session, actor, channel_code, "intake.read")
    first, after = (day_start(day) for day in period_days(period))
    found = _sales(session, channel, first, after) | {
        "quarantined": _quarantined(session, channel, first, after)
    }
    lines = [
        BoardLine(code, title, in_sum, *found.get(code, (0, 0))) for code, (title, in_sum) in LINES.items()
    ]
    ledger_fen, booked_fen = _ledgers[0](session, channel.id, period)
    total = sum(line.fen for line in lines if line.in_sum)
    return Board(channel.code, period, lines, total, ledger_fen, booked_fen)


def _sales(
    session: Session, channel: Channel, first: datetime, after: datetime
) -> dict[str, tuple[int, int]]:
    line = when(
        (ForeignSale.state == "internal", ForeignSale.role + "s"),
        (ForeignSale.state == "duplicate", "duplicates"),
        else_=ForeignSale.state,
    )
    rows = session.execute(
        select(
            line,
            func.count(),
            func.sum(ForeignSale.sale_fen - ForeignSale.refunded_fen),
            func.count().filter(ForeignSale.booked_milli > 0),
            func.sum(ForeignSale.booked_fen),
        )
        .where(ForeignSale.channel_id == channel.id, ForeignSale.state != "superseded")
        .where(ForeignSale.sold_at >= first, ForeignSale.sold_at < after)
        .group_by(line)
    )
    found: dict[str, tuple[int, int]] = {}
    for code, count, fen, booked, booked_fen in rows:
        found[code] = (count, int(fen))
        if code == "transfers":
            found["transfers_counted"] = (booked, int(booked_fen))
    return found


def _quarantined(session: Session, channel: Channel, first: datetime, after: datetime) -> tuple[int, int]:
    """By the day of arrival, for the day of sale may be what is wrong."""
    rows = session.execute(
        select(Batch.adapter, RowOutcome.record)
        .join(Batch, Batch.id == RowOutcome.batch_id)
        .where(RowOutcome.channel_id == channel.id, RowOutcome.outcome == "quarantined")
        .where(RowOutcome.settled_at.is_(None), Batch.received_at >= first, Batch.received_at < after)
    ).all()
    return len(rows), sum(_amount(adapter, record or {}) for adapter, record in rows)


def _amount(adapter: str, record: dict[str, str | None]) -> int:
    cell = next(one for one in adapter_of(adapter).cells.values() if one.target == "amount_fen")
    try:
        return int(cell.read((record.get(cell.column) or "").strip()))
    except RowRefused:
        return 0
