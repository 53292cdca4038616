"""Measures of pieces, and the cells of a question: one loop after the other, nothing clever."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from marketplace.core.clock import period_of
from tests.support.oracle.arithmetic import of_bp
from tests.support.oracle.ledger import Ledger
from tests.support.oracle.people import Home, heads
from tests.support.oracle.pieces import Piece, Version

Cell = tuple[Any, ...]
Figures = dict[str, int]
COUNTY = "441403000000"  # of every agreement
COUNTED_SCHEMES = {"national_2020", "assoc_2024", "provincial", "city_local"}
NATIONAL_SINCE = {"national_2020": "2020-01", "assoc_2024": "2024-01"}
DIGITS = {"province": 2, "city": 4, "county": 6, "town": 9, "village": 12}
AID_AMOUNT = ("certified_aid", "area_produce")


@dataclass(frozen=True)
class Asked:
    """A question in plain words; `only` says which pieces it is about besides months and area."""

    by: tuple[str, ...] = ()
    level: str = "city"
    since: str = "0000-00"
    until: str = "9999-99"
    area: str | tuple[str, ...] = ""  # the digits that codes inside begin with
    view: str = "seller"
    on: date = date(2020, 9, 30)
    only: Callable[[Piece], bool] = field(default=lambda _piece: True)


def place_of(piece: Piece, view: str) -> str:
    """Where goods come from, or whose budget pays; twelve digits."""
    code = piece.line.frozen.origin_area if view == "seller" else piece.line.frozen.buyer_area
    return code.ljust(12, "0")


def value(piece: Piece, code: str, level: str) -> Any:
    """A piece's value of a dimension."""
    line, digits = piece.line, DIGITS[level]
    plain = {
        "period": piece.month,
        "quarter": f"{piece.month[:4]}Q{(int(piece.month[5:]) + 2) // 3}",
        "year": piece.month[:4],
        "day": piece.day.isoformat(),
        "adjusts_period": piece.adjusts,
        "sold_period": period_of(line.sold_at),
        "linkage_mode": piece.version.mode if piece.version else None,
        "goods_class": piece.goods_class,
        "scheme": piece.scheme,
        "product": line.product_id,
        "producer": line.frozen.producer_id,
        "buyer": line.frozen.buyer_id,
        "category": line.frozen.category_code,
        "reserve_year": line.frozen.reserve_year,
    }
    if code in plain:
        return plain[code]
    if code in ("origin", "buyer_area", "helper_area"):
        area = {
            "origin": line.frozen.origin_area,
            "buyer_area": line.frozen.buyer_area,
            "helper_area": line.frozen.helper_area,
        }[code]
        return None if area is None else area.ljust(12, "0")[:digits]
    return getattr(line.frozen, code)


def is_asked(piece: Piece, asked: Asked) -> bool:
    """Whether a piece belongs to the question."""
    inside = place_of(piece, asked.view).startswith(asked.area)
    return asked.since <= piece.month <= asked.until and inside and asked.only(piece)


def sums(pieces: Sequence[Piece]) -> Figures:
    """What is added up and what is counted."""

    def fen(test: Callable[[Piece], bool]) -> int:
        return sum(one.fen for one in pieces if test(one))

    def is_aid(one: Piece) -> bool:
        return one.goods_class == "certified_aid" and bool(COUNTED_SCHEMES & set(one.schemes))

    def is_national(one: Piece) -> bool:
        month = period_of(one.line.sold_at)
        return one.goods_class == "certified_aid" and any(
            code in one.schemes and month >= since for code, since in NATIONAL_SINCE.items()
        )

    def kind(code: str) -> Callable[[Piece], bool]:
        return lambda one: one.goods_class in AID_AMOUNT and one.line.frozen.purchase_kind == code

    def distinct(of: Callable[[Piece], Any]) -> int:
        return len({of(one) for one in pieces if one.kind == "sale"} - {None})

    def left(of: Callable[[Piece], Any]) -> int:
        """The same, without what comes to nothing because it was told twice."""
        gone = 0
        for key in {of(one) for one in pieces if one.kind == "sale"} - {None}:
            mine = [one for one in pieces if of(one) == key]
            gone += sum(one.fen for one in mine) == 0 and any(one.reason == "duplicate" for one in mine)
        return distinct(of) - gone

    return {
        "sales": fen(lambda _one: True),
        "aid_sales": fen(is_aid),
        "national_aid_sales": fen(is_national),
        "area_produce_sales": fen(lambda one: one.goods_class == "area_produce"),
        "ordinary_sales": fen(lambda one: one.goods_class == "ordinary"),
        "consumption_aid_amount": fen(lambda one: one.goods_class in AID_AMOUNT),
        "own_purchase": fen(kind("own_purchase")),
        "brokered_sale": fen(kind("brokered_sale")),
        "linked_sales": fen(lambda one: one.version is not None),
        "unlinked_sales": fen(lambda one: one.version is None),
        "levy": of_bp(1, sum(o.fen * o.line.frozen.levy_bp for o in pieces if o.goods_class == "ordinary")),
        "benefit_from_sales": sum(one.benefit for one in pieces),
        "quantity_milli": sum(one.milli for one in pieces),
        "weight": sum(one.grams or 0 for one in pieces),
        "orders": left(lambda one: one.line.order_id),
        "lines": left(lambda one: one.line.line_id),
        "producers": distinct(lambda one: one.line.frozen.producer_id),
        "products": distinct(lambda one: one.line.product_id),
        "buyers": distinct(lambda one: one.line.frozen.buyer_id),
    }


def grouped(ledger: Ledger, asked: Asked) -> dict[Cell, list[Piece]]:
    """The pieces of every cell, and of the whole under the empty one."""
    found: dict[Cell, list[Piece]] = defaultdict(list)
    for piece in ledger.pieces:
        if is_asked(piece, asked):
            for cell in {(), tuple(value(piece, code, asked.level) for code in asked.by)}:
                found[cell].append(piece)
    found.setdefault((), [])
    return found


def covered(pieces: Iterable[Piece]) -> set[int]:
    """Households of the agreement versions with sales left."""
    net: dict[Version, int] = defaultdict(int)
    for piece in pieces:
        if piece.version is not None:
            net[piece.version] += piece.fen
    return set().union(*(version.roster for version, fen in net.items() if fen > 0))


def of_agreement(version: Version, code: str, month: str, level: str) -> Any:
    """What belongs to an agreement has only these dimensions."""
    return {
        "period": month,
        "quarter": f"{month[:4]}Q{(int(month[5:]) + 2) // 3}" if month else None,
        "year": month[:4],
        "origin": COUNTY[: DIGITS[level]],
        "producer": version.producer,
        "linkage_mode": version.mode,
    }[code]


def benefits(ledger: Ledger, asked: Asked) -> dict[Cell, Figures]:
    """Accrued, proven and kept by villages; cells of all pieces as well."""
    found: dict[Cell, Figures] = defaultdict(
        lambda: {"benefit_accrued": 0, "benefit_proven": 0, "benefit_village": 0}
    )
    for cell, pieces in grouped(ledger, asked).items():
        found[cell]["benefit_accrued"] += sum(one.benefit for one in pieces)
    if not COUNTY.startswith(asked.area):
        return found
    rows = [(one.version, one.month, "benefit_accrued", one.fen) for one in ledger.grown]
    rows += [(version, month, "benefit_proven", fen) for version, month, _, fen in ledger.paid]
    rows += [(one.version, one.month, "benefit_village", one.fen) for one in ledger.kept]
    for version, month, name, fen in rows:
        if asked.since <= month <= asked.until:
            for cell in {(), tuple(of_agreement(version, code, month, asked.level) for code in asked.by)}:
                found[cell][name] += fen
    return found


def benefited(ledger: Ledger, asked: Asked) -> dict[Cell, set[int]]:
    """Households with a proven payment."""
    found: dict[Cell, set[int]] = defaultdict(set)
    for version, month, household, _ in ledger.paid:
        if asked.since <= month <= asked.until and COUNTY.startswith(asked.area):
            for cell in {(), tuple(of_agreement(version, code, month, asked.level) for code in asked.by)}:
                found[cell].add(household)
    return found


def rostered(ledger: Ledger, asked: Asked) -> dict[Cell, set[int]]:
    """Households of the versions in force on the statistical date."""
    found: dict[Cell, set[int]] = defaultdict(set)
    for version in ledger.versions:
        if version.holds(asked.on) and COUNTY.startswith(asked.area):
            for cell in {(), tuple(of_agreement(version, code, "", asked.level) for code in asked.by)}:
                found[cell] |= version.roster
    return found


def counted(homes: dict[int, Home], numbers: Iterable[int], on: date, meaning: str) -> Figures:
    """Every measure of one meaning."""
    names = {"households": f"households_{meaning}", "persons": f"persons_{meaning}"}
    names["persons_file"] = f"persons_{meaning}_file"
    return {
        names.get(head, f"households_{meaning}_{head}"): count
        for head, count in heads(homes, numbers, on).items()
    }
