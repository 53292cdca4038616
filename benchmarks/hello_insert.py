"""The least that keeps what it is told: one route that reads JSON, writes one row in a transaction, and answers JSON."""

from __future__ import annotations

import json
import os
import uuid

from flask import Flask, Response, jsonify, request
from sqlalchemy import text as sql

from benchmarks.clients import Outcome, best, drive, post
from benchmarks.database import Postgres
from benchmarks.server import gunicorn
from marketplace.core import db
from marketplace.core.clock import utcnow

_INSERT = sql("""
    INSERT INTO payments.gateway_event (id, gateway, event_id, kind, said, state, created_at, received_at, tries)
    VALUES (:id, 'hello', :event_id, 'hello', CAST(:said AS jsonb), 'ignored', :at, :at, 0)
""")


def create_app() -> Flask:
    """An application over DATABASE_URL with /healthz and /hello."""
    db.connect(db.Database(os.environ["DATABASE_URL"]))
    app = Flask("hello-insert")

    @app.get("/healthz")
    def alive() -> Response:
        return jsonify({"status": "ok"})

    @app.post("/hello")
    def hello() -> Response:
        said = request.get_json()
        row_id = uuid.uuid4()
        with db.transaction() as session:
            session.connection().execute(
                _INSERT, {"id": row_id, "event_id": str(row_id), "said": json.dumps(said), "at": utcnow()}
            )
        return jsonify({"hello": "世界"})

    return app


def measure(server: Postgres, clients: int, seconds: float) -> Outcome:
    """Its requests under the same gunicorn, on the same database."""
    body = json.dumps({"hello": "世界", "amount": 9800}).encode()
    with gunicorn("benchmarks.hello_insert:create_app()", server.environment) as web:
        return best(
            lambda some: drive(web.port, lambda _: post("/hello", body), clients=clients, seconds=some),
            seconds,
        )
