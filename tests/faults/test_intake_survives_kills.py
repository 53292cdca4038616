"""Workers and web processes are killed amid intake, twenty times each: every line is in the ledger once, however often sent."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from benchmarks.intake_batches import PATH, request_of
from benchmarks.intake_world import Sender
from benchmarks.server import Web, gunicorn
from marketplace.app import compose
from marketplace.attribution.models import Entry
from marketplace.core import db, jobs, privacy
from marketplace.core.clock import utcnow
from marketplace.core.models import Job
from marketplace.core.settings import Settings
from marketplace.intake.models import Batch, Report
from marketplace.intake.service.receive import receive_signed
from tests.support.reporting_device import Cabinet, manifest_in, open_cabinet

pytestmark = pytest.mark.fault

KILLS = 20
ROWS = 40
SETTINGS = Settings(encryption_keys="1:" + "11" * 32, index_key="22" * 32, secret_key="test")


@dataclass
class Till:
    """A cabinet that numbers its batches and its sales."""

    cabinet: Cabinet
    sent: int = 0

    def next_request(self) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a batch of sales that were never said before."""
        self.sent += 1
        sold = utcnow().astimezone().strftime("%Y-%m-%d 00:00:01")
        lines = [
            json.dumps(self.cabinet.row(f"B{self.sent}-{number}", paytm=sold), ensure_ascii=False).encode()
            for number in range(ROWS)
        ]
        sender = Sender(self.cabinet.channel.code, self.cabinet.device, self.cabinet.secret)
        return request_of(sender, lines, ROWS * 4_900, self.sent)


@pytest.fixture
def till(own_database: db.Database) -> Till:
    compose()
    privacy.install(privacy.Vault(privacy.keys_from_settings(SETTINGS)))
    with db.transaction() as session:
        cabinet = open_cabinet(session)
        session.flush()
        session.expunge_all()
    return Till(cabinet)


@pytest.fixture
def web(own_database: db.Database, till: Till) -> Iterator[Web]:
    environment = {
        "DATABASE_URL": own_database.url,
        "SANZHUAN_SECRET_KEY": SETTINGS.secret_key,
        "SANZHUAN_ENCRYPTION_KEYS": SETTINGS.encryption_keys,
        "SANZHUAN_INDEX_KEY": SETTINGS.index_key,
        "SANZHUAN_LOG_LEVEL": "ERROR",
    }
    with gunicorn("wsgi:create_app()", environment, ready="/readyz") as running:
        yield running


def send(web: Web, body: bytes, headers: dict[str, str]) -> int:
    """The status; 0 when the connection broke before an answer came."""
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
    try:
        connection.request("POST", PATH, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def send_until_answered(web: Web, body: bytes, headers: dict[str, str]) -> None:
    end = time.monotonic() + 120
    while (status := send(web, body, headers)) == 0:
        assert time.monotonic() < end, "no answer for two minutes"
        time.sleep(0.05)
    assert status == 202


def work_alone(url: str) -> None:
    """The body of a worker of its own; it leaves without the parent's clean-up, as a killed one does."""
    db.connect(db.Database(url, pool_size=1))
    jobs.run_ready()
    os._exit(0)


def start_worker(url: str) -> multiprocessing.process.BaseProcess:
    process = multiprocessing.get_context("fork").Process(target=work_alone, args=(url,))
    process.start()
    return process


def work_to_the_end() -> None:
    """What a killed worker left is free within a second; what failed is due later, and is done now."""
    end = time.monotonic() + 240
    while True:
        jobs.run_ready()
        with db.transaction() as session:
            session.execute(
                Job.__table__.update().where(Job.__table__.c.state == "ready").values(run_at=utcnow())
            )
            left = session.scalar(select(func.count()).select_from(Batch).where(Batch.state == "received"))
        if not left:
            return
        assert time.monotonic() < end, f"{left} batches are still unread"
        time.sleep(0.1)


def check_books(batches: int) -> None:
    with db.transaction() as session:
        states = session.execute(
            select(Batch.state, Batch.accepted, func.count()).group_by(Batch.state, Batch.accepted)
        ).all()
        lines, distinct, fen = session.execute(
            select(func.count(), func.count(Entry.line_id.distinct()), func.sum(Entry.sale_fen))
        ).one()
        reports = session.scalar(select(func.count()).select_from(Report))
    assert [tuple(row) for row in states] == [("done", ROWS, batches)]
    assert (lines, distinct, reports) == (batches * ROWS,) * 3
    assert fen == batches * ROWS * 4_900


def test_after_twenty_kills_of_the_worker_every_line_is_in_the_ledger_once(
    own_database: db.Database, till: Till
) -> None:
    dice = random.Random(20201001)
    began, whole = 0.0, 0.3
    for turn in range(KILLS + 1):
        for _ in range(2):
            body, headers = till.next_request()
            manifest, raw = manifest_in(headers["X-Batch-Manifest"])
            with db.transaction() as session:
                receive_signed(session, manifest, raw, body, headers["X-Batch-Signature"])
        began = time.monotonic()
        worker = start_worker(own_database.url)
        if turn:
            time.sleep(whole * dice.random())
            if worker.is_alive():
                os.kill(int(worker.pid or 0), signal.SIGKILL)
        worker.join()
        if not turn:
            whole = time.monotonic() - began
    work_to_the_end()
    check_books(till.sent)


def test_after_twenty_kills_of_a_web_process_every_batch_is_received_and_counts_once(
    web: Web, till: Till
) -> None:
    dice = random.Random(20201001)
    body, headers = till.next_request()
    began = time.monotonic()
    send_until_answered(web, body, headers)
    whole = time.monotonic() - began
    for _ in range(KILLS):
        end = time.monotonic() + 240
        while len(web.workers()) < 2:
            assert time.monotonic() < end, "the web process was not replaced"
            time.sleep(0.02)
        body, headers = till.next_request()
        sending = multiprocessing.get_context("fork").Process(target=send, args=(web, body, headers))
        sending.start()
        time.sleep(2 * whole * dice.random())
        os.kill(dice.choice(web.workers()), signal.SIGKILL)  # the one that took it, or the other
        sending.join()
        send_until_answered(web, body, headers)
    work_to_the_end()
    check_books(till.sent)
