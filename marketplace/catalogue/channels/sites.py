"""Where a point of sale stands (点位类型): codes with their titles; channel kinds name the ones they may use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SITE_KINDS: Final[Mapping[str, str]] = {
    "campus": "高校",
    "rail_station": "高铁站",
    "hospital": "医院",
    "government_office": "机关",
    "community": "社区",
    "enterprise": "企业园区",
    "service_area": "高速服务区",
    "shop": "专卖店",
    "experience_hall": "体验馆",
    "supermarket": "商超",
    "market": "批发市场",
    "innovation_base": "双创基地",
    "village_outlet": "村级网点",
    "exhibition": "展销会",
    "website": "网站",
    "train": "列车",
}
