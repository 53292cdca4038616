"""搜索结果: what a buyer looks for, with facets, chips, order and words that may have been meant; all of it in the address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.beneficiaries.service.active import households_behind
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import Page
from marketplace.web.kit import Listing, Pages, note, public, render
from marketplace.web.kit import say as _
from search.schemas import SearchArgs, SuggestArgs
from search.service import suggest
from search.service.answers import answer
from search.service.facets import title_of

pages = Pages("search_results", __name__, template_folder="templates")

SORT_TITLES: Final = {
    "relevance": note("综合"),
    "sales": note("销量"),
    "price": note("单价从低到高"),
    "-price": note("单价从高到低"),
    "newest": note("最新上架"),
    "households": note("带动户数"),
}
#: Facet → its title and the filter that a value of it sets.
FACETS: Final = {
    "origin": (note("产地"), "origin"),
    "category": (note("品类"), "category"),
    "channel_kind": (note("渠道"), "channel_kind"),
    "scheme": (note("认定名录"), "scheme"),
    "mark": (note("质量标志"), "mark"),
    "mode": (note("带动方式"), "mode"),
    "price": (note("每500克价格"), "price_from_fen"),
    "stock": (note("库存"), "in_stock"),
}
_STOCK: Final = {"yes": "1", "no": "0"}
_TITLED: Final = ("origin", "category", "channel_kind", "scheme", "mark", "mode")
_PLAIN: Final = ("q", "channel", "producer", "aid", "in_stock", "price_from_fen", "price_to_fen")


@pages.show("/search", public())
def results(session: Session, actor: Actor | None) -> Response:
    """A page of results."""
    listing = Listing(SearchArgs)
    found = answer(session, listing.args | {"facets": tuple(FACETS)})
    helped = households_behind(session, [one["product_id"] for one in found["items"]], today())
    return render(
        "search/results.html",
        fragment="results",
        listing=listing,
        found=found,
        page=Page(found["items"], found["next_cursor"]),
        households={key: one.households for key, one in helped.items()},
        facets=[
            (_(title), [_option(listing, facet, one) for one in found["facets"].get(facet, ())])
            for facet, (title, _name) in FACETS.items()
        ],
        chips=_chips(listing),
        sorts=[
            (code, _(title), listing.address(sort=None if code == "relevance" else code), None)
            for code, title in SORT_TITLES.items()
        ],
        chosen=listing.args["sort"],
        kept=[
            "sort",
            *(name for _title, name in FACETS.values()),
            "price_to_fen",
            "aid",
            "channel",
            "producer",
        ],
    )


@pages.show("/search/suggestions", public())
def suggestions(session: Session, actor: Actor | None) -> Response:
    """Words that begin like what is typed, as options of the search box."""
    asked = Listing(SuggestArgs).args
    return render("search/suggestions.html", words=suggest(asked.get("q", ""), asked.get("size", 10)))


def _option(listing: Listing, facet: str, one: Mapping[str, Any]) -> tuple[str, int, str, bool]:
    """A value of a facet with the address that chooses it, or takes it off where it is chosen."""
    wanted = _filter(facet, one["value"])
    chosen = all(listing.value(name) == (text or "") for name, text in wanted.items())
    changes = dict.fromkeys(wanted) if chosen else wanted
    return one["title"], one["count"], listing.address(**changes), chosen


def _filter(facet: str, value: str) -> dict[str, str | None]:
    """The parameters that stand for a value; prices in yuan, as people type them, a band without its upper end."""
    if facet == "price":
        low, _dash, high = value.partition("-")
        return {"price_from_fen": _yuan(int(low)), "price_to_fen": _yuan(int(high) - 1) if high else None}
    name = FACETS[facet][1]
    return {name: _STOCK[value] if facet == "stock" else value}


def _yuan(amount_fen: int) -> str:
    whole, rest = divmod(amount_fen, 100)
    return f"{whole}.{rest:02d}" if rest else str(whole)


def _chips(listing: Listing) -> list[tuple[str, str]]:
    """The filters that are set and were understood, each with the address without it."""
    shown = []
    for name, text, without in listing.chips(*_PLAIN, *_TITLED):
        if name not in listing.errors:
            shown.append((_chip(name, text), without))
    return shown


def _chip(name: str, text: str) -> str:
    if name in _TITLED:
        return title_of(name, text)
    if name == "aid":
        return _("认定产品") if text in ("1", "true") else _("非认定产品")
    if name == "in_stock":
        return title_of("stock", "yes" if text in ("1", "true") else "no")
    if name == "price_from_fen":
        return _("每500克 {price} 元起", price=text)
    if name == "price_to_fen":
        return _("每500克不超过 {price} 元", price=text)
    return {"channel": _("指定销售点"), "producer": _("指定主体")}.get(name, text)
