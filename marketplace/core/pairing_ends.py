"""The last days of pairings that were handed over, read and recorded; `core.pairings` has the rules that go by them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core import pairings
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.db import Database, current, refusing
from marketplace.core.errors import AlreadyExists, Invalid
from marketplace.core.models import PairingEnd
from marketplace.core.pairings import Pairing

#: The database whose days this process knows.
_read_from: list[Database] = []


def keep_ends(session: Session, *, again: bool = False) -> None:
    """Read the days if what this process knows of them is old or of another database, or it is asked to."""
    if again or pairings.are_old() or _read_from != [current()]:
        _read_from[:] = [current()]
        rows = session.scalars(select(PairingEnd))
        pairings.know(
            frozenset(((row.helper, row.helped, row.kind, row.valid_from), row.last_day) for row in rows)
        )


def require_last_day(pairing: Pairing, last_day: date) -> None:
    """Invalid (`pairing_last_day`) unless the day lies after today and before the pairing's own last day.

    So it takes effect tomorrow at the earliest, when every process has read it.
    """
    if last_day <= today() or (pairing.valid_to is not None and last_day >= pairing.valid_to):
        raise Invalid("pairing_last_day", "结束日应在今天之后,且早于原定的结束日", pointer="/last_day")


def end_pairing(
    session: Session, actor: Actor, pairing: Pairing, last_day: date, handover_number: str
) -> PairingEnd:
    """Record the last day. Invalid as `require_last_day`; AlreadyExists (`pairing_ended`) when one is recorded."""
    require_last_day(pairing, last_day)
    row = PairingEnd(
        helper=pairing.helper,
        helped=pairing.helped,
        kind=pairing.kind,
        valid_from=pairing.valid_from,
        last_day=last_day,
        handover_number=handover_number,
        recorded_by=actor.audit_id,
        recorded_at=utcnow(),
    )
    session.add(row)
    with refusing(
        {"uq_pairing_end_helper_helped_kind_valid_from": AlreadyExists("pairing_ended", "该结对关系已结束")}
    ):
        session.flush()
    keep_ends(session, again=True)
    return row
