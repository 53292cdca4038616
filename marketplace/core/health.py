"""/healthz (alive), /readyz (database and migrations), /metrics (Prometheus)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import flask
import prometheus_client
from flask import Blueprint, Flask, Response, g, request
from prometheus_client import multiprocess
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.core import migrate
from marketplace.core.db import transaction
from marketplace.core.http.endpoint import endpoint, public

REQUESTS: Final = prometheus_client.Counter(
    "sanzhuan_requests_total", "Answered requests", ("method", "route", "status")
)
SECONDS: Final = prometheus_client.Histogram(
    "sanzhuan_request_seconds", "Time to answer", ("route",), buckets=(0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10)
)
blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@endpoint(public(), own_transactions=True)
def healthz(actor: None) -> dict[str, str]:
    """Alive: the process answers. Asks nothing behind it."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@endpoint(public(), own_transactions=True)
def readyz(actor: None) -> tuple[dict[str, Any], int]:
    """Ready: the database answers, is durable, and has the migrations this code needs; else 503."""
    with transaction() as session:
        revision = migrate.current_revision(session.connection())
        rows = session.execute(
            sql(
                "SELECT name, setting FROM pg_settings"
                " WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')"
            )
        ).all()
    durable = all(setting != "off" for _, setting in rows)
    ready = revision == migrate.head() and (durable or not flask.current_app.config["PRODUCTION"])
    return {"status": "ready" if ready else "not_ready", "migrations": revision, "durable": durable}, (
        200 if ready else 503
    )


@blueprint.get("/metrics")
@endpoint(public(), own_transactions=True)
def metrics(actor: None) -> Response:
    """Prometheus text of all workers. Keep it off the public side of the proxy (docs/operations.md)."""
    registry: prometheus_client.CollectorRegistry = prometheus_client.REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = prometheus_client.CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    body = prometheus_client.generate_latest(registry)
    return Response(body + (_queue() + _said()).encode(), mimetype="text/plain")


@dataclass(frozen=True)
class Gauge:
    """A gauge of the whole service: `series` gives (value of the label, number) of each, as a statement or a reader."""

    name: str
    help: str
    label: str
    series: str | Callable[[Session], Iterable[tuple[str, int]]]


_gauges: list[Gauge] = []


def watch(gauges: Sequence[Gauge]) -> None:
    """Replace what /metrics says besides requests and jobs. Called once by the composition root."""
    _gauges[:] = gauges


def _said() -> str:
    lines = []
    with transaction() as session:
        for one in _gauges:
            lines += [f"# HELP {one.name} {one.help}", f"# TYPE {one.name} gauge"]
            found: Any = (
                session.execute(sql(one.series)) if isinstance(one.series, str) else one.series(session)
            )
            lines += [f'{one.name}{{{one.label}="{value}"}} {number}' for value, number in found]
    return "".join(f"{line}\n" for line in lines)


def _queue() -> str:
    with transaction() as session:
        rows = session.execute(
            sql("SELECT state, count(*) FROM core.job WHERE state <> 'done' GROUP BY state ORDER BY state")
        ).all()
    lines = "".join(f'sanzhuan_jobs{{state="{state}"}} {count}\n' for state, count in rows)
    return f"# HELP sanzhuan_jobs Jobs not yet done\n# TYPE sanzhuan_jobs gauge\n{lines}"


def install(app: Flask) -> None:
    """Register the three routes and count every request."""
    app.register_blueprint(blueprint)
    app.after_request(_count)


def _count(response: Response) -> Response:
    route = str(request.url_rule) if request.url_rule else "none"
    REQUESTS.labels(request.method, route, str(response.status_code)).inc()
    SECONDS.labels(route).observe(time.perf_counter() - g.get("request_started", time.perf_counter()))
    return response
