"""The meter of a month as a file for people. Amounts in yuan, shares in per cent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from marketplace.core.money import yuan
from marketplace.core.sheets.export import Value, write_csv, write_xlsx
from marketplace.statistics.aid_share.service import Meter
from marketplace.statistics.dimension_titles import CHANNELS

HEADINGS: Final = (
    "销售点编号", "销售点", "类型", "区划", "运营单位", "销售额(元)", "其中:扶贫产品(元)", "占比(%)", "要求(%)", "低于要求",
)  # fmt: skip


def meter_file(found: Sequence[Meter], file_format: str) -> bytes:
    """A row a point of sale, as csv or xlsx."""
    rows: list[list[Value]] = [
        [
            one.channel.code,
            one.channel.name,
            CHANNELS[one.channel.kind],
            one.channel.area_code,
            one.operator_name,
            yuan(one.sales_fen),
            yuan(one.aid_fen),
            _per_cent(one.share_bp),
            _per_cent(one.wanted_bp),
            "是" if one.is_below else "",
        ]
        for one in found
    ]
    if file_format == "csv":
        return write_csv(HEADINGS, rows)
    return write_xlsx(HEADINGS, rows, sheet_name="扶贫产品占比")


def _per_cent(share_bp: int | None) -> Decimal | None:
    return None if share_bp is None else Decimal(share_bp).scaleb(-2)
