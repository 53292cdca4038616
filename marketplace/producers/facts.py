"""What producers tell the slices above them, in the transaction that makes it true (`core.facts`)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProductsChanged:
    """Products were registered, imported, amended or withdrawn; the ids ascend and are there at least once."""

    product_ids: tuple[uuid.UUID, ...]


@dataclass(frozen=True, slots=True)
class ProducerChanged:
    """A dossier's name, credit code, kind, areas, founding day, 832 admission or agency changed; contacts are not told of."""

    producer_id: uuid.UUID
