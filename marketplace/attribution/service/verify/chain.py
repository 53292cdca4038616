"""L7: the hash chain, recomputed from the rows, and the heads that closed months keep of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution.canonical import GENESIS, chain_hash
from marketplace.attribution.models import Period
from marketplace.attribution.service.stream import COLUMNS, stream
from marketplace.attribution.service.verify.queries import first_row

_CHAIN: Final = (
    f"SELECT {COLUMNS}, l.position AS link_position, l.hash AS link_hash, l.entry_no AS link_entry"  # noqa: S608 - own columns
    " FROM attribution.link l LEFT JOIN attribution.entry e ON e.entry_no = l.entry_no ORDER BY l.position"
)


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
    with stream(session, _CHAIN, {}) as rows:  # closed however we leave
        return _followed(rows, heads) or _unchained(session)


def _followed(rows: Iterable[dict[str, Any]], heads: Mapping[int, tuple[str, bytes | None]]) -> str | None:
    current, position = GENESIS, 0
    for expected, entry in enumerate(rows, 1):
        position, stored, entry_no = (
            entry.pop(name) for name in ("link_position", "link_hash", "link_entry")
        )
        if position != expected:
            return f"chain position {expected} is missing"
        if entry["id"] is None:
            return f"entry {entry_no} at chain position {position} is gone"
        current = chain_hash(current, entry)
        if current != stored:
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
