"""The filters of a request as expressions over tokens and conditions on one and the same listing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core import divisions
from marketplace.core.errors import Invalid
from marketplace.producers.categories import all_categories
from search.analysis.places import area_codes
from search.engines.protocol import Expression, FacetAsk, ListingFilter, Token

_PREFIXES: Final = {"scheme": "s:", "mark": "m:", "mode": "b:", "producer": "p#"}
_LEVELS: Final = ("province", "city", "county")
_NOBODY: Final = uuid.UUID(int=0)


def document_filters(args: Mapping[str, Any]) -> dict[str, Expression]:
    """Filters of the product by facet name. `Invalid` (``unknown_category``, ``unknown_division``)."""
    found: dict[str, Expression] = {
        name: Token(f"{prefix}{args[name]}")
        for name, prefix in _PREFIXES.items()
        if args.get(name) is not None
    }
    if args.get("category"):
        if args["category"] not in all_categories():
            raise Invalid("unknown_category", "没有这个品类", pointer="/category")
        found["category"] = Token(f"c:{args['category']}")
    if args.get("origin"):
        codes = area_codes(divisions.get(args["origin"]).code)
        if codes:
            found["origin"] = Token(f"o:{codes[-1]}")
    return found


def listing_filter(session: Session, args: Mapping[str, Any]) -> ListingFilter:
    """Conditions on the listing. A channel is named by its id or its code; an unknown one has no goods."""
    return ListingFilter(
        channel_id=_channel(session, args["channel"]) if args.get("channel") else None,
        channel_kind=args.get("channel_kind"),
        is_aid=args.get("aid"),
        price_per_500g_from_fen=args.get("price_from_fen"),
        price_per_500g_to_fen=args.get("price_to_fen"),
        in_stock=args.get("in_stock"),
    )


def facet_asks(args: Mapping[str, Any]) -> tuple[FacetAsk, ...]:
    """The facets wanted; of categories and origins the level below the one that is chosen."""
    return tuple(FacetAsk(name, _depth(name, args)) for name in args["facets"])


def _depth(name: str, args: Mapping[str, Any]) -> int:
    if name == "category":
        return min(6, len(args["category"]) + 2) if args.get("category") else 2
    if name == "origin" and args.get("origin"):
        level = divisions.get(args["origin"]).level
        return min(_LEVELS.index(level) + 1, 2) if level in _LEVELS else 2 if level != "nation" else 0
    return 0


def _channel(session: Session, text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return session.scalar(select(Channel.id).where(Channel.code == text)) or _NOBODY
