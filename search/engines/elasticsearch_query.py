"""A question as Elasticsearch is asked it. Only exact terms: nothing a user types is ever parsed there."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final

from search.engines.elasticsearch_facets import facet
from search.engines.facets import OF_LISTINGS, same_filters
from search.engines.protocol import STRICT_POINTS, AllOf, Expression, FacetAsk, ListingFilter, Question, Token

Query = dict[str, Any]

_KEYS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "relevance": (("_score", "desc"), ("popularity", "desc"), ("length", "asc")),
    "sales": (("sales_fen", "desc"),),
    "price": (("listings.price_key", "asc"),),
    "-price": (("listings.price_key", "desc"),),
    "newest": (("newest_ms", "desc"),),
    "households": (("households", "desc"),),
}


def searches(question: Question) -> list[tuple[Sequence[FacetAsk], Query]]:
    """Searches that together answer a question: the page first, then one for each facet with a filter of its own."""
    groups = same_filters(question)
    own = groups.pop("")
    found: list[tuple[Sequence[FacetAsk], Query]] = [(own, _page(question, own))]
    for name, asks in groups.items():
        query = _matching(question, without=name)
        found.append((asks, {**_bounds(0), "query": query, "aggs": _facets(question, asks, name)}))
    return found


def expression(wanted: Expression) -> Query:
    """An expression as a filter: constant time a token, no scoring."""
    if isinstance(wanted, Token):
        return {"term": {"tokens": wanted.text}}
    if isinstance(wanted, AllOf):
        return (
            {"bool": {"filter": [expression(part) for part in wanted.parts]}}
            if wanted.parts
            else {"match_all": {}}
        )
    tokens = [part.text for part in wanted.parts if isinstance(part, Token)]
    others = [expression(part) for part in wanted.parts if not isinstance(part, Token)]
    if tokens:
        others.append({"terms": {"tokens": tokens}})
    if not others:
        return {"match_none": {}}
    return {"bool": {"should": others, "minimum_should_match": 1}}


def _page(question: Question, asks: Sequence[FacetAsk]) -> Query:
    body: Query = {
        **_bounds(question.size),
        "query": _matching(question),
        "sort": _sort(question),
        "docvalue_fields": ["product_id"],
        "aggs": _facets(question, asks, None),
    }
    if question.strict is not None:
        body["aggs"]["strict_total"] = {"filter": expression(question.strict)}
    if question.after is not None:
        body["search_after"] = list(question.after)
    return body


def _bounds(size: int) -> Query:
    return {"size": size, "track_total_hits": size > 0, "_source": False}


def _matching(question: Question, without: str | None = None) -> Query:
    """What is listed and counted; scored by whole points where the page is sorted by them."""
    conditions = [expression(part) for name, part in question.filters.items() if name != without]
    scored = question.sort == "relevance" and without is None
    strict, related = question.strict, question.related
    if strict is not None:
        wanted = expression(strict)
        if related is not None and question.sort == "relevance":
            wanted = {"bool": {"should": [wanted, expression(related)], "minimum_should_match": 1}}
        conditions.append(wanted)
    conditions.append(_nested(question, without))
    found: Query = {"filter": conditions}
    if scored:
        # Whole numbers below 2^24 add up exactly in the engine's floats.
        points = [*question.points, (strict or AllOf(()), STRICT_POINTS)]
        found["should"] = [
            {"constant_score": {"filter": expression(part), "boost": number}}
            for part, number in points
            if number
        ]
        found["minimum_should_match"] = 0
    return {"bool": found}


def _nested(question: Question, without: str | None) -> Query:
    """One and the same listing satisfies everything asked of listings. Asked always: what is not on sale has none."""
    conditions = listing_conditions(question, without)
    nested: Query = {"path": "listings", "score_mode": "none"}
    inner: Query = {"bool": {"filter": conditions}} if conditions else {"match_all": {}}
    if without is None:
        cheapest: list[Query] = [{"listings.price_key": "asc"}, {"listings.listing_id": "asc"}]
        order = cheapest
        if question.sort not in ("price", "-price"):
            # The score of a listing is whether it is aid today.
            aid = {"constant_score": {"filter": _is_aid(question), "boost": 1}}
            inner = {
                "bool": {
                    "filter": conditions or [{"match_all": {}}],
                    "should": [aid],
                    "minimum_should_match": 0,
                }
            }
            order = [{"listings.in_stock": "desc"}, {"_score": "desc"}, *cheapest]
        nested["inner_hits"] = {
            "name": "best",
            "size": 1,
            "sort": order,
            "_source": False,
            "docvalue_fields": ["listings.listing_id"],
        }
    return {"nested": {**nested, "query": inner}}


def listing_conditions(question: Question, without: str | None) -> list[Query]:
    """What one listing must satisfy, less the conditions that belong to the facet `without`."""
    asked: ListingFilter = dataclasses.replace(
        question.listing, **dict.fromkeys(OF_LISTINGS.get(without or "", ()), None)
    )
    terms: Mapping[str, object] = {
        "channel_id": asked.channel_id and str(asked.channel_id),
        "channel_kind": asked.channel_kind,
        "in_stock": asked.in_stock,
    }
    found: list[Query] = [
        {"term": {f"listings.{name}": value}} for name, value in terms.items() if value is not None
    ]
    bounds = {"gte": asked.price_per_500g_from_fen, "lte": asked.price_per_500g_to_fen}
    asked_bounds = {name: value for name, value in bounds.items() if value is not None}
    if asked_bounds:
        found.append({"range": {"listings.price_per_500g_fen": asked_bounds}})
    if asked.is_aid is not None:
        aid = _is_aid(question)
        found.append(aid if asked.is_aid else {"bool": {"must_not": [aid]}})
    return found


def _is_aid(question: Question) -> Query:
    return {
        "bool": {
            "filter": [
                {"term": {"listings.goods_class": "certified_aid"}},
                {"range": {"listings.aid_until": {"gte": question.today.isoformat()}}},
            ]
        }
    }


def _sort(question: Question) -> list[Query]:
    conditions = listing_conditions(question, None)
    order: list[Query] = []
    for name, direction in _KEYS[question.sort]:
        if name == "listings.price_key":
            nested: Query = {"path": "listings"}
            if conditions:
                nested["filter"] = {"bool": {"filter": conditions}}
            order.append({name: {"order": direction, "mode": "min", "nested": nested}})
        else:
            order.append({name: {"order": direction}})
    return [*order, {"product_no": {"order": "asc"}}]


def _facets(question: Question, asks: Sequence[FacetAsk], without: str | None) -> Query:
    conditions = listing_conditions(question, without)
    return {ask.name: facet(ask, conditions, question.today) for ask in asks}
