"""Up to which number of entry everything has its chain position and nothing can appear any more.

Numbers come from a sequence at the insert, commits in any order; so "the highest number seen" says nothing of those below it. But
when every transaction that had begun at an instant has ended, every number given before that instant is visible or will never be
used. What reads entries without a position (the chain itself, the tail of the statistics) looks above that number alone.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import and_, func, select
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.attribution.models import ChainState, Entry, Link
from marketplace.core.clock import utcnow

# A statement takes its number a moment before its transaction gets an id, and no statement lasts so long (statement_timeout).
LEAST_WAIT: Final = timedelta(seconds=60)
# Whoever commits late took numbers while others took theirs: most often so near below the newest that is linked.
NEAR: Final = 20_000
#: What lies farther back is found by looking through all that is not settled, which may be hundreds of thousands.
LOOK_WHOLE: Final = timedelta(seconds=10)
_NEWEST: Final = sql("SELECT coalesce(pg_sequence_last_value('attribution.entry_entry_no_seq'), 0)")
_NEWEST_LINKED: Final = select(func.max(Link.entry_no))
_OLDEST_RUNNING: Final = sql("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
# Ids are given in order: whoever wrote before this transaction did has a lower one. (The snapshot's xmax says less: it
# follows the last transaction that ended, and those that run beyond it have begun as well.)
_OWN: Final = sql("SELECT pg_current_xact_id()::text::bigint")


def settled(session: Session) -> int:
    """The number of an entry: none up to it is without a position, now or later. 0 at first."""
    return session.scalar(select(ChainState.settled_entry_no)) or 0


def newest_linked(session: Session) -> int:
    """The highest number of an entry that has a position; 0 while none has."""
    return session.scalar(_NEWEST_LINKED) or 0


def unlinked_after(session: Session) -> tuple[int, int | None]:
    """The number above which to look for entries without a position, and how many that have one lie there at most.

    None for how many: it is the settled number, below which none is without a position; else hardly any. Under the chain's lock.
    """
    state = session.get(ChainState, 1, populate_existing=True)
    low = 0 if state is None else state.settled_entry_no
    if state is None or state.looked_at is None or abs(utcnow() - state.looked_at) >= LOOK_WHOLE:
        return low, None
    near = newest_linked(session) - NEAR
    return (near, NEAR) if near > low else (low, None)


def settle(session: Session, *, is_looked_through: bool) -> None:
    """Move that number on where it can be. Under the chain's lock, at READ COMMITTED, after entries were linked.

    `is_looked_through`: all that was there above the number has been linked, but for what lies above the newest that is.
    """
    state = session.get(ChainState, 1, populate_existing=True)
    if state is None:
        session.execute(
            insert(ChainState).values(id=1, settled_entry_no=0).on_conflict_do_nothing(index_elements=["id"])
        )
        return
    if is_looked_through:
        state.looked_at = utcnow()
    if state.next_entry_no is not None and state.next_xid is not None and state.next_at is not None:
        if state.next_xid > (session.scalar(_OWN) or 0):
            state.next_entry_no = (
                None  # of another cluster: restored from a dump, ids of transactions began anew
            )
        elif (
            utcnow() - state.next_at >= LEAST_WAIT
            and (session.scalar(_OLDEST_RUNNING) or 0) > state.next_xid
            and not _is_any_unlinked(session, state.settled_entry_no, state.next_entry_no)
        ):
            state.settled_entry_no, state.next_entry_no = state.next_entry_no, None
    newest = session.scalar(_NEWEST) or 0  # before the ids of transactions are looked at
    if state.next_entry_no is None and newest > state.settled_entry_no:
        state.next_entry_no, state.next_xid, state.next_at = newest, session.scalar(_OWN), utcnow()
    session.flush()


def _is_any_unlinked(session: Session, after: int, to: int) -> bool:
    unlinked = (
        select(func.count())
        .select_from(Entry)
        .outerjoin(Link, and_(Link.entry_no == Entry.entry_no, Link.entry_no > after))
        .where(Entry.entry_no > after, Entry.entry_no <= to, Link.entry_no.is_(None))
    )
    return bool(session.scalar(unlinked))
