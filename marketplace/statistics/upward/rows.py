"""The rows of a feed: our own entries in chain order, or those of a source that are passed on as they came.

Own rows say codes, amounts and days. A product is named when the certified catalogue names it, a producer when it is an
organisation besides; buyers are kind and county.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry, Link
from marketplace.core.clock import day_of
from marketplace.intake.models import UpwardEntry, UpwardSource
from marketplace.intake.rules.upward import FULL, GENESIS, HEAD, Fed, Row, chained, is_name
from marketplace.intake.rules.upward_totals import KEYS, Cells
from marketplace.statistics.dimensions import leading
from marketplace.statistics.upward.models import UpwardBatch
from marketplace.statistics.upward.scope import withheld

#: Producers whose name is never a natural person's.
NAMED_KINDS: Final = (
    "leading_enterprise",
    "cooperative",
    "cooperative_union",
    "aid_workshop",
    "village_collective",
    "aid_base",
    "enterprise",
    "trading_agent",
    "supply_coop",
)
_COUNTY: Final = 6
_AREAS: Final = ("origin_area", "channel_area", "buyer_area", "helper_area")
_PLAIN: Final = tuple(
    name
    for name in FULL
    if name not in (*HEAD, *_AREAS, "counted_on", "schemes", "product_name", "producer_name")
)


class RowsChanged(Exception):
    """What is kept of a source is no longer what its chain says. Nothing of it is passed on."""


def own_rows(session: Session, area: str, after: int, most: int) -> list[Row]:
    """The next entries of our chain after a position."""
    found = session.execute(
        select(Entry, Link.position, Link.hash, withheld(area).label("withheld"))
        .join(Link, Link.entry_no == Entry.entry_no)
        .where(Link.position > after)
        .order_by(Link.position)
        .limit(most)
    )
    return [_row(entry, position, bytes(link_hash), why) for entry, position, link_hash, why in found]


def own_position(session: Session) -> int:
    """How far our chain goes."""
    return session.scalar(select(func.max(Link.position))) or 0


def previous_hash(session: Session, source: str, position: int) -> bytes | None:
    """The feed's hash at a position at which a batch of ours ended; None when none did."""
    if position == 0:
        return GENESIS
    found = session.scalar(
        select(UpwardBatch.hash).where(
            UpwardBatch.source == source, UpwardBatch.to_position == position, UpwardBatch.state != "void"
        )
    )
    return None if found is None else bytes(found)


def relayed(session: Session, source: UpwardSource, after: int, most: int) -> list[Fed]:
    """The next entries of a source, as they came. RowsChanged when they are not."""
    held = session.scalars(
        select(UpwardEntry)
        .where(UpwardEntry.source_id == source.id, UpwardEntry.position > after)
        .order_by(UpwardEntry.position)
        .limit(most)
    ).all()
    before: bytes | None = GENESIS
    if after:
        before = session.scalar(
            select(UpwardEntry.hash).where(UpwardEntry.source_id == source.id, UpwardEntry.position == after)
        )
    fed = list(chained(bytes(before or b""), map(_as_it_came, held)))
    if [one.hash for one in fed] != [bytes(one.hash) for one in held]:
        raise RowsChanged(source.source)
    return fed


def own_cells(session: Session, area: str, period: str) -> Cells:
    """Cells of the month as our ledger has it, of what is fed."""
    keys = [
        leading(Entry.origin_area, _COUNTY) if name == "origin_area" else getattr(Entry, name)
        for name in KEYS
    ]
    rows: Iterable[Any] = session.execute(_sums(keys, area, period))
    return {tuple(key): (count, int(sale), int(benefit)) for *key, count, sale, benefit in rows}


def _sums(keys: list[Any], area: str, period: str) -> Select[Any]:
    return (
        select(*keys, func.count(), func.sum(Entry.sale_fen), func.sum(Entry.benefit_fen))
        .where(Entry.period == period, withheld(area).is_(None))
        .group_by(*keys)
    )


def _row(entry: Entry, position: int, link_hash: bytes, why: str | None) -> Row:
    head: Row = {"position": position, "entry_hash": link_hash.hex(), "withheld": why}
    if why is not None:
        return head
    is_listed = entry.certificate_id is not None
    is_named = is_listed and entry.producer_kind in NAMED_KINDS
    return {
        **head,
        **{name: getattr(entry, name) for name in _PLAIN},
        **{name: _county(getattr(entry, name)) for name in _AREAS},
        "schemes": list(entry.schemes),
        "product_name": entry.product_name if is_listed and is_name(entry.product_name) else None,
        "producer_name": entry.producer_name if is_named and is_name(entry.producer_name) else None,
        "counted_on": day_of(entry.counted_at).isoformat(),
    }


def _county(area: str | None) -> str | None:
    return None if area is None else area[:_COUNTY]


def _as_it_came(held: UpwardEntry) -> Row:
    names = HEAD if held.withheld is not None else FULL
    row = {name: getattr(held, name) for name in names}
    row["entry_hash"] = bytes(held.entry_hash).hex()
    if held.counted_on is not None:
        row["counted_on"] = held.counted_on.isoformat()
    if held.schemes is not None:
        row["schemes"] = list(held.schemes)
    return row
