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
from marketplace.certification.rules.schemes import scheme_of
from marketplace.core import divisions
from marketplace.core.http.locale import localised
from marketplace.producers.categories import all_categories
from marketplace.producers.codes import QUALITY_MARKS
from marketplace.producers.models import Producer

_CLASSES: Final = {"certified_aid": "认定产品", "area_produce": "产自帮扶地区", "ordinary": "普通商品"}
_STOCK: Final = {"yes": "有货", "no": "缺货"}
_TITLES: Final[dict[str, Callable[[str], str]]] = {
    "category": lambda value: all_categories()[value].title_zh,
    "origin": divisions.name,
    "channel_kind": lambda value: channel_kind(value).title_zh,
    "goods_class": _CLASSES.__getitem__,
    "mark": lambda value: QUALITY_MARKS.get(value, value),
    "scheme": lambda value: scheme_of(value).title_zh,
    "mode": lambda value: linkage_mode(value).title_zh,
    "price": lambda value: _band(value),
    "stock": _STOCK.__getitem__,
}


def titled(
    session: Session, facets: Mapping[str, Sequence[tuple[str, int]]]
) -> dict[str, list[dict[str, Any]]]:
    """Each facet's values as ``{value, title, count}``."""
    names = _names(session, facets)
    return {
        facet: [
            {"value": value, "title": names.get(value) or localised(_TITLES[facet](value)), "count": count}
            for value, count in values
        ]
        for facet, values in facets.items()
    }


def _names(session: Session, facets: Mapping[str, Sequence[tuple[str, int]]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for facet, model in (("channel", Channel), ("producer", Producer)):
        ids = [uuid.UUID(value) for value, _ in facets.get(facet, ())]
        if ids:
            rows = session.execute(select(model.id, model.name).where(model.id.in_(ids)))
            found |= {str(row.id): row.name for row in rows}
    return found


def _band(value: str) -> str:
    """500-1000 → 5–10元/500克, in whole yuan: the bands are."""
    low, _, high = value.partition("-")
    yuan = f"{int(low) // 100}–{int(high) // 100}元" if high else f"{int(low) // 100}元以上"
    return f"{yuan}/500克"
