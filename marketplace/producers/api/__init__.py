"""The routes of producers, one blueprint; each file has those of one noun."""

from marketplace.producers.api import imports, producers, products
from marketplace.producers.api.blueprint import blueprint

__all__ = ["blueprint", "imports", "producers", "products"]
