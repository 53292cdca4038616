"""R2, R3, R4 and R8: lists of certificates, points of sale, budget units and lines to be looked at, one by one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from marketplace.certification.rules.schemes import schemes
from marketplace.core import divisions
from marketplace.core.clock import day_of, day_start, period_days
from marketplace.statistics.dimensions import area_title
from tests.support.oracle.arithmetic import ratio
from tests.support.oracle.figures import COUNTED_SCHEMES, DIGITS, Asked, grouped, sums
from tests.support.oracle.ledger import Ledger
from tests.support.oracle.pieces import Piece

Row = list[Any]
DASH = "—"
KINDS = (
    "counter",
    "hall_online",
    "hall_offline",
    "zone",
    "platform_832",
    "special_train",
    "special_station",
    "wholesale_market",
    "fair",
    "direct_supply",
    "village_outlet",
    "broadcast",
)
RETURNS_LIMIT = 1_000
CLASSES = {"certified_aid": "已认定", "area_produce": "产自帮扶地区未认定", "ordinary": "普通商品"}
REASONS = {
    "certificate_expired": ("认定证书到期后销售", "供应商(续期或下架)"),
    "supplier_mismatch": ("供应商与认定主体不符", "县级主管部门(核实供应关系)"),
    "self_purchase": ("自买自卖", "县级主管部门(核实交易真实性)"),
    "returns": ("退货率超限", "供应商(说明退货原因)"),
}


def in_force(certificates: Iterable[Any], period: str) -> list[Any]:
    """Valid on the last day of the month, as far as was decided by then."""
    after = period_days(period)[1]
    day, end = after - timedelta(days=1), day_start(after)
    return [
        one
        for one in certificates
        if one.valid_from <= day <= one.valid_to
        and (one.revoked_at is None or one.revoked_at >= end or one.void_from >= end)
    ]


def r2(certificates: Sequence[Any], names: dict[Any, str], period: str) -> list[Row]:
    """The catalogue, by scheme and number."""
    return [
        [
            schemes()[one.scheme].title, one.batch, one.catalogue_no, divisions.full_name(one.area_code), one.product_name,
            names[one.producer_id], one.spec, one.commodity_value_fen,
            "少于3人" if one.persons_helped < 3 else str(one.persons_helped), one.valid_to.isoformat(),
        ]
        for one in sorted(in_force(certificates, period), key=lambda one: (one.scheme, one.catalogue_no))
    ]  # fmt: skip


def r3(
    ledger: Ledger,
    points: Sequence[Any],
    shelves: Sequence[Any],
    certificates: Sequence[Any],
    asked: Asked,
    closed_at: datetime | None,
) -> list[Row]:
    """Rows by area of the point of sale, the total last. `closed_at`: when the books of the month were closed."""
    after = period_days(asked.until)[1]
    aid = {one.product_id for one in in_force(certificates, asked.until) if one.scheme in COUNTED_SCHEMES}
    there = [
        one
        for one in points
        if one.area_code.startswith(asked.area)
        and one.opened_on < after
        and (closed_at is None or one.created_at <= closed_at)
    ]
    open_ = [one for one in there if one.closed_on is None or one.closed_on >= after]
    where = {one.id: one for one in points if one.closed_on is None or one.closed_on >= after}
    end = day_start(after)
    shelved = [
        one
        for one in shelves
        if one.channel_id in where
        and where[one.channel_id].area_code.startswith(asked.area)
        and one.listed_at < end
        and (one.delisted_at is None or one.delisted_at >= end)
    ]
    sold = [
        one
        for one in ledger.pieces
        if f"{asked.until[:4]}-01" <= one.month <= asked.until
        and one.line.frozen.channel_area.startswith(asked.area)
    ]
    length = DIGITS[asked.level]

    def row(name: str, key: str) -> Row:
        counted: Row = []
        for kind in KINDS:
            placed = [one for one in there if one.kind == kind and one.area_code.startswith(key)]
            if kind == "counter":
                counted += [DASH, len(placed)]
            counted.append(sum(one in open_ for one in placed))
        here = [one for one in shelved if where[one.channel_id].area_code.startswith(key)]
        figures = sums([one for one in sold if one.line.frozen.channel_area.startswith(key)])
        return [
            name, *counted, len(here), sum(one.product_id in aid for one in here), figures["sales"],
            figures["aid_sales"], ratio(figures["aid_sales"], figures["sales"]), 0,
        ]  # fmt: skip

    keys = {one.area_code[:length] for one in there} | {one.line.frozen.channel_area[:length] for one in sold}
    keys |= {where[one.channel_id].area_code[:length] for one in shelved}
    return [*(row(area_title(key), key) for key in sorted(keys)), row("合计", "")]


def r4(ledger: Ledger, units: dict[uuid.UUID, str], year: int) -> list[Row]:
    """Budget units by name: reserved 300.00 yuan each for 2020, nothing filed for another year."""
    rows = []
    for unit, name in sorted(units.items(), key=lambda item: item[1]):
        mine = [
            one
            for one in ledger.pieces
            if one.line.frozen.budget_unit_id == unit
            and one.line.frozen.reserve_year == year
            and one.line.frozen.channel_kind == "platform_832"
        ]
        done = sum(one.fen for one in mine)
        filed: Row = ["有食堂", 100_000, 3_000, 30_000] if year == 2020 else ["未报", DASH, DASH, DASH]
        rows.append(
            [
                name, DASH, DASH, *filed, 0, done, ratio(done, 30_000) if year == 2020 else DASH,
                *(sum(one.fen for one in mine if one.line.frozen.fund_source == source) for source in ("union", "staff")),
                DASH, DASH, DASH,
            ]
        )  # fmt: skip
    return rows


def r8(ledger: Ledger, own: dict[Any, uuid.UUID], asked: Asked) -> tuple[list[Row], Row]:
    """Lines of the month to be looked at, and the total; `own` is the organisation of each producer."""
    month = grouped(ledger, asked)[()]
    sales = [one for one in month if one.kind == "sale"]

    def fen_of(line: uuid.UUID, pieces: Iterable[Piece]) -> int:
        return sum(one.fen for one in pieces if one.line.line_id == line and one.kind == "sale")

    def returned(line: uuid.UUID) -> int:
        return -sum(
            one.fen
            for one in ledger.pieces
            if one.line.line_id == line and one.reason == "return" and one.month <= asked.until
        )

    def row(piece: Piece, reason: str, fen: int, rate: Any = DASH) -> Row:
        line, (title, actor) = piece.line, REASONS[reason]
        return [
            title, DASH, DASH,
            line.frozen.product_name, line.frozen.producer_name, divisions.full_name(line.frozen.origin_area[:6]),
            day_of(line.sold_at).isoformat(), CLASSES[piece.goods_class], fen, returned(line.line_id), rate,
            DASH if rate == DASH else RETURNS_LIMIT, actor,
        ]  # fmt: skip

    listed: list[tuple[uuid.UUID, Row]] = []
    for reason in ("certificate_expired", "supplier_mismatch", "self_purchase"):
        found = {
            one.line.line_id: one
            for one in sales
            if (
                one.line.frozen.buyer_id == own[one.line.frozen.producer_id]
                if reason == "self_purchase"
                else one.why == reason
            )
        }
        listed += [(line, row(found[line], reason, fen_of(line, sales))) for line in sorted(found, key=str)]
    returns: list[tuple[uuid.UUID, Row]] = []
    year = grouped(ledger, replace(asked, since=f"{asked.until[:4]}-01"))[()]
    for producer in {one.line.frozen.producer_id for one in year}:
        mine = [one for one in year if one.line.frozen.producer_id == producer]
        gone = -sum(one.fen for one in mine if one.reason == "return")
        sold = sum(one.fen for one in mine if one.kind == "sale")
        rate = ratio(gone, sold)
        if gone > 0 and (rate is None or rate > RETURNS_LIMIT):
            back = {
                one.line.line_id: one
                for one in month
                if one.reason == "return" and one.line.frozen.producer_id == producer
            }
            for line in back:
                first = next(one for one in ledger.pieces if one.line.line_id == line and one.kind == "sale")
                shown = row(first, "returns", fen_of(line, ledger.pieces), 10_000 if rate is None else rate)
                returns.append((line, shown))
    listed += sorted(returns, key=lambda pair: str(pair[0]))
    lines = dict(listed)
    total: Row = ["合计", f"{len(lines)}条", *[""] * 6]
    total += [sum(one[8] for one in lines.values()), sum(one[9] for one in lines.values()), *[""] * 3]
    return [one for _, one in listed], total
