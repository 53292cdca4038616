"""Counting facets: one SELECT each, over the matches of a question."""

from __future__ import annotations

from typing import Final

from marketplace.catalogue.rules.shown_class import GOODS_CLASS
from search.engines.facets import AREAS, band_name
from search.engines.protocol import PRICE_BANDS, FacetAsk

_LISTING_VALUES: Final = {
    "channel_kind": "l.channel_kind",
    "channel": "l.channel_id::text",
    "goods_class": GOODS_CLASS,
    "stock": "CASE WHEN l.in_stock THEN 'yes' ELSE 'no' END",
}
_DOCUMENT_LISTS: Final = {"mark": "marks", "scheme": "schemes", "mode": "modes"}
# What a document says of all its listings together; with a filter on listings each must be asked.
_LISTING_LISTS: Final = {"channel_kind": "channel_kinds", "price": "price_bands", "stock": "stocks"}


def facet(ask: FacetAsk, name: str, listing: str) -> str:
    """Rows (name, value, n) of one facet over the matches `m`; `name` is a parameter, `listing` a condition on listings `l`."""
    if ask.name == "category":
        return _counted(name, f"left(category_code, {int(ask.depth) or 2})", "m")
    if ask.name == "origin":
        column = AREAS[ask.depth]
        return _counted(name, column, f"m WHERE {column} <> ''")
    if ask.name == "producer":
        return _counted(name, "producer_id::text", "m")
    lists = _DOCUMENT_LISTS if listing else _DOCUMENT_LISTS | _LISTING_LISTS
    if ask.name in lists:
        return _listed(name, lists[ask.name])
    if not listing and ask.name == "goods_class":
        return _classes(name)
    value = _price_band() if ask.name == "price" else _LISTING_VALUES[ask.name]
    where = f" WHERE {listing}" if listing else ""
    pairs = f"SELECT DISTINCT l.product_no, {value} AS value FROM m JOIN search.document_listing l USING (product_no){where}"
    return _counted(name, "value", f"({pairs}) v WHERE value IS NOT NULL")


def _listed(name: str, column: str) -> str:
    """Values of a list: matches are counted by the whole list first, because few different lists occur."""
    lists = f"SELECT {column} AS list, count(*) AS n FROM m GROUP BY 1"
    return _summed(name, f"({lists}) g CROSS JOIN LATERAL unnest(g.list) AS u (value)", "g.n")


def _classes(name: str) -> str:
    """Goods classes as written, but for documents with a certificate that has ended since: their listings are asked."""
    ended = "m.classes_until < :today"
    lists = f"SELECT classes AS list, count(*) AS n FROM m WHERE NOT COALESCE({ended}, false) GROUP BY 1"
    written = f"SELECT u.value, g.n FROM ({lists}) g CROSS JOIN LATERAL unnest(g.list) AS u (value)"
    pairs = (
        f"SELECT DISTINCT l.product_no, {GOODS_CLASS} AS value"
        f" FROM m JOIN search.document_listing l USING (product_no) WHERE {ended}"
    )
    return _summed(name, f"({written} UNION ALL SELECT value, 1 FROM ({pairs}) p) u (value, n)", "u.n")


def price_band(price_per_500g_fen: int | None) -> str | None:
    """The band of `PRICE_BANDS` that a price lies in."""
    if price_per_500g_fen is None:
        return None
    for low, high in PRICE_BANDS:
        if high is None or price_per_500g_fen < high:
            return band_name(low, high)
    return None


def _summed(name: str, source: str, n: str) -> str:
    return f"SELECT CAST({name} AS text) AS name, u.value AS value, sum({n})::bigint AS n FROM {source} GROUP BY 2"


def _counted(name: str, value: str, source: str) -> str:
    return f"SELECT CAST({name} AS text) AS name, {value} AS value, count(*) AS n FROM {source} GROUP BY 2"


def _price_band() -> str:
    cases = []
    for low, high in PRICE_BANDS:
        upper = f" AND l.price_per_500g_fen < {high}" if high is not None else ""
        cases.append(f"WHEN l.price_per_500g_fen >= {low}{upper} THEN '{band_name(low, high)}'")
    return f"CASE {' '.join(cases)} END"
