"""What a slot holds: a product of ours, or goods in no register of ours by the name that the device sells them under."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

#: Thousandths of a unit: the measure of all quantities here, as in reported sales.
MILLI: Final = 1_000


@dataclass(frozen=True, slots=True)
class Goods:
    """`product_id` is None for goods in no register; then `name` tells them apart."""

    product_id: uuid.UUID | None
    name: str

    @property
    def key(self) -> str:
        """What tells goods of one device apart."""
        return f"p:{self.product_id}" if self.product_id is not None else f"n:{self.name}"
