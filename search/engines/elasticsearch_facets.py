"""Facets: how many products have each value. Values of listings are counted once a product, over the listings that match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from search.engines.facets import AREAS, band_name, ranked
from search.engines.protocol import PRICE_BANDS, FacetAsk

_FIELDS: Final = {"mark": "marks", "scheme": "schemes", "mode": "modes", "producer": "producer_id"}
_LISTING_FIELDS: Final = {"channel_kind": "channel_kind", "channel": "channel_id"}
# Each shard gives so many values, so that the counts of several shards add up to the true ones.
_OF_A_SHARD: Final = 5_000
_PRODUCTS: Final[dict[str, Any]] = {"products": {"reverse_nested": {}}}


def facet(ask: FacetAsk, conditions: Sequence[Mapping[str, Any]], today: date) -> dict[str, Any]:
    """The aggregation of one facet; `conditions` are what its listings must satisfy."""
    if ask.name in _FIELDS:
        return _terms(_FIELDS[ask.name], ask.size)
    if ask.name == "category":
        return _terms(f"category_{ask.depth or 2}", ask.size)
    if ask.name == "origin":
        return _terms(AREAS[ask.depth], ask.size)
    return {
        "nested": {"path": "listings"},
        "aggs": {
            "matching": {
                "filter": {"bool": {"filter": [*conditions]}},
                "aggs": {"values": {**_of_listings(ask, today), "aggs": _PRODUCTS}},
            }
        },
    }


def counts(ask: FacetAsk, answer: Mapping[str, Any]) -> Sequence[tuple[str, int]]:
    """(value, products) of an answered facet, the most frequent first, then by value."""
    if "matching" not in answer:
        pairs = [(bucket["key"], bucket["doc_count"]) for bucket in answer["buckets"]]
    else:
        buckets = answer["matching"]["values"]["buckets"]
        named = buckets.items() if isinstance(buckets, Mapping) else [(one["key"], one) for one in buckets]
        pairs = [(key, bucket["products"]["doc_count"]) for key, bucket in named]
    return ranked(((str(value), int(n)) for value, n in pairs if n), ask.size)


def _terms(field: str, size: int) -> dict[str, Any]:
    return {"terms": {"field": field, "size": size, "shard_size": max(size, _OF_A_SHARD)}}


def _of_listings(ask: FacetAsk, today: date) -> dict[str, Any]:
    if ask.name in _LISTING_FIELDS:
        terms = _terms(f"listings.{_LISTING_FIELDS[ask.name]}", ask.size)
        terms["terms"]["order"] = [{"products": "desc"}, {"_key": "asc"}]
        return terms
    if ask.name == "price":
        return {
            "range": {
                "field": "listings.price_per_500g_fen",
                "ranges": [_band(*band) for band in PRICE_BANDS],
            }
        }
    if ask.name == "stock":
        return _filters({"yes": _is("in_stock", True), "no": _is("in_stock", False)})
    return _filters(_classes(today))


def _classes(today: date) -> dict[str, Any]:
    """Goods classes on that day, by the rule of `marketplace.catalogue.rules.shown_class`."""
    ended = {"range": {"listings.aid_until": {"lt": today.isoformat()}}}
    aid = _is("goods_class", "certified_aid")
    classes: dict[str, Any] = {"certified_aid": {"bool": {"filter": [aid], "must_not": [ended]}}}
    for name in ("area_produce", "ordinary"):
        lapsed = {"bool": {"filter": [aid, ended, _is("uncertified_class", name)]}}
        classes[name] = {"bool": {"should": [_is("goods_class", name), lapsed], "minimum_should_match": 1}}
    return classes


def _filters(named: Mapping[str, Any]) -> dict[str, Any]:
    return {"filters": {"filters": dict(named)}}


def _is(field: str, value: object) -> dict[str, Any]:
    return {"term": {f"listings.{field}": value}}


def _band(low: int, high: int | None) -> dict[str, Any]:
    bounds: dict[str, Any] = {"key": band_name(low, high), "from": low}
    return bounds if high is None else {**bounds, "to": high}
