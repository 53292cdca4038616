"""L7: the hash chain, recomputed from the rows, and the heads that closed months keep of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution.canonical import GENESIS, chain_hash
from marketplace.attribution.models import Entry, Link, Period
from marketplace.attribution.service.verify.queries import first_row

CHUNK: Final = 5_000


def chain(session: Session) -> str | None:
    """The first entry whose hash does not follow from its bytes and the hash before it, or month whose head is another."""
    heads = {  # of months with one head, the earliest is named
        row.last_position or 0: (row.period, row.chain_head)
        for row in session.scalars(
            select(Period)
            .where(Period.state == "closed", Period.last_position > 0)
            .order_by(Period.period.desc())
        )
    }
    columns = list(Entry.__table__.columns)
    statement = (
        select(Link.position, Link.hash, Link.entry_no, *columns)
        .outerjoin(Entry, Entry.entry_no == Link.entry_no)
        .order_by(Link.position)
        .execution_options(yield_per=CHUNK)
    )
    with session.execute(statement) as rows:  # closed however we leave
        return _followed(rows, [column.name for column in columns], heads) or _unchained(session)


def _followed(
    rows: Iterable[Any], names: Sequence[str], heads: Mapping[int, tuple[str, bytes | None]]
) -> str | None:
    current, position = GENESIS, 0
    for expected, (position, stored, entry_no, *values) in enumerate(rows, 1):
        if position != expected:
            return f"chain position {expected} is missing"
        if values[0] is None:
            return f"entry {entry_no} at chain position {position} is gone"
        current = chain_hash(current, dict(zip(names, values, strict=True)))
        if current != bytes(stored):
            return f"entry {entry_no} at chain position {position} was changed, or the hash there"
        if position in heads and heads[position][1] != current:
            return f"the chain head of {heads[position][0]} is not that of position {position}"
    beyond = [period for end, (period, _) in sorted(heads.items()) if end > position]
    return f"the chain ends before {beyond[0]} does" if beyond else None


def _unchained(session: Session) -> str | None:
    return first_row(
        session,
        """
        SELECT e.entry_no FROM attribution.entry e JOIN attribution.period p ON p.period = e.period AND p.state = 'closed'
        WHERE NOT EXISTS (SELECT 1 FROM attribution.link l WHERE l.entry_no = e.entry_no)
        """,
        "entry {entry_no} of a closed month has no chain position",
    )
