"""Asked once in a snapshot: what several questions of a report ask alike (where the books stand, which targets hold).

Only a snapshot keeps answers, because only there nothing changes between two questions. They end with its transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

Answer = TypeVar("Answer")
_KEPT: Final = "marketplace.kept_in_snapshot"
_READ_ONE_STATE: Final = sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def begin(session: Session) -> None:
    """Let the transaction of `session`, which has asked nothing yet, read one state of the database and keep answers."""
    session.execute(_READ_ONE_STATE)
    session.info[_KEPT] = {}


def once(session: Session, ask: Callable[[], Answer], *key: Hashable) -> Answer:
    """What `ask` says; of a snapshot it is asked once for each key. The key names the question and all that it hangs on."""
    kept: dict[Hashable, Any] | None = session.info.get(_KEPT)
    if kept is None:
        return ask()
    if key not in kept:
        kept[key] = ask()
    found: Answer = kept[key]
    return found
