"""What a process keeps of values that never change: rosters of agreement versions, states on closed days."""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session


class Cache:
    """Values of an engine's database that never change, kept in the process up to a size in bytes; then it begins anew."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._values: WeakKeyDictionary[Engine, dict[Any, Any]] = WeakKeyDictionary()
        self._size = 0
        self._lock = threading.Lock()

    def of(self, session: Session) -> dict[Any, Any]:
        """What is kept for the session's database; to be read only."""
        bind = session.get_bind()
        with self._lock:
            return self._values.setdefault(bind.engine, {})

    def keep(self, session: Session, key: Any, value: Any, size: int) -> None:
        """Keep a value."""
        kept = self.of(session)
        with self._lock:
            if self._size + size > self._most:
                for one in self._values.values():
                    one.clear()
                self._size = 0
            kept[key] = value
            self._size += size
