"""What each kind of stock movement does to the units on hand and to those reserved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Effect:
    """Changes by one unit: on hand, reserved. Free units are on hand − reserved and never below 0."""

    on_hand: int
    reserved: int
    title_zh: str


EFFECTS: Final[Mapping[str, Effect]] = {
    "intake": Effect(1, 0, "入库"),
    "reserve": Effect(0, 1, "占用"),
    "release": Effect(0, -1, "释放"),
    "ship": Effect(-1, -1, "出库"),
    "restock": Effect(1, 0, "退货入库"),
    "adjust": Effect(1, 0, "盘点调整"),
}
