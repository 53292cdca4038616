"""What a row of a segment is: the columns of an entry that a figure, a dimension or a filter can need. No household, no name.

Several schemes of an entry stand as one text, ``|national_2020|provincial|``: few distinct values, so a condition on them is
evaluated once a value and not once a row.
"""

from __future__ import annotations

from typing import Final

# A change of columns or of their meaning is a new number: files of another one are built anew.
LAYOUT: Final = 2

_KINDS: Final = {
    "BIGINT": "entry_no sale_fen quantity_milli weight_g benefit_fen version_no",
    "INTEGER": "levy_bp reserve_year",
    "UUID": "line_id order_id product_id producer_id channel_id buyer_id budget_unit_id broker_id certificate_id",
    "TIMESTAMP": "counted_at",
    "BOOLEAN": "is_demo",
    "VARCHAR": (
        "kind reason linkage_mode goods_class scheme category_code producer_kind origin_area channel_kind channel_area"
        " buyer_path buyer_kind buyer_area buyer_sector fund_source participation_mode purchase_kind helper_area"
        " sold_period period adjusts_period"
    ),
}
# Name → DuckDB's type, in the order in which PostgreSQL sends them.
COLUMNS: Final[dict[str, str]] = {name: kind for kind, names in _KINDS.items() for name in names.split()} | {
    "schemes": "VARCHAR"
}
NAMES: Final = ", ".join(COLUMNS)
SCHEMES_MARK: Final = "|"
# Neighbours in a file are neighbours on the map: an area leaves out whole row groups, and runs pack well.
ORDER: Final = "origin_area, producer_id, channel_kind, entry_no"


def sent(name: str) -> str:
    """A column of the entry `e` as PostgreSQL sends it: instants without an offset, in UTC as every session of the service is."""
    if name == "schemes":
        return (
            f"'{SCHEMES_MARK}' || array_to_string(e.schemes, '{SCHEMES_MARK}') || '{SCHEMES_MARK}' AS schemes"
        )
    if COLUMNS[name] == "TIMESTAMP":
        return f"e.{name}::timestamp AS {name}"
    return f"e.{name}"
