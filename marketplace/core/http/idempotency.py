"""The same request twice has one effect and gets the same answer.

Key (per account and route), hash of the body and the 2xx answer (of a form: where it leads) are stored in the use case's own
transaction. A key in flight is recognised by an advisory lock: 409. The same key with another body: 422. Refusals are not
stored; they may be tried again.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable
from typing import Any, Final

from flask import Response, request
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import BadRequest, KeyInFlight, KeyReused

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)
_ANONYMOUS: Final = uuid.UUID(int=0)

# One statement: take the lock if it is free, and look the answer up. If another request commits between this statement's
# snapshot and its lock, the primary key refuses the second answer and with it the second effect.
_BEGIN: Final = sql("""
    SELECT pg_try_advisory_xact_lock(:lock) AS free, a.body_hash, a.status, a.body
    FROM (SELECT 1) AS one LEFT JOIN core.idempotent_answer a
      ON a.account_id = :account AND a.route = :route AND a.key = :key
""")
_STORE: Final = sql("""
    INSERT INTO core.idempotent_answer (account_id, route, key, body_hash, status, body, created_at)
    VALUES (:account, :route, :key, :hash, :status, :body, :at)
""")


def answer_once(
    session: Session,
    actor: Actor | None,
    produce: Callable[[], Response],
    *,
    key: str | None = None,
    body_hash: bytes | None = None,
) -> Response:
    """Run `produce` once per key; a repeated key gets the stored answer with ``Idempotency-Replayed: true``.

    A form brings `key` and `body_hash` itself: its key is a field, and not all that it sends is content.
    Raises BadRequest without a key, KeyInFlight (409) while another request works on it, KeyReused (422) with another body.
    """
    key = request.headers.get("Idempotency-Key", "") if key is None else key
    if _KEY.fullmatch(key) is None:
        raise BadRequest(
            "idempotency_key_missing", "此操作需要请求头 Idempotency-Key(1–255 个可见 ASCII 字符)"
        )
    account = actor.account_id if actor is not None else _ANONYMOUS
    route = f"{request.method} {request.path}"
    if body_hash is None:
        body_hash = hashlib.sha256(request.get_data(cache=True)).digest()
    named: dict[str, Any] = {"account": account, "route": route, "key": key}
    lock = {"lock": _lock_number(account, route, key)}
    found = session.connection().execute(_BEGIN, named | lock).one()
    if found.status is not None:
        if bytes(found.body_hash) != body_hash:
            raise KeyReused()
        replay = Response(bytes(found.body), status=found.status, mimetype="application/json")
        replay.headers["Idempotency-Replayed"] = "true"
        return replay
    if not found.free:
        raise KeyInFlight(retry_after_seconds=1)
    response = produce()
    if 200 <= response.status_code < 400:
        with refusing({"pk_idempotent_answer": KeyInFlight(retry_after_seconds=1)}):
            session.connection().execute(
                _STORE,
                named
                | {
                    "hash": body_hash,
                    "status": response.status_code,
                    "body": response.get_data(),
                    "at": utcnow(),
                },
            )
    return response


def _lock_number(account: uuid.UUID, route: str, key: str) -> int:
    digest = hashlib.sha256(f"{account}\n{route}\n{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
