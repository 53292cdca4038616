"""An import is killed at twenty points of its run: the products are all there or none is, and running it again adds the rest."""

import multiprocessing
import os
import random
import signal
import time

import pytest
from sqlalchemy import func, select

from marketplace.accounts.service import organisations
from marketplace.accounts.service.organisations import NewOrganisation
from marketplace.core import db
from marketplace.core.actor import system_actor
from marketplace.core.identifiers import build_uscc
from marketplace.core.sheets.export import write_csv
from marketplace.core.sheets.table import Table
from marketplace.producers.models import Product, ProductImport
from marketplace.producers.service import imports, producers
from marketplace.producers.service.imports import ImportOptions
from marketplace.producers.service.producers import NewProducer

pytestmark = pytest.mark.fault

KILLS = 20
ROWS = 3_000
HEADINGS = ("统一社会信用代码", "产品名称", "品类", "规格", "计量单位", "产地")


def import_alone(url: str, table: Table) -> None:
    """The body of a process of its own; it leaves without the parent's clean-up, as a killed one does."""
    db.connect(db.Database(url, pool_size=1))
    with db.transaction() as session:
        imports.run(session, system_actor(), table, ImportOptions())
    os._exit(0)


def start(url: str, table: Table) -> multiprocessing.process.BaseProcess:
    process = multiprocessing.get_context("fork").Process(target=import_alone, args=(url, table))
    process.start()
    return process


def counts() -> tuple[int, int]:
    with db.transaction() as session:
        products = session.scalar(select(func.count()).select_from(Product)) or 0
        return products, session.scalar(select(func.count()).select_from(ProductImport)) or 0


def table_of(uscc: str, batch: int) -> Table:
    rows = [[uscc, f"金柚{batch}-{number}号", "柚", "5斤装", "箱", "441403"] for number in range(ROWS)]
    return imports.read(write_csv(HEADINGS, rows))


def test_a_killed_import_added_everything_or_nothing(own_database: db.Database) -> None:
    uscc = build_uscc("93441403DEM00001")
    with db.transaction() as session:
        new = NewOrganisation("producer", "演示合作社", "441403", uscc=uscc, is_demo=True)
        organisation = organisations.register(session, system_actor(), new)
        producers.register(session, system_actor(), NewProducer(organisation.id, "cooperative"))
    began = time.monotonic()
    start(own_database.url, table_of(uscc, 0)).join()
    whole = time.monotonic() - began
    assert counts() == (ROWS, 1)
    dice = random.Random(20200912)
    for batch in range(1, KILLS + 1):
        table = table_of(uscc, batch)
        killed = start(own_database.url, table)
        time.sleep(whole * dice.random())
        if killed.is_alive():
            os.kill(int(killed.pid or 0), signal.SIGKILL)
        killed.join()
        products, runs = counts()
        assert products in {batch * ROWS, batch * ROWS + ROWS}
        was_added = products > batch * ROWS
        with db.transaction() as session:
            done = imports.run(session, system_actor(), table, ImportOptions())
            added = (done.rows_added, done.rows_known)
        # A COMMIT that was on its way when the process died may still arrive after the count.
        assert added in ({(0, ROWS)} if was_added else {(ROWS, 0), (0, ROWS)})
        assert counts() == (batch * ROWS + ROWS, runs + 1)
