"""`GET /search` and `GET /search/suggestions`: for everybody, without signing in."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import ApiBlueprint, endpoint, public
from search import schemas
from search.service import suggest
from search.service.answers import answer

blueprint = ApiBlueprint("search", __name__, "搜索")


@blueprint.route("/search")
@endpoint(public())
@blueprint.arguments(schemas.SearchArgs, location="query")
@blueprint.response(200, schemas.SearchOut)
def search_products(session: Session, actor: Actor | None, args: dict[str, Any]) -> dict[str, Any]:
    """Products by text and filters, each with its best matching listing; prices, stock and certificates as of now."""
    return answer(session, args)


@blueprint.route("/search/suggestions")
@endpoint(public())
@blueprint.arguments(schemas.SuggestArgs, location="query")
@blueprint.response(200, schemas.SuggestOut)
def suggest_words(session: Session, actor: Actor | None, args: dict[str, Any]) -> dict[str, Any]:
    """Words that begin like what was typed, in characters, pinyin or initials."""
    return {"items": suggest(args["q"], args["size"])}
