"""Lines of a country, made by counting: the same number of lines is the same lines, wherever it runs.

30,000 producers, 50,000 agreements over 10,000,000 households of 832 counties, twelve months of 2020. An agreement lies in one
county; its roster is 50 to 350 households of a stretch of that county, as households of neighbouring villages are.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from benchmarks.people import rows
from benchmarks.world import write
from marketplace.beneficiaries.models import Agreement, AgreementVersion
from marketplace.beneficiaries.roster import pack
from marketplace.core import divisions
from marketplace.core.clock import utcnow
from marketplace.core.ids import uuid7
from marketplace.statistics.models import HouseholdState
from marketplace.statistics.segments.layout import COLUMNS

AGREEMENTS: Final = 50_000
PRODUCERS: Final = 30_000
HOUSEHOLDS: Final = 10_000_000
COUNTIES: Final = 832
MONTHS: Final = tuple(f"2020-{month:02d}" for month in range(1, 13))
LAST_DAY: Final = date(2020, 12, 31)
MODES: Final = ("sales_rebate", "contract_purchase", "floor_price", "employment", "share_dividend")
CATEGORIES: Final = ("010101", "010401", "030102", "040101", "050103", "080102", "110101", "130101")


def counties() -> list[str]:
    """832 county codes, in order, of the provinces whose counties certify."""
    found = [
        one.code
        for province in divisions.children("000000", "province")
        for city in divisions.children(province.code, "city")
        for one in divisions.children(city.code, "county")
    ]
    return sorted(found)[-COUNTIES:]


def lines(first: int, last: int, period: str) -> str:
    """DuckDB's words for the entries numbered from `first` to before `last`, all of one month, columns of a segment."""
    return f"""
        WITH drawn AS (
            SELECT range AS n, (hash(range) >> 1)::BIGINT AS a,
                (hash(range + 1000000007) >> 1)::BIGINT AS b, (hash(range + 2000000011) >> 1)::BIGINT AS c
            FROM range({first}, {last})
        ), placed AS (
            SELECT *, a % {AGREEMENTS} + 1 AS agreement, c % 100 < 3 AS is_refund, c % 10 = 9 AS is_unlinked FROM drawn
        ), sold AS (
            SELECT *, agreement * {PRODUCERS} // {AGREEMENTS + 1} AS producer,
                (SELECT list(code ORDER BY number) FROM county)[agreement % {COUNTIES} + 1] AS county FROM placed
        )
        SELECT n AS entry_no,
            CASE WHEN is_refund THEN -1 ELSE 1 END * (500 + b % 100000) AS sale_fen,
            CASE WHEN is_refund THEN -1 ELSE 1 END * (1 + b % 5) * 1000 AS quantity_milli,
            CASE WHEN b % 20 = 0 THEN NULL ELSE b % 5000 END AS weight_g,
            CASE WHEN is_unlinked THEN 0 ELSE b % 10000 END AS benefit_fen,
            CASE WHEN is_unlinked THEN 0 ELSE agreement END AS version_no,
            CASE WHEN c % 7 = 0 THEN 100 ELSE 0 END AS levy_bp,
            CASE WHEN c % 5 = 0 THEN 2020 ELSE NULL END AS reserve_year,
            {_uuid("n")} AS line_id, {_uuid("n // 3")} AS order_id, {_uuid("producer * 3 + b % 3")} AS product_id,
            {_uuid("producer")} AS producer_id, {_uuid("b % 10000")} AS channel_id,
            {_uuid("(n // 3 * 7919) % 200000")} AS buyer_id, NULL::UUID AS budget_unit_id, NULL::UUID AS broker_id,
            NULL::UUID AS certificate_id,
            TIMESTAMP '{period}-01 00:00:00' + to_minutes(b % 40000) AS counted_at,
            false AS is_demo, CASE WHEN is_refund THEN 'correction' ELSE 'sale' END AS kind, NULL::VARCHAR AS reason,
            CASE WHEN NOT is_unlinked THEN {_one_of(MODES, "agreement")} END AS linkage_mode,
            {_one_of(("certified_aid", "certified_aid", "area_produce", "ordinary"), "c")} AS goods_class,
            CASE WHEN c % 4 < 2 THEN 'national_2020' END AS scheme, {_one_of(CATEGORIES, "producer")} AS category_code,
            {_one_of(("cooperative", "leading_firm", "workshop"), "producer")} AS producer_kind,
            county || '1' || lpad((agreement // {COUNTIES} % 20)::VARCHAR, 2, '0') || lpad((b % 30)::VARCHAR, 3, '0')
                AS origin_area,
            {_one_of(("counter", "hall", "zone", "platform_832", "direct"), "b")} AS channel_kind,
            '44' || lpad((b % 21 + 1)::VARCHAR, 2, '0') || '00000000' AS channel_area, '' AS buyer_path,
            {_one_of(("enterprise", "budget_unit", "union", "citizen"), "n // 3")} AS buyer_kind,
            '44' || lpad((n // 3 % 21 + 1)::VARCHAR, 2, '0') || '00000000' AS buyer_area, NULL AS buyer_sector,
            NULL AS fund_source,
            {_one_of(("government_procurement", "cooperation", "market_entity", "social_organisation"), "n // 3")}
                AS participation_mode,
            'own_purchase' AS purchase_kind, NULL AS helper_area, '{period}' AS sold_period, '{period}' AS period,
            NULL AS adjusts_period,
            CASE WHEN c % 4 < 2 THEN '|national_2020|' WHEN c % 4 = 2 THEN '||' ELSE '|provincial|' END AS schemes
        FROM sold"""


def prepare(cursor: duckdb.DuckDBPyConnection) -> None:
    """The counties, as a table that `lines` reads."""
    cursor.execute("CREATE TEMP TABLE county (number INTEGER, code VARCHAR)")
    cursor.executemany("INSERT INTO county VALUES (?, ?)", list(enumerate(counties())))


def months(total: int) -> Iterator[tuple[str, int, int]]:
    """Each month with the numbers of its lines."""
    each = total // len(MONTHS)
    for number, period in enumerate(MONTHS):
        first = number * each + 1
        yield period, first, total + 1 if period == MONTHS[-1] else first + each


def write_agreements(session: Session) -> None:
    """Agreements with their rosters as bitmaps, and the states of all households on the last day of the year."""
    world = write(session, producers=1, listings_each=1, buyers=1)
    random = np.random.default_rng(2020)
    now, of_county = utcnow(), HOUSEHOLDS // COUNTIES
    sizes = random.integers(50, 351, AGREEMENTS)
    starts = random.integers(0, of_county - 700, AGREEMENTS)
    agreements, versions = [], []
    for number in range(1, AGREEMENTS + 1):
        agreement_id = uuid7()
        first = (number % COUNTIES) * of_county + int(starts[number - 1]) + 1
        households = first + random.choice(700, sizes[number - 1], replace=False)
        mode = MODES[number % len(MODES)]
        agreements.append(
            {
                "id": agreement_id,
                "agreement_no": number,
                "number": f"BENCH{number:06d}",
                "producer_id": world.shelves[0].producer_id,
                "mode": mode,
                "title": "基准协议",
                "area_code": "441403",
                "created_at": now,
            }
        )
        versions.append(_version(agreement_id, number, mode, households.tolist(), now))
    rows(session, Agreement, agreements)
    rows(session, AgreementVersion, versions)
    states = np.zeros((2, HOUSEHOLDS + 1), np.uint8)
    states[0, 1:] = random.integers(1, 9, HOUSEHOLDS)
    states[1, 1:] = random.choice(np.array([1, 2, 5, 8, 17], np.uint8), HOUSEHOLDS)
    session.add(
        HouseholdState(on_day=LAST_DAY, size=HOUSEHOLDS + 1, packed=zlib.compress(states.tobytes(), 1))
    )


def _version(
    agreement_id: object, number: int, mode: str, households: list[int], now: datetime
) -> dict[str, object]:
    return {
        "id": uuid7(),
        "version_no": number,
        "agreement_id": agreement_id,
        "agreement_no": number,
        "version": 1,
        "mode": mode,
        "terms": {},
        "valid": Range(date(2020, 1, 1), None, bounds="[)"),
        "state": "approved",
        "share_unit": "户",
        "shares_total": len(households),
        "households": len(households),
        "roster_bitmap": pack(households),
        "created_at": now,
        "approved_at": now,
    }


def as_ledger_rows(cursor: duckdb.DuckDBPyConnection, total: int, of: int, into: Path) -> str:
    """Write the first `total` lines of a year of `of` as a CSV file for the ledger's table; its columns.

    Numbers are chain positions as well, so positions follow the months as they do in the books.
    """
    plain = [name for name in COLUMNS if name not in {"schemes", "counted_at"}]
    taken = [(period, a, min(b, total + 1)) for period, a, b in months(of) if a <= total]
    union = " UNION ALL ".join(f"SELECT * FROM ({lines(a, b, period)})" for period, a, b in taken)
    cursor.execute(
        f"COPY (SELECT {', '.join(plain)}, counted_at || '+00' AS counted_at, counted_at || '+00' AS sold_at,"
        " 'order' AS source, nullif(version_no, 0) AS agreement_no, '{' || trim(schemes, '|') || '}' AS schemes,"
        " uuid() AS id, line_id AS event_id, 10000 AS linked_bp, '金柚' AS product_name,"
        " '基准合作社' AS producer_name, counted_at || '+00' AS written_at"
        f" FROM ({union})) TO '{into}' (FORMAT csv, HEADER false)"
    )
    more = "counted_at, sold_at, source, agreement_no, schemes, id, event_id, linked_bp, product_name, producer_name, written_at"
    return f"{', '.join(plain)}, {more}"


def _uuid(number: str) -> str:
    return f"('00000000-0000-7000-8000-' || lpad(({number})::VARCHAR, 12, '0'))::UUID"


def _one_of(words: tuple[str, ...], number: str) -> str:
    listed = ", ".join(f"'{word}'" for word in words)
    return f"([{listed}])[({number}) % {len(words)} + 1]"
