"""What intake tells the slices above it beside `orders.facts`: raw material that households sold to a processor."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InputLine:
    """By how much a line of raw material changed: fen, thousandths of a unit and grams, either sign."""

    line_id: uuid.UUID
    product_id: uuid.UUID
    sold_at: datetime
    sale_fen: int
    quantity_milli: int
    weight_g: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InputsChanged:
    """Raw material whose output is counted: it owes benefit by its contract and is no sale (domain 0a.3). Once per event."""

    event_id: uuid.UUID
    lines: tuple[InputLine, ...]
