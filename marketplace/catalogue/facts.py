"""What the catalogue tells the slices above it, in the transaction that makes it true (`core.facts`).

Ids are those of products, since a product with all its listings is what readers show; they ascend and there is at least one.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListingsChanged:
    """Listings of these products changed.

    One was put up, priced, paused, resumed, delisted or judged anew, its point of sale was renamed, moved, given to another
    operator or closed (perhaps from a later day on), its offer was amended or withdrawn, or its seller or product was renamed.
    """

    product_ids: tuple[uuid.UUID, ...]


@dataclass(frozen=True, slots=True)
class StockTurned:
    """Some place of these products had free units (on hand − reserved > 0) and has none now, or the other way round."""

    product_ids: tuple[uuid.UUID, ...]
