"""The web processes as they run in production: replaced when killed, counted together."""

import http.client
import os
import signal
import time
from collections.abc import Iterator

import pytest

from benchmarks.server import Web, gunicorn
from marketplace.core import db

pytestmark = pytest.mark.fault


@pytest.fixture
def web(own_database: db.Database) -> Iterator[Web]:
    environment = {"DATABASE_URL": own_database.url, "SANZHUAN_SECRET_KEY": "test"}
    with gunicorn("wsgi:create_app()", environment, ready="/readyz") as running:
        yield running


def ask(web: Web, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_a_killed_worker_is_replaced_and_the_others_go_on(web: Web) -> None:
    before = web.workers()
    assert len(before) == 2
    os.kill(before[0], signal.SIGKILL)
    end = time.monotonic() + 30
    while time.monotonic() < end and (before[0] in web.workers() or len(web.workers()) < 2):
        time.sleep(0.05)
    after = web.workers()
    assert (len(after), before[0] in after, before[1] in after) == (2, False, True)
    assert [ask(web, "/readyz")[0] for _ in range(8)] == [200] * 8


def test_the_counters_of_all_workers_are_one_sum(web: Web) -> None:
    earlier = ask(web, "/metrics")[1].decode()
    for _ in range(40):
        assert ask(web, "/healthz")[0] == 200
    later = ask(web, "/metrics")[1].decode()
    assert answered(later) - answered(earlier) == 40


def answered(metrics: str) -> float:
    name = 'sanzhuan_requests_total{method="GET",route="/healthz",status="200"}'
    return sum(float(line.rsplit(" ", 1)[1]) for line in metrics.splitlines() if line.startswith(name))
