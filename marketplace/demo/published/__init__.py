"""Really published products, producers and amounts, read from `data/published/` without a database.

`load` reads everything once; its `remarks` say of every published cell that was not taken as it stands what became
of it and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from marketplace.demo.published.producers import PublishedProducer, read_producers
from marketplace.demo.published.products import PublishedProduct, read_products
from marketplace.demo.published.rows import Remark
from marketplace.demo.published.series import PublishedFigure, read_figures

__all__ = [
    "Published",
    "PublishedFigure",
    "PublishedProducer",
    "PublishedProduct",
    "Remark",
    "load",
]


@dataclass(frozen=True, slots=True)
class Published:
    """Everything that was published and can be read, and what became of the rest."""

    products: tuple[PublishedProduct, ...]
    producers: tuple[PublishedProducer, ...]
    figures: tuple[PublishedFigure, ...]
    remarks: tuple[Remark, ...]


@cache
def load() -> Published:
    """Read all published tables; the same answer every time, as the tables are part of the release."""
    products, product_remarks = read_products()
    producers, producer_remarks = read_producers(products)
    figures, figure_remarks = read_figures()
    remarks = product_remarks + producer_remarks + figure_remarks
    return Published(products, producers, figures, remarks)
