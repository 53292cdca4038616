"""What both engines hold of facets: which filter is whose, the names of values, their order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from search.engines.protocol import FacetAsk, Question

AREAS: Final = ("province", "city", "county")
"""The field of an origin's level, by the depth that a facet asks for."""
OF_LISTINGS: Final = {
    "channel_kind": ("channel_kind",),
    "channel": ("channel_id",),
    "goods_class": ("is_aid",),
    "price": ("price_per_500g_from_fen", "price_per_500g_to_fen"),
    "stock": ("in_stock",),
}
"""Facets that are chosen by a filter of the listing → the fields of `ListingFilter` that choose them."""


def same_filters(question: Question) -> dict[str, list[FacetAsk]]:
    """Facets by the filter that their counts leave out: "" for those that leave out none."""
    groups: dict[str, list[FacetAsk]] = {"": []}
    for ask in question.facets:
        own = ask.name in question.filters or any(
            getattr(question.listing, name) is not None for name in OF_LISTINGS.get(ask.name, ())
        )
        groups.setdefault(ask.name if own else "", []).append(ask)
    return groups


def band_name(low: int, high: int | None) -> str:
    """The value of the facet `price` for a band, fen per 500 g: 500-1000, and 5000- for the last."""
    return f"{low}-{'' if high is None else high}"


def ranked(values: Iterable[tuple[str, int]], size: int) -> Sequence[tuple[str, int]]:
    """The `size` most frequent values, the most frequent first, then by value."""
    return tuple(sorted(values, key=lambda pair: (-pair[1], pair[0]))[:size])
