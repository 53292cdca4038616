"""Closing a month with 200,000 households: pools split over rosters and written, against COPY of the same rows alone."""

from __future__ import annotations

import multiprocessing
import resource
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range

from benchmarks.database import Postgres, postgres
from benchmarks.people import rows
from benchmarks.report import Result
from benchmarks.world import World, write
from marketplace.attribution.models import Entry
from marketplace.attribution.service.close import close_period
from marketplace.beneficiaries.models import Agreement, AgreementVersion, Household, RosterShare
from marketplace.core import db
from marketplace.core.clock import day_start, period_days, previous_period, utcnow
from marketplace.core.ids import uuid7

HOUSEHOLDS: Final = 200_000
AGREEMENTS: Final = 1_000
ENTRIES_EACH: Final = 20
GOAL_PER_SECOND: Final = 50_000
GOAL_BYTES: Final = 1 << 30


@dataclass(frozen=True)
class Closed:
    """What the closing process measured of itself."""

    seconds: float
    rss_bytes: int


def run(seconds: float) -> Result:
    """Households/s from the start of the close to its commit; the floor is COPY of the same statement rows."""
    period = previous_period(previous_period(utcnow().strftime("%Y-%m")))
    with postgres() as server:
        _fill(period)
        server.analyse()
        closed = _close_apart(server, period)
        with db.transaction() as session:
            written = session.scalar(
                text("SELECT count(*) FROM attribution.household_statement WHERE period = :period"),
                {"period": period},
            )
        floor_seconds = _copy_again(server, period)
    if written != HOUSEHOLDS:
        raise RuntimeError(f"{written} household statements were written, not {HOUSEHOLDS}")
    rate, floor = HOUSEHOLDS / closed.seconds, HOUSEHOLDS / floor_seconds
    return Result(
        bench="close",
        value=rate,
        unit="households/s",
        floor=floor,
        ratio=rate / floor,
        rows=[
            ("asked for", f"{GOAL_PER_SECOND:,} households/s, memory under 1 GiB"),
            ("close", f"{closed.seconds:.2f} s of {HOUSEHOLDS:,} households, {AGREEMENTS:,} agreements"),
            ("entries chained", f"{AGREEMENTS * ENTRIES_EACH:,}"),
            ("peak memory", f"{closed.rss_bytes / (1 << 20):,.0f} MiB of {GOAL_BYTES >> 20:,}"),
        ],
    )


def _close_apart(server: Postgres, period: str) -> Closed:
    """Close in a fresh process, so that its memory is the close's own."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_close, (server.app_url, period))


def _close(url: str, period: str) -> Closed:
    database = db.connect(db.Database(url))
    began = time.perf_counter()
    with db.transaction() as session:
        close_period(session, None, period)
    seconds = time.perf_counter() - began
    database.dispose()
    return Closed(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def _copy_again(server: Postgres, period: str) -> float:
    columns = "version_no, earned_period, household_no, benefit_fen"
    with server.connect() as connection:
        with connection.cursor().copy(
            f"COPY (SELECT '0000-00', {columns} FROM attribution.household_statement WHERE period = '{period}') TO STDOUT"
        ) as out:
            lines = b"".join(bytes(part) for part in out)
        began = time.perf_counter()
        with connection.cursor().copy(
            f"COPY attribution.household_statement (period, {columns}) FROM STDIN"
        ) as copy:
            copy.write(lines)
        connection.commit()
        return time.perf_counter() - began


def _fill(period: str) -> None:
    now = utcnow()
    first_day, _ = period_days(period)
    with db.transaction() as session:
        world = write(session, producers=50, listings_each=1, buyers=1)
        households = [
            {
                "id": uuid7(),
                "household_no": number,
                "area_code": f"4414{number % 20:02d}101{number % 7:03d}",
                "file_standard": "national_registered",
                "created_at": now,
            }
            for number in range(1, HOUSEHOLDS + 1)
        ]
        rows(session, Household, households)
        for number in range(1, AGREEMENTS + 1):
            _agreement(session, world, number, first_day, now)
    with db.transaction() as session:
        rows(
            session,
            Entry,
            [
                _entry(world, number, turn, period)
                for number in range(1, AGREEMENTS + 1)
                for turn in range(ENTRIES_EACH)
            ],
        )


def _agreement(session: Any, world: World, number: int, first_day: date, now: datetime) -> None:
    each = HOUSEHOLDS // AGREEMENTS
    version_id, agreement_id = uuid7(), uuid7()
    agreement = {
        "id": agreement_id,
        "agreement_no": number,
        "number": f"BENCH{number:06d}",
        "producer_id": world.shelves[number % len(world.shelves)].producer_id,
        "mode": "sales_rebate",
        "title": "基准协议",
        "area_code": "441403",
        "created_at": now,
    }
    shares: list[dict[str, Any]] = [
        {"version_id": version_id, "household_no": first, "shares": 1 + first % 13}
        for first in range((number - 1) * each + 1, number * each + 1)
    ]
    version = {
        "id": version_id,
        "version_no": number,
        "agreement_id": agreement_id,
        "agreement_no": number,
        "version": 1,
        "mode": "sales_rebate",
        "terms": {"rate_bp": 1000},
        "valid": Range(first_day - timedelta(days=200), None, bounds="[)"),
        "state": "approved",
        "share_unit": "股",
        "shares_total": sum(share["shares"] for share in shares),
        "households": each,
        "created_at": now,
        "approved_at": now,
    }
    rows(session, Agreement, [agreement])
    rows(session, AgreementVersion, [version])
    rows(session, RosterShare, shares)


def _entry(world: World, number: int, turn: int, period: str) -> dict[str, Any]:
    sold_at = day_start(period_days(period)[0]) + timedelta(hours=turn + number % 600)
    shelf = world.shelves[number % len(world.shelves)]
    return {
        "id": uuid7(),
        "source": "order",
        "event_id": uuid7(),
        "line_id": uuid7(),
        "kind": "sale",
        "sale_fen": 9_800 + number + turn,
        "quantity_milli": 2_000,
        "weight_g": 10_000,
        "benefit_fen": 50_000 + 17 * number + turn,
        "version_no": number,
        "agreement_no": number,
        "linkage_mode": "sales_rebate",
        "linked_bp": 10_000,
        "goods_class": "certified_aid",
        "scheme": "national_2020",
        "schemes": ["national_2020"],
        "product_id": shelf.producer_id,
        "product_name": "金柚",
        "category_code": "fruit",
        "producer_id": shelf.producer_id,
        "producer_name": "基准合作社",
        "producer_kind": "cooperative",
        "origin_area": "441403000000",
        "channel_id": world.channel_id,
        "channel_kind": "hall_online",
        "channel_area": "440100000000",
        "levy_bp": 0,
        "buyer_id": world.buyers[0][0],
        "buyer_path": "1",
        "buyer_kind": "budget_unit",
        "buyer_area": "440100000000",
        "participation_mode": "government_procurement",
        "purchase_kind": "own_purchase",
        "sold_at": sold_at,
        "counted_at": sold_at,
        "sold_period": period,
        "period": period,
        "written_at": sold_at,
    }
