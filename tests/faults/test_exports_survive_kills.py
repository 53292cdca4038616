"""A worker is killed ten times while it writes an export: nobody ever sees half a file, and in the end there is one whole one."""

from __future__ import annotations

import csv
import hashlib
import io
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.app import compose
from marketplace.core import db, files, jobs
from marketplace.core.clock import frozen_at
from marketplace.core.models import AuditRecord, Job, StoredFile
from marketplace.statistics.exports import entries
from tests.support.books import Books
from tests.support.published import NOW, open_office

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]

KILLS = 10
ENTRIES = 300
SLOWLY = 0.004


def work(url: str, folder: str, begun: str) -> None:
    """A worker that writes an entry every four milliseconds, and says when it begins."""
    compose()
    db.connect(db.Database(url, pool_size=4))
    files.install(Path(folder))
    whole = entries.stream_behind

    def slow(*given: Any) -> Iterator[Any]:
        Path(begun).touch()
        for row in whole(*given):
            time.sleep(SLOWLY)
            yield row

    entries.stream_behind = slow  # type: ignore[assignment]
    with frozen_at(NOW):
        jobs.run_ready()


def test_a_killed_worker_leaves_no_half_file_and_the_next_one_begins_anew(
    app: Flask,
    as_role: Callable[..., dict[str, str]],
    own_database: db.Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, begun = tmp_path / "files", tmp_path / "begun"
    monkeypatch.setattr(files, "_root", folder)
    with open_office(app.test_client(), as_role) as office:
        with db.transaction() as session:
            books = Books(session, office.world)
            for number in range(ENTRIES - 3):
                books.sell(books.line(1_000 + number, 1, sold_at=NOW, counted_at=NOW))
        who = office.as_role("statistician", "440000")
        body = {"kind": "statistics_entries", "area_code": "440000", "reason": "核对", "parameters": {}}
        export = office.post("/exports", who, body).get_json()
        path = f"/exports/{export['id']}"
        dice = random.Random(20201006)
        for _ in range(KILLS):
            worker = start(own_database.url, folder, begun)
            time.sleep(dice.uniform(0, ENTRIES * SLOWLY * 0.9))
            os.kill(worker.pid or 0, signal.SIGKILL)
            worker.join()
            assert office.get(path, who).get_json()["state"] == "writing"
            assert office.get(f"{path}/file", who).status_code == 409
            with db.transaction() as session:
                assert session.scalar(select(func.count()).select_from(StoredFile)) == 0
        worker = start(own_database.url, folder, begun)
        worker.join()
        found = office.get(path, who).get_json()
        content = office.get(f"{path}/file", who).data
        assert (found["state"], found["rows"], found["sha256"]) == (
            "ready",
            ENTRIES,
            hashlib.sha256(content).hexdigest(),
        )
        assert len(list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))) == 1 + ENTRIES
        assert [one.read_bytes() for one in folder.rglob("*") if one.is_file()] == [content]
        assert list(folder.rglob("*.making")) == []
        with db.transaction() as session:
            made = AuditRecord.action == "accounts.export.made"
            assert session.scalar(select(func.count()).select_from(AuditRecord).where(made)) == 1
            job = session.scalars(select(Job).where(Job.kind == "accounts.open_export")).one()
            assert (job.state, job.attempts) == ("done", 0)


def start(url: str, folder: Path, begun: Path) -> Any:
    """A worker that has begun to write."""
    begun.unlink(missing_ok=True)
    worker = multiprocessing.get_context("spawn").Process(target=work, args=(url, str(folder), str(begun)))
    worker.start()
    limit = time.monotonic() + 60
    while not begun.exists():
        assert worker.is_alive()
        assert time.monotonic() < limit
        time.sleep(0.02)
    return worker
