"""The routes of orders, one blueprint; each file has those of one noun."""

from marketplace.orders.api import (
    checkouts,
    contracts,
    photos,
    reading,
    reattributions,
    returns,
    steps,
)
from marketplace.orders.api.blueprint import (
    blueprint,
)

__all__ = [
    "blueprint",
    "checkouts",
    "contracts",
    "photos",
    "reading",
    "reattributions",
    "returns",
    "steps",
]
