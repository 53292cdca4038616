"""A counted entry as it is fed upward: its shape, its bytes, and the chain over them. Pure; both sides use this one file.

Codes, amounts, days and names of the public catalogue: nothing of a household, no buyer but by kind and area. The chain is the
feed's own: SHA-256 over the previous hash and the row's canonical bytes (the ledger's chain is over columns that never leave it;
its hash goes along as `entry_hash`, to be asked for at the source).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import orjson

from marketplace.core.errors import Invalid
from marketplace.core.money import MAX_FEN

ADAPTER: Final = "upward"
GENESIS: Final = hashlib.sha256(b"sanzhuan feed upward 1").digest()
#: Why an entry is in the chain without its figures.
WITHHELD: Final[dict[str, str]] = {
    "area": "销售点不在本级辖区",
    "elsewhere": "该销售点由上级另行取得",
}
KINDS: Final = ("sale", "refund", "correction")
GOODS_CLASSES: Final = ("certified_aid", "area_produce", "ordinary")
_SOURCE: Final = re.compile(r"((?:[0-9]{6}|[0-9]{9}|[0-9]{12}))(?:-[a-z0-9]{1,16})?\Z", re.ASCII)
_HEX: Final = re.compile(r"[0-9a-f]{64}\Z", re.ASCII)
_CODE: Final = re.compile(r"[A-Za-z0-9_.:-]{1,60}\Z", re.ASCII)
_AREA: Final = re.compile(r"[0-9]{6}\Z", re.ASCII)
_MONTH: Final = re.compile(r"(?:19|2[01])[0-9]{2}-(?:0[1-9]|1[0-2])\Z", re.ASCII)
_INVISIBLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_LONGEST_NAME: Final = 200

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fed:
    """A row that was read, with its hash in the feed."""

    row: Row
    hash: bytes

    @property
    def position(self) -> int:
        """In the source's chain."""
        found: int = self.row["position"]
        return found


def area_of_source(source: str) -> str:
    """The area at the head of an instance's code: 441400 of ``441400`` or ``441400-hall``. Invalid (``upward_source``)."""
    found = _SOURCE.match(source)
    if found is None:
        raise Invalid("upward_source", "上报方代码应以行政区划代码开头,如 441400", pointer="/source")
    return found[1]


def row_bytes(row: Mapping[str, Any]) -> bytes:
    """The canonical bytes of a row without its hash."""
    return orjson.dumps(row, option=orjson.OPT_SORT_KEYS)


def chained(previous: bytes, rows: Iterable[Row]) -> Iterator[Fed]:
    """Rows with their hashes, each over the one before."""
    for row in rows:
        previous = hashlib.sha256(previous + row_bytes(row)).digest()
        yield Fed(row, previous)


def line_of(fed: Fed) -> bytes:
    """The line of a batch that says it."""
    return orjson.dumps({**fed.row, "chain": fed.hash.hex()}, option=orjson.OPT_SORT_KEYS)


def read_lines(records: Iterable[Any], position: int, previous: bytes) -> list[Fed]:
    """The rows of a batch that goes on from `position` and `previous`.

    Invalid: ``upward_row`` (not of the shape), ``upward_not_next`` (another position than the next one), ``upward_chain`` (a row
    is not what its hash says, or follows another one than ours).
    """
    found: list[Fed] = []
    for record in records:
        if not isinstance(record, dict):
            raise _bad("record", position + 1)
        chain = record.pop("chain", None)
        if not _is_hex(chain):
            raise _bad("chain", position + 1)
        check_row(record)
        if record["position"] != position + 1:
            raise Invalid("upward_not_next", f"应从第 {position + 1} 笔续报,而不是第 {record['position']} 笔")
        [fed] = chained(previous, [record])
        if fed.hash.hex() != chain:
            raise Invalid("upward_chain", f"第 {position + 1} 笔与其校验链不符")
        found.append(fed)
        position, previous = position + 1, fed.hash
    return found


def check_row(row: Mapping[str, Any]) -> None:
    """Invalid (``upward_row``) naming the first column that is missing, unknown or not of its shape."""
    position = row.get("position")
    shape = HEAD if row.get("withheld") is not None else FULL
    for name in row:
        if name not in shape:
            raise _bad(name, position)
    for name, is_good in shape.items():
        if name not in row or not is_good(row[name]):
            raise _bad(name, position)


def _bad(name: str, position: Any) -> Invalid:
    return Invalid("upward_row", f"第 {position} 笔的 {name[:40]} 不符合约定")


def _optional(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or check(value)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_FEN


def _matches(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.match(value) is not None


def _one_of(*codes: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in codes


def is_name(value: Any) -> bool:
    """Whether a text can stand as the name of a product or a producer."""
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME and _INVISIBLE.search(value) is None


def _day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _codes(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 20 and all(map(_is_code, value))


_is_hex = _matches(_HEX)
_is_code = _matches(_CODE)
_is_area = _matches(_AREA)
_is_month = _matches(_MONTH)

#: Column → whether a value may stand there: of every row, and of one with its figures.
HEAD: Final[Mapping[str, Callable[[Any], bool]]] = {
    "position": lambda value: _whole(value) and value > 0,
    "entry_hash": _is_hex,
    "withheld": _optional(_one_of(*WITHHELD)),
}
FULL: Final[Mapping[str, Callable[[Any], bool]]] = {
    **HEAD,
    "kind": _one_of(*KINDS),
    "sale_fen": _whole,
    "quantity_milli": _whole,
    "weight_g": _optional(_whole),
    "benefit_fen": _whole,
    "linkage_mode": _optional(_is_code),
    "goods_class": _one_of(*GOODS_CLASSES),
    "scheme": _optional(_is_code),
    "schemes": _codes,
    "category_code": _is_code,
    "product_name": _optional(is_name),
    "producer_name": _optional(is_name),
    "producer_kind": _is_code,
    "origin_area": _is_area,
    "channel_kind": _is_code,
    "channel_area": _is_area,
    "buyer_kind": _is_code,
    "buyer_area": _is_area,
    "buyer_sector": _optional(_is_code),
    "participation_mode": _is_code,
    "purchase_kind": _is_code,
    "fund_source": _optional(_is_code),
    "helper_area": _optional(_is_area),
    "reserve_year": _optional(lambda value: _whole(value) and 1900 <= value <= 2200),
    "counted_on": _day,
    "sold_period": _is_month,
    "period": _is_month,
    "adjusts_period": _optional(_is_month),
}
