"""How a job is written: by a statement of its own, or by a part of the one that writes what it follows."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert

from marketplace.core.clock import utcnow
from marketplace.core.db import table_of
from marketplace.core.models import Job

#: Of these there is one a key.
_OPEN: Final = "state = 'ready' AND key IS NOT NULL"
# Built once: most of what is written has a job that follows it.
_NEW_JOB: Final = insert(table_of(Job))
ENQUEUE: Final = _NEW_JOB.returning(Job.id)
ENQUEUE_ONCE: Final = _NEW_JOB.on_conflict_do_nothing(
    index_elements=["key"], index_where=sql(_OPEN)
).returning(Job.id)
#: The same as a part of a statement whose part called `rows` brings one row or none. Its values are `values_of_part`'s.
ENQUEUE_FROM: Final = f"""
    INSERT INTO core.job (kind, payload, key, state, attempts, run_at, created_at)
    SELECT :job_kind, CAST(:job_payload AS jsonb), :job_key, 'ready', 0, :job_at, :job_at FROM {{rows}}
    ON CONFLICT (key) WHERE {_OPEN} DO NOTHING
"""  # noqa: S608 - our own words


def values_of(
    kind: str, payload: dict[str, Any], run_at: datetime | None, key: str | None, actor_id: uuid.UUID | None
) -> dict[str, Any]:
    """The values of a new job, due at once unless `run_at` says otherwise."""
    now = utcnow()
    return {
        "kind": kind,
        "payload": payload,
        "key": key,
        "state": "ready",
        "attempts": 0,
        "run_at": run_at or now,
        "created_at": now,
        "created_by": actor_id,
    }


def values_of_part(kind: str, payload: dict[str, Any], key: str) -> dict[str, Any]:
    """What `ENQUEUE_FROM` takes, under names that no other part has."""
    return {
        "job_kind": kind,
        "job_payload": orjson.dumps(payload).decode(),
        "job_key": key,
        "job_at": utcnow(),
    }
