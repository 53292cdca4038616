"""A bank's statement of 100,000 lines: read, written as receipts, matched and booked; the floor is a bare COPY of the same lines.

Nine of ten lines are for an order: most name its code, some only its amount; the rest are of strangers, or money out. Every
order that is paid takes all the steps of the service: certificates, goods class, history, books.
"""

from __future__ import annotations

import csv
import hashlib
import io
import resource
import time
from collections import Counter
from typing import Any, Final

from sqlalchemy import func, select

from benchmarks.bank_statement_world import (
    ACCOUNT,
    BY_AMOUNT,
    BY_CODE,
    LAYOUT,
    STRANGERS,
    make_buyers,
    make_file,
    make_orders,
)
from benchmarks.database import Postgres, postgres
from benchmarks.report import Result
from benchmarks.search_engines import engine_for
from benchmarks.world import write
from marketplace.accounts.models import Organisation
from marketplace.core import db, privacy
from marketplace.core.clock import today, utcnow
from marketplace.core.collector import keep_what_is_loaded
from marketplace.core.ids import uuid7
from marketplace.core.privacy import Cell, vault
from marketplace.orders.models import SalesOrder
from marketplace.payments.layouts import Statement, read_statement
from marketplace.payments.models import BankStatement, Receipt
from marketplace.payments.service.accounts import registered_account
from marketplace.payments.service.bank_statements import import_statement
from marketplace.payments.service.checks import (
    open_amount_differences,
    receipt_differences,
    waiting_differences,
)
from marketplace.payments.service.matching import keep_up
from marketplace.producers.models import Producer

LINES = 100_000
LISTINGS: Final = 500
GOAL_SECONDS: Final = 60


def run(seconds: float) -> Result:
    """Lines/s from the bytes of the file to the last booking; the floor copies the rows that were written for the lines."""
    with postgres() as server, engine_for("postgresql", server.settings):
        privacy.install(privacy.Vault(privacy.keys_from_settings(server.settings)))
        with db.transaction() as session:
            world = write(session, producers=1, listings_each=LISTINGS, buyers=2)
            buyers = make_buyers(session)
        placed = make_orders(world, buyers, LINES)
        data = make_file(placed, LINES)
        server.analyse()
        keep_what_is_loaded()  # as the worker does
        began, busy = time.perf_counter(), time.process_time()
        statement = read_statement(data, LAYOUT, today())
        read_seconds = time.perf_counter() - began
        _import(data, statement)
        import_seconds = time.perf_counter() - began - read_seconds
        keep_up()
        took, busy = time.perf_counter() - began, time.process_time() - busy
        server.analyse()
        states = _check()
        began = time.perf_counter()
        again = _import(data, statement)
        again_seconds = time.perf_counter() - began
        if again.lines_added:
            raise RuntimeError(f"the same file added {again.lines_added} lines")
        floor_seconds = _floor(server, data)
    rate, floor = LINES / took, LINES / floor_seconds
    return Result(
        bench="bank-statement",
        value=rate,
        unit="lines/s",
        floor=floor,
        ratio=rate / floor,
        rows=[
            ("asked for", f"{LINES:,} lines matched in less than {GOAL_SECONDS} s"),
            ("file, read", f"{len(data) / 2**20:.1f} MiB, {read_seconds:.1f} s"),
            ("receipts written", f"{import_seconds:.1f} s"),
            ("matched and booked", f"{took - read_seconds - import_seconds:.1f} s"),
            ("all of it", f"{took:.1f} s, {busy:.1f} s of processor time beside PostgreSQL's"),
            ("receipts", ", ".join(f"{count:,} {state}" for state, count in sorted(states.items()))),
            ("the same file again", f"{again_seconds:.1f} s, nothing added"),
            ("peak memory", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB"),
        ],
    )


def _import(data: bytes, statement: Statement) -> BankStatement:
    """The lines as receipts, in the one transaction of the job."""
    with db.transaction() as session:
        owner = session.scalars(
            select(Organisation).join(Producer, Producer.organisation_id == Organisation.id)
        ).one()
        if owner.bank_account_enc is None:
            owner.bank_name = "基准银行"
            owner.bank_account_enc = vault().encrypt(
                Cell("accounts.organisation", "bank_account_enc", owner.id), ACCOUNT
            )
        kept = BankStatement(
            id=uuid7(),
            organisation_id=owner.id,
            area_code=owner.area_code,
            layout=LAYOUT.code,
            file_sha256=hashlib.sha256(data).digest(),
            requested_at=utcnow(),
            lines_in=0,
            lines_added=0,
            lines_known=0,
        )
        session.add(kept)
        session.flush()
        account = registered_account(session, owner)
        if account is None:
            raise RuntimeError("no account")
        import_statement(session, kept, owner, account, statement)
        if kept.state != "imported":
            raise RuntimeError(f"refused: {kept.errors[:3]}")
        return kept


def _check() -> Counter[str]:
    """Every line with an order paid it, every other waits, and the books agree."""
    with db.transaction() as session:
        states = Counter(
            {
                str(state): count
                for state, count in session.execute(
                    select(Receipt.state, func.count()).group_by(Receipt.state)
                )
            }
        )
        paid = session.scalar(
            select(func.count()).select_from(SalesOrder).where(SalesOrder.payment_state == "paid")
        )
        wrong: list[Any] = [
            *open_amount_differences(session),
            *receipt_differences(session),
            *waiting_differences(session).items(),
        ]
    due = LINES * (BY_CODE + BY_AMOUNT) // 100
    if (paid, states["settled"], states["parked"]) != (due, due, LINES * STRANGERS // 100) or wrong:
        raise RuntimeError(f"paid {paid}, {dict(states)}, {len(wrong)} differences")
    return states


def _floor(server: Postgres, data: bytes) -> float:
    """Splitting the file into cells, and COPY of the receipts that came of it into a table with the same indexes."""
    with server.connect() as connection:
        connection.execute("CREATE TEMP TABLE floor (LIKE payments.receipt INCLUDING ALL)")
        with connection.cursor().copy("COPY payments.receipt TO STDOUT") as out:
            copied = b"".join(bytes(part) for part in out)
        began = time.perf_counter()
        cells = list(csv.reader(io.StringIO(data.decode(LAYOUT.encoding), newline="")))
        if len(cells) != LINES + 1:
            raise RuntimeError(f"the file has {len(cells)} lines")
        with connection.cursor().copy("COPY floor FROM STDIN") as copy:
            copy.write(copied)
        connection.commit()
        return time.perf_counter() - began
