"""Importing a list of 10,000 products of which 1,000 are bad, against reading the same sheet and COPY of the same rows alone."""

from __future__ import annotations

import io
import itertools
import resource
import time
from typing import Any, Final

import python_calamine
from sqlalchemy import event

from benchmarks.database import Postgres, postgres
from benchmarks.report import Result
from benchmarks.search_engines import engine_for
from marketplace.accounts.service import organisations
from marketplace.accounts.service.organisations import NewOrganisation
from marketplace.core import db, privacy
from marketplace.core.actor import system_actor
from marketplace.core.identifiers import build_uscc
from marketplace.core.sheets.export import Value, write_xlsx
from marketplace.producers.models import ProductImport
from marketplace.producers.service import imports, producers
from marketplace.producers.service.imports import ImportOptions
from marketplace.producers.service.producers import NewProducer

ROWS: Final = 10_000
EVERY_BAD: Final = 10
PRODUCERS: Final = 100
GOAL_SECONDS: Final = 30
HEADINGS: Final = (
    "统一社会信用代码",
    "主体名称",
    "产品名称",
    "品类",
    "商标/品牌",
    "规格",
    "计量单位",
    "产地",
    "保质期(天)",
    "鲜活易腐",
    "年产能",
    "商品价值量(万元)",
    "质量标志",
)
# What is wrong with the bad rows in turn: (heading, cell).
WRONG: Final[tuple[tuple[str, Any], ...]] = (
    ("统一社会信用代码", 914414031234567),
    ("统一社会信用代码", "91110000600037341X"),
    ("主体名称", "别的合作社"),
    ("产品名称", None),
    ("品类", "宇航"),
    ("规格", "长" * 101),
    ("计量单位", "火车"),
    ("产地", "999999"),
    ("保质期(天)", "很久"),
    ("商品价值量(万元)", "1万5"),
)


def run(seconds: float) -> Result:
    """Rows/s from the bytes of the file to the commit; the floor reads the sheet in this process and copies the good rows."""
    with postgres() as server, engine_for("postgresql", server.settings):
        privacy.install(privacy.Vault(privacy.keys_from_settings(server.settings)))
        data = _sheet(_producers())
        server.analyse()
        statements: list[str] = []
        event.listen(db.current().engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        began = time.perf_counter()
        table = imports.read(data)
        read_seconds = time.perf_counter() - began
        with db.transaction() as session:
            done = imports.run(session, system_actor(), table, ImportOptions(good_rows_only=True))
        took = time.perf_counter() - began
        bad = len({error.row for error in imports.errors_of(done)})
        _check(done, bad)
        floor_seconds = _floor(server, data)
    rate, floor = ROWS / took, ROWS / floor_seconds
    return Result(
        bench="import",
        value=rate,
        unit="rows/s",
        floor=floor,
        ratio=rate / floor,
        rows=[
            (
                "asked for",
                f"{ROWS:,} rows in less than {GOAL_SECONDS} s, {ROWS // EVERY_BAD:,} bad ones reported",
            ),
            ("import", f"{took:.2f} s, of it {read_seconds:.2f} s scanning and reading the sheet"),
            ("added, bad", f"{done.rows_added:,} rows, {bad:,} rows with {len(done.errors):,} errors"),
            ("statements", str(len(statements))),
            ("peak memory", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB"),
        ],
    )


def _check(done: ProductImport, bad: int) -> None:
    if (done.rows_read, done.rows_added, bad) != (ROWS, ROWS - ROWS // EVERY_BAD, ROWS // EVERY_BAD):
        raise RuntimeError(f"read {done.rows_read}, added {done.rows_added}, bad {bad}")


def _producers() -> list[tuple[str, str]]:
    made = []
    with db.transaction() as session:
        for number in range(PRODUCERS):
            name, uscc = f"基准合作社{number}号", build_uscc(f"93441403DEM0{number:04d}")
            new = NewOrganisation("producer", name, "441403", uscc=uscc, is_demo=True)
            organisation = organisations.register(session, system_actor(), new)
            producers.register(session, system_actor(), NewProducer(organisation.id, "cooperative"))
            made.append((uscc, name))
    return made


def _sheet(made: list[tuple[str, str]]) -> bytes:
    wrong = itertools.cycle(WRONG)
    rows: list[list[Value]] = []
    for number in range(ROWS):
        uscc, name = made[number % PRODUCERS]
        row: list[Value] = [
            uscc,
            name,
            f"金柚{number}号",
            "柚",
            "基准",
            "5斤装",
            "箱",
            "441403",
            90,
            "是",
            2000,
            "约50",
            "地理标志",
        ]
        if number % EVERY_BAD == EVERY_BAD - 1:
            heading, cell = next(wrong)
            row[HEADINGS.index(heading)] = cell
        rows.append(row)
    return write_xlsx(HEADINGS, rows)


def _floor(server: Postgres, data: bytes) -> float:
    """Reading with the bare reader and COPY of the columns that the import wrote, into a table with the same indexes."""
    with server.connect() as connection:
        connection.execute("CREATE TEMP TABLE floor (LIKE producers.product INCLUDING ALL)")
        with connection.cursor().copy("COPY producers.product TO STDOUT") as out:
            lines = b"".join(bytes(part) for part in out)
        began = time.perf_counter()
        read = (
            python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
        )
        if len(read) != ROWS + 1:
            raise RuntimeError(f"the bare reader found {len(read)} rows")
        with connection.cursor().copy("COPY floor FROM STDIN") as copy:
            copy.write(lines)
        connection.commit()
        return time.perf_counter() - began
