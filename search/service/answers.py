"""A search as its filters come in and its page goes out: what the API and the page of results both say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.http.paging import make_cursor, open_cursor
from search.service.ask import Asked, search
from search.service.facets import titled
from search.service.filters import document_filters, facet_asks, listing_filter


def answer(session: Session, args: Mapping[str, Any]) -> dict[str, Any]:
    """One page for the loaded `SearchArgs`. `Invalid` for a word that names nothing, BadRequest for another list's cursor."""
    scope = f"search{args['sort']}"
    kinds, *after = open_cursor(args["cursor"], scope) if args["cursor"] else [()]
    found = search(
        session,
        Asked(
            q=args["q"],
            filters=document_filters(args),
            listing=listing_filter(session, args),
            facets=facet_asks(args),
            sort=args["sort"],
            size=args["page_size"],
            scheme=args["scheme"],
            after=tuple(after) or None,
            kinds=tuple(kinds),
        ),
    )
    return {
        "items": found.items,
        "total": found.total,
        "exact_total": found.exact_total,
        "next_cursor": make_cursor([found.kinds, *found.next_after], scope) if found.next_after else None,
        "facets": titled(session, found.facets),
        "engine": found.engine,
        "degraded": found.degraded,
        "took_ms": round(found.took_ms, 1),
        "corrected": found.corrected,
        "places": list(found.places),
        "may_mean": list(found.may_mean),
    }
