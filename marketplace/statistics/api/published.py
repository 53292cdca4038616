"""Published figures in their own words, with the doubts."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, localised, needs, page_of, page_schema
from marketplace.statistics.api.blueprint import blueprint
from marketplace.statistics.models import PublishedFigure
from marketplace.statistics.published import FLAGS, list_published
from marketplace.statistics.schemas.published import PublishedArgs, PublishedFigureOut


@blueprint.route("/published-figures", methods=["GET"])
@endpoint(needs("statistics.read"))
@blueprint.arguments(PublishedArgs, location="query")
@blueprint.response(200, page_schema(PublishedFigureOut))
def list_published_figures(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Figures that papers and offices published, as printed; what is wrong with one is said, not mended."""
    page = page_of(
        session,
        list_published(args["area"], flagged=args["flagged"], words=args["words"]),
        keys=[PublishedFigure.id],
        key_of=lambda row: [row.id],
        args=args,
    )
    return Page([_shown(one) for one in page.items], page.next_cursor)


def _shown(one: PublishedFigure) -> dict[str, Any]:
    names = [name for name in PublishedFigureOut().fields if name != "flags"]
    flags = [flag | {"title": localised(FLAGS[flag["code"]])} for flag in one.flags]
    return {name: getattr(one, name) for name in names} | {"flags": flags}
