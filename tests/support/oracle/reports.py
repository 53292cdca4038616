"""R1, R5, R6 and R7 from the plain books: every row as the report must print it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from marketplace.core import divisions
from marketplace.core.clock import period_days, previous_period
from marketplace.statistics.dimensions import area_title, buyer_area_title, dimension
from marketplace.statistics.reports.small_counts import published
from tests.support.oracle.arithmetic import average, ratio
from tests.support.oracle.figures import (
    DIGITS,
    Asked,
    benefited,
    benefits,
    covered,
    grouped,
    rostered,
    sums,
)
from tests.support.oracle.ledger import Ledger
from tests.support.oracle.people import Home, heads
from tests.support.oracle.pieces import Piece

Row = list[Any]
DASH, SILENT = "—", "未报"
MODES = (
    "government_procurement",
    "poverty_cooperation",
    "market_entity",
    "social_organisation",
    "other_individual",
)
GROUPS: dict[str, tuple[str, ...]] = {
    "counter": ("counter",),
    "hall": ("hall_online", "hall_offline"),
    "zone": ("zone",),
    "platform_832": ("platform_832",),
    "other": (
        "special_train",
        "special_station",
        "wholesale_market",
        "fair",
        "direct_supply",
        "village_outlet",
        "broadcast",
    ),
}


def last_day(period: str) -> date:
    """The last day of a month."""
    return period_days(period)[1] - timedelta(days=1)


def of_month(period: str, digits: str, view: str, level: str = "city") -> Asked:
    """Everything of a month in an area, as a report asks."""
    return Asked((), level, period, period, digits, view, last_day(period))


def key_of(piece: Piece, view: str, level: str) -> str:
    """The area whose row a piece is in."""
    code = piece.line.frozen.origin_area if view == "seller" else piece.line.frozen.buyer_area
    return code.ljust(12, "0")[: DIGITS[level]]


def r1(
    ledger: Ledger, homes: dict[int, Home], certificates: list[Any], asked: Asked
) -> tuple[list[Row], Row]:
    """The rows by area and the total. `asked` is of the month; no targets are set, no year before is in the books."""
    january = replace(asked, since=f"{asked.since[:4]}-01")
    before = replace(asked, since=previous_period(asked.since), until=previous_period(asked.since))
    first = min((one.month for one in ledger.pieces), default=None)
    month, year, then = (grouped(ledger, one)[()] for one in (asked, january, before))
    whole = str(asked.area).ljust(6, "0")
    listed = {divisions.prefix(one.code) for one in divisions.children(whole, asked.level)}
    known = {one.area_code[: DIGITS[asked.level]] for one in certificates}
    found = {key_of(one, asked.view, asked.level) for one in year}
    title = area_title if asked.view == "seller" else buyer_area_title

    def row(name: str, mine: Callable[[Piece], bool], held: list[Any]) -> Row:
        value: Any = DASH
        if held:
            value = sum(
                max(one.commodity_value_fen for one in held if one.product_id == product)
                for product in {one.product_id for one in held}
            )
        lead = [name, len({one.product_id for one in held}), len({one.producer_id for one in held}), value]
        now, sofar, ago = ([one for one in part if mine(one)] for part in (month, year, then))
        is_total = name == "合计"
        if not sofar and not is_total:
            return [*lead, SILENT, *[DASH] * 21, 0, 0]
        cumulated = sums(sofar)
        head = heads(homes, covered(sofar), asked.on)
        counted = sums(now)
        aid = counted["aid_sales"]
        shown: Row = [
            counted["sales"], aid, ratio(aid, counted["sales"]), counted["consumption_aid_amount"],
        ] if now or is_total else [SILENT, DASH, DASH, DASH]  # fmt: skip
        growth: Any = DASH
        past = sums(ago)["sales"]
        if (now or is_total) and past and first is not None and before.since >= first and (ago or is_total):
            growth = ratio(counted["sales"] - past, past)
        return [
            *lead,
            *shown,
            cumulated["sales"],
            cumulated["consumption_aid_amount"],
            *(sum(one.fen for one in sofar if one.line.frozen.participation_mode == mode) for mode in MODES),
            *(
                sum(one.fen for one in sofar if one.line.frozen.channel_kind in kinds)
                for kinds in GROUPS.values()
            ),
            head["households"],
            head["persons"],
            DASH,
            DASH,
            growth,
            DASH,
            0,  # nobody reports from elsewhere here, so nothing is told twice
            0,
        ]

    def of_area(key: str) -> Row:
        return row(
            title(key),
            lambda one: key_of(one, asked.view, asked.level) == key,
            [one for one in certificates if one.area_code.startswith(key)],
        )

    rows = [of_area(key) for key in sorted(listed | known | found)]
    return rows, row("合计", lambda _one: True, certificates)


def r5(ledger: Ledger, homes: dict[int, Home], asked: Asked) -> list[Row]:
    """Helper and helped: produce, crafts, no services; who is covered."""
    year = replace(
        asked,
        since=f"{asked.since[:4]}-01",
        by=("helper_area", "origin"),
        only=lambda piece: not piece.line.frozen.category_code.startswith("17"),
    )
    rows = []
    for key, pieces in sorted(
        grouped(ledger, year).items(), key=lambda item: tuple(str(one) for one in item[0])
    ):
        if not key or key[0] is None:
            continue

        def fen(test: Callable[[Piece], bool], of: Iterable[Piece] = tuple(pieces)) -> int:
            return sum(o.fen for o in of if o.goods_class in ("certified_aid", "area_produce") and test(o))

        def is_of(digits: str) -> Callable[[Piece], bool]:
            return lambda one: one.line.frozen.category_code.startswith(digits)

        crafts, total = fen(is_of("16")), fen(lambda _one: True)
        head = heads(homes, covered(pieces), asked.on)
        rows.append(
            [
                area_title(key[0]), area_title(key[1]), DASH, total - crafts, crafts, total,
                fen(lambda one: one.line.frozen.channel_kind == "platform_832"),
                fen(lambda one: one.line.frozen.purchase_kind == "brokered_sale"),
                head["households"], head["file"], head["persons_file"], DASH,
            ]
        )  # fmt: skip
    return rows


def r6(ledger: Ledger, homes: dict[int, Home], names: dict[Any, str], asked: Asked) -> tuple[list[Row], Row]:
    """Producer and mode: owed, proven, kept by the village; households once in the total."""
    year = replace(asked, since=f"{asked.since[:4]}-01", by=("producer", "linkage_mode"))
    figures, proven, parts = benefits(ledger, year), benefited(ledger, year), grouped(ledger, year)

    def row(name: str, mode: str, cell: tuple[Any, ...]) -> Row:
        money = figures[cell]
        head = heads(homes, covered(parts.get(cell, [])), asked.on)
        got = heads(homes, proven.get(cell, set()), asked.on)
        share = ratio(money["benefit_proven"], money["benefit_accrued"])
        return [
            name, mode, head["households"], head["persons"], money["benefit_accrued"], money["benefit_proven"],
            money["benefit_accrued"] - money["benefit_proven"], got["households"],
            average(money["benefit_proven"], got["households"]), average(money["benefit_proven"], got["persons"]),
            DASH if share is None else share, money["benefit_village"],
        ]  # fmt: skip

    cells = [cell for cell in {*figures, *proven} if cell and cell[1] is not None]
    rows = [row(names[cell[0]], dimension("linkage_mode").title_of(cell[1]), cell) for cell in cells]
    return sorted(rows, key=lambda one: (one[0], one[1])), row("合计", "", ())


def r7(ledger: Ledger, homes: dict[int, Home], period: str) -> tuple[list[str], list[list[str]]]:
    """Villages in order of their codes, and the six columns, each with its total: how many is printed is `published`."""
    asked = Asked(since=f"{period[:4]}-01", until=period, on=last_day(period))
    sets = {
        "rostered": rostered(ledger, asked).get((), set()),
        "covered": covered(grouped(ledger, asked)[()]),
        "benefited": benefited(ledger, asked).get((), set()),
    }
    villages = sorted({homes[number].village for numbers in sets.values() for number in numbers})
    columns: list[list[str]] = []
    for numbers in sets.values():
        by_village: dict[str, set[int]] = defaultdict(set)
        for number in numbers:
            by_village[homes[number].village].add(number)
        found = [heads(homes, by_village[one], asked.on) for one in villages]
        shown = published([one["households"] for one in found])
        people = [one["persons"] for one in found]
        columns.append(shown)
        columns.append(
            [
                str(count) if cell.isdigit() else cell
                for cell, count in zip(shown, [*people, sum(people)], strict=True)
            ]
        )
    return villages, columns
