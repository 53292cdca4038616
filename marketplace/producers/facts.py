"""What producers tell the slices above them, in the transaction that makes it true (`core.facts`)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProductsChanged:
    """Products were registered, imported, amended or withdrawn; the ids ascend and are there at least once."""

    product_ids: tuple[uuid.UUID, ...]


@dataclass(frozen=True, slots=True)
class ProductRenamed:
    """A product got another name; `ProductsChanged` tells of it as well."""

    product_id: uuid.UUID
    former_name: str
    name: str


@dataclass(frozen=True, slots=True)
class ProducerChanged:
    """A dossier's name, credit code, kind, areas, founding day, 832 admission or agency changed; contacts are not told of."""

    producer_id: uuid.UUID
