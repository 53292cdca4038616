"""Committed entries get their position and hash, in batches, by one worker: selling takes no lock for it.

Positions are given to what is committed and has none, not to "ids above the last", which would skip a transaction that commits
late. The periodic run looks near the head of the chain, and every ten seconds at everything above the number up to which nothing
can appear any more (`settling`); the close of a month looks at all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution.bulk import BIGINT, HASH, INSTANT, instant, row_array, write_rows
from marketplace.attribution.canonical import GENESIS, chain_hash
from marketplace.attribution.models import Link
from marketplace.attribution.service.settling import newest_linked, settle, unlinked_after
from marketplace.attribution.service.stream import COLUMNS, stream
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.planning import read_by_index

LOCK_SPACE: Final = "attribution.chain"
BATCH: Final = 5_000


_LINKS: Final = {"entry_no": BIGINT, "position": BIGINT, "hash": HASH, "linked_at": INSTANT}
_ENTRIES: Final = f"SELECT {COLUMNS} FROM attribution.entry e"  # noqa: S608 - the table's own columns
# Two sets of numbers, each bounded: whatever the planner believes of a table that grows by thousands a second, to take one from
# the other costs no more than their lengths. (As an anti-join it read all links of all years, or joined row by row.)
_RECENT: Final = f"""{_ENTRIES} WHERE e.entry_no = ANY(ARRAY(
    (SELECT entry_no FROM attribution.entry WHERE entry_no > %(after)s ORDER BY entry_no LIMIT %(most)s)
    EXCEPT SELECT entry_no FROM attribution.link WHERE entry_no > %(after)s
    ORDER BY entry_no LIMIT %(batch)s)) ORDER BY e.entry_no"""  # noqa: S608 - the same
_OF_PERIOD: Final = (
    f"{_ENTRIES} WHERE NOT EXISTS (SELECT 1 FROM attribution.link l WHERE l.entry_no = e.entry_no)"  # noqa: S608 - the same
    " AND e.period = %(period)s ORDER BY e.entry_no"
)


def link_recent(session: Session) -> int:
    """Link committed entries that have no position yet; how many. Run every second by the worker.

    One that committed long after others with higher numbers may wait ten seconds (`settling.LOOK_WHOLE`).
    """
    lock_exclusive(session, LOCK_SPACE, "")
    after, linked_above = unlinked_after(session)
    read_by_index(session)
    # Near the head all beyond these is new: of a backlog no more is read than is taken.
    most = None if linked_above is None else linked_above + BATCH
    linked = _link(session, _RECENT, {"after": after, "most": most, "batch": BATCH})
    # Of a backlog what is left lies above the last that was taken, so it is near the head.
    is_through = len(linked) < BATCH or linked[-1] == newest_linked(session)
    settle(session, is_looked_through=most is None and is_through)
    return len(linked)


def link_period(session: Session, period: str) -> int:
    """Link every entry of a month, however old; how many were still unlinked. Part of the close."""
    return len(_link(session, _OF_PERIOD, {"period": period}))


def _link(session: Session, unlinked: str, parameters: Mapping[str, Any]) -> list[int]:
    """Give the entries that `unlinked` finds their positions, in its order; their numbers."""
    lock_exclusive(session, LOCK_SPACE, "")
    session.flush()
    head = session.execute(
        select(Link.position, Link.hash).order_by(Link.position.desc()).limit(1)
    ).one_or_none()
    position, current = (head.position, bytes(head.hash)) if head else (0, GENESIS)
    numbers: list[int] = []
    hashes: list[bytes] = []
    with stream(session, unlinked, parameters) as entries:
        for entry in entries:
            current = chain_hash(current, entry)
            numbers.append(entry["entry_no"])
            hashes.append(current)
    if numbers:
        rows = row_array(_LINKS, len(numbers))
        rows["entry_no"] = numbers
        rows["position"] = np.arange(position + 1, position + 1 + len(numbers))
        rows["hash"] = np.frombuffer(b"".join(hashes), HASH)
        rows["linked_at"] = instant(utcnow())
        write_rows(session, "attribution.link", _LINKS, [rows])
    return numbers
