"""Facet values with the titles people read."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.beneficiaries.linkage import linkage_mode
from marketplace.catalogue.channels import channel_kind
from marketplace.catalogue.models import Channel
from marketplace.certification.rules.schemes import scheme_of, schemes
from marketplace.core import divisions
from marketplace.core.http.locale import localised, request_locale
from marketplace.producers.categories import all_categories
from marketplace.producers.codes import QUALITY_MARKS
from marketplace.producers.models import Producer
from search.service.shown import public_name

_CLASSES: Final = {"certified_aid": "认定产品", "area_produce": "产自帮扶地区", "ordinary": "普通商品"}
_STOCK: Final = {"yes": "有货", "no": "缺货"}
_BAND: Final = "{low}–{high}元/500克"
_LAST_BAND: Final = "{low}元以上/500克"
_TITLES: Final[dict[str, Callable[[str], str]]] = {
    "category": lambda value: all_categories()[value].title_zh,
    "origin": divisions.name,
    "channel_kind": lambda value: channel_kind(value).title_zh,
    "goods_class": _CLASSES.__getitem__,
    "mark": lambda value: QUALITY_MARKS.get(value, value),
    "scheme": lambda value: scheme_of(value).title,
    "mode": lambda value: linkage_mode(value).title_zh,
    "price": lambda value: _band(value),  # noqa: PLW0108 - defined below
    "stock": _STOCK.__getitem__,
}


def titled(
    session: Session, facets: Mapping[str, Sequence[tuple[str, int]]]
) -> dict[str, list[dict[str, Any]]]:
    """Each facet's values as ``{value, title, count}``."""
    names = _names(session, facets)
    return {
        facet: [
            {"value": value, "title": names.get(value) or title_of(facet, value), "count": count}
            for value, count in values
        ]
        for facet, values in facets.items()
    }


def title_of(facet: str, value: str) -> str:
    """The title of a value in the language of the request; a category carries its own English one. KeyError if unknown."""
    if facet == "category" and request_locale() == "en":
        return all_categories()[value].title_en
    return localised(_TITLES[facet](value))


def _names(session: Session, facets: Mapping[str, Sequence[tuple[str, int]]]) -> dict[str, str]:
    found: dict[str, str] = {}
    channels = [uuid.UUID(value) for value, _ in facets.get("channel", ())]
    if channels:
        rows = session.execute(select(Channel.id, Channel.name).where(Channel.id.in_(channels)))
        found |= {str(row.id): row.name for row in rows}
    producers = [uuid.UUID(value) for value, _ in facets.get("producer", ())]
    if producers:
        named = session.execute(
            select(Producer.id, Producer.name, Producer.published).where(Producer.id.in_(producers))
        )
        found |= {str(row.id): public_name(row.name, row.published) for row in named}
    return found


def _band(value: str) -> str:
    """500-1000 → 5–10元/500克, in whole yuan: the bands are."""
    low, _, high = value.partition("-")
    if not high:
        return _LAST_BAND.format(low=int(low) // 100)
    return _BAND.format(low=int(low) // 100, high=int(high) // 100)


def titles() -> set[str]:
    """Every Chinese title that is no name, for the catalogue of translations."""
    found = {*_CLASSES.values(), *_STOCK.values(), *QUALITY_MARKS.values(), _BAND, _LAST_BAND}
    return found | {scheme_of(code).title for code in schemes()}
