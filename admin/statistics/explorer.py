"""The explorer: measures by up to three dimensions under shared filters. Its whole state is its address: to share, to keep."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, request
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from admin.statistics.figures import finer, full_code, picture, tiles, written
from admin.statistics.naming import names_of
from marketplace.core.actor import Actor
from marketplace.core.http import localised, needs
from marketplace.statistics import dimension_titles, schemas
from marketplace.statistics.arrangement import Arrangement, arranged
from marketplace.statistics.asking import question_of
from marketplace.statistics.behind import entries_behind
from marketplace.statistics.comparison_measures import title_of
from marketplace.statistics.dimensions import DIMENSIONS, GOODS_CLASSES, LEVELS, dimension
from marketplace.statistics.measures import MEASURES
from marketplace.statistics.pledges import PLEDGE_MEASURES
from marketplace.web.kit import Pages, choices, note, render
from marketplace.web.kit.words import label

__all__ = ["pages"]

pages: Final = Pages("admin_statistics", __name__, url_prefix="/admin/statistics")

LEVEL_TITLES: Final = {
    "province": note("省"),
    "city": note("市"),
    "county": note("县"),
    "town": note("镇"),
    "village": note("村"),
}
VIEWS: Final = {"seller": note("产地视角"), "buyer": note("采购地视角")}
#: What most people look at; every other measure is under “more”.
FIRST: Final = (
    "sales",
    "aid_sales",
    "consumption_aid_amount",
    "benefit_accrued",
    "households_covered",
    "orders",
)
_FILTERS: Final = {
    "channel_kind": dimension_titles.CHANNELS,
    "goods_class": GOODS_CLASSES,
    "buyer_kind": dimension_titles.BUYER_KINDS,
    "participation_mode": dimension_titles.MODES,
}
_MOST: Final = 200
PLEDGED: Final = {one.code for one in PLEDGE_MEASURES}


@pages.show("", needs("statistics.read"), snapshot=True)
def explore(session: Session, actor: Actor) -> Response:
    """Ask and show: table, totals, picture, definitions, and the way on."""
    asked = _asked()
    args = schemas.StatisticsArgs().load(asked)
    question = question_of(actor, args)
    found = arranged(
        session, question, Arrangement(args["sort"], args["top"] or _MOST, None, None, args["subtotals"])
    )
    rows, by = found.answer.rows, question.by
    names = names_of(session, by, rows)
    areas = [code for code in by if dimension(code).is_area]
    # Behind sums of pledges stand no entries of the ledger.
    of_books = any(code not in PLEDGED for code in question.measures)
    return render(
        "admin/statistics/explorer.html",
        fragment="results",
        asked=asked,
        args=args,
        question=question,
        rows=rows,
        total=found.answer.total,
        subtotals=found.subtotals,
        definitions=found.answer.definitions,
        position=found.answer.position,
        titles={code: title_of(code, label) for code in question.measures},
        dimension_titles=[label(dimension(code).title_zh) for code in by],
        written=written,
        shown=lambda title: names.get(title) or localised(title),
        chart=picture(question.measures, by, rows, names),
        tiles=tiles(question.measures[0], rows, _into(asked, by[0]))
        if len(by) == 1 and areas and len(rows) > 1
        else [],
        drill=lambda row: _drill(asked, question, row),
        behind=lambda row: _behind(asked, by, row) if of_books else None,
        choices=_choices(),
        save=f"/admin/statistics/views/new?{urlencode({'query': urlencode(asked)})}",
        downloads=[
            (kind.upper(), f"/api/v1/statistics?{urlencode(asked | {'format': kind})}")
            for kind in ("csv", "xlsx", "json")
        ],
        is_cut=len(rows) >= _MOST,
    )


@pages.show("/entries", needs("statistics.read"))
def entries(session: Session, actor: Actor) -> Response:
    """The ledger entries behind a figure, with the orders that the official may see."""
    asked = {name: text for name, text in request.args.items() if text}
    args = schemas.BehindArgs().load(asked)
    question = question_of(actor, args | {"measures": "sales", "by": None, "on": None})
    page = entries_behind(session, question, args)
    on = (
        f"/admin/statistics/entries?{urlencode(asked | {'cursor': page.next_cursor})}"
        if page.next_cursor
        else ""
    )
    return render(
        "admin/statistics/entries.html",
        page=page,
        may_open=actor.may("orders.read"),
        next=on,
        channels=dimension_titles.CHANNELS,
        buyers=dimension_titles.BUYER_KINDS,
        classes=GOODS_CLASSES,
    )


def _asked() -> dict[str, str]:
    """The question of the address: ticked measures and chosen dimensions become the lists that the API takes."""
    asked = {
        name: text
        for name, text in request.args.items()
        if text and name not in ("measure", "by1", "by2", "by3")
    }
    if ticked := request.args.getlist("measure"):
        asked["measures"] = ",".join(dict.fromkeys(ticked))
    if chosen := [text for name in ("by1", "by2", "by3") if (text := request.args.get(name))]:
        asked["by"] = ",".join(dict.fromkeys(chosen))
    known = schemas.StatisticsArgs().load_fields
    names = {field.data_key or name for name, field in known.items()} - {"cursor", "format", "page_size"}
    asked = {name: text for name, text in asked.items() if name in names}
    asked.setdefault("measures", "sales,aid_sales,households_covered")
    asked.setdefault("by", "origin")
    try:
        schemas.StatisticsArgs().load(asked)
    except ValidationError as error:
        # A filter that cannot be meant is left out, as lists do with theirs.
        asked = {name: text for name, text in asked.items() if name not in error.messages_dict}
    return asked


def _choices() -> dict[str, Any]:
    measures = [(one.code, label(one.title_zh)) for one in MEASURES]
    return {
        "first": [one for one in measures if one[0] in FIRST],
        "more": [one for one in measures if one[0] not in FIRST],
        "dimensions": [(one.code, label(one.title_zh)) for one in DIMENSIONS],
        "levels": [(code, label(LEVEL_TITLES[code])) for code in LEVELS],
        "views": choices(VIEWS),
        "filters": [
            (
                code,
                label(dimension(code).title_zh),
                [(value, label(title)) for value, title in titles.items()],
            )
            for code, titles in _FILTERS.items()
        ],
    }


def _into(asked: dict[str, str], by: str) -> Any:
    level = asked.get("level", "city")

    def address(digits: Any) -> str | None:
        below = finer(level, digits)
        if below is None:
            return None
        return f"/admin/statistics?{urlencode(asked | {'level': below, by: full_code(digits)})}"

    return address


def _drill(asked: dict[str, str], question: Any, row: Any) -> str | None:
    """The same question one step further down: into the row's area, from a county to its producers, from one to its entries."""
    if len(question.by) != 1 or row.key[0] is None:
        return None
    by, key = question.by[0], row.key[0]
    if by == "producer":
        return _behind(asked, question.by, row)
    if not dimension(by).is_area:
        return None
    if by == "origin" and len(str(key)) == LEVELS["county"]:
        return f"/admin/statistics?{urlencode(asked | {'by': 'producer', by: full_code(key)})}"
    found: str | None = _into(asked, by)(key)
    return found


def _behind(asked: dict[str, str], by: tuple[str, ...], row: Any) -> str | None:
    """The entries of a row: the filters of the question and the row's own keys."""
    if any(key is None for key in row.key):
        return None
    names = {"area", "view", "from", "to", *(one.code for one in DIMENSIONS)}
    kept = {name: text for name, text in asked.items() if name in names}
    keys = {
        code: full_code(key) if dimension(code).is_area else str(key)
        for code, key in zip(by, row.key, strict=True)
    }
    return f"/admin/statistics/entries?{urlencode(kept | keys)}"
