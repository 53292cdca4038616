"""`GET /search` and `GET /search/suggestions`: for everybody, without signing in."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import ApiBlueprint, endpoint, public
from marketplace.core.http.paging import make_cursor, open_cursor
from search import schemas
from search.service import Asked, search, suggest
from search.service.facets import titled
from search.service.filters import document_filters, facet_asks, listing_filter

blueprint = ApiBlueprint("search", __name__, "搜索")


@blueprint.route("/search")
@endpoint(public())
@blueprint.arguments(schemas.SearchArgs, location="query")
@blueprint.response(200, schemas.SearchOut)
def search_products(session: Session, actor: Actor | None, args: dict[str, Any]) -> dict[str, Any]:
    """Products by text and filters, each with its best matching listing; prices, stock and certificates as of now."""
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


@blueprint.route("/search/suggestions")
@endpoint(public())
@blueprint.arguments(schemas.SuggestArgs, location="query")
@blueprint.response(200, schemas.SuggestOut)
def suggest_words(session: Session, actor: Actor | None, args: dict[str, Any]) -> dict[str, Any]:
    """Words that begin like what was typed, in characters, pinyin or initials."""
    return {"items": suggest(args["q"], args["size"])}
