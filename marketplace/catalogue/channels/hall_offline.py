"""专馆(线下): a shop or hall that mainly sells aid products. It may hold counters and zones (their parent)."""

from __future__ import annotations

from typing import ClassVar

from marketplace.catalogue.channels.protocol import ChannelKind, Terms, TermsSchema, whole


class HallOfflineTerms(TermsSchema):
    """Size."""

    floor_area_m2 = whole("营业面积(平方米)", 1, 1_000_000)


class HallOffline(ChannelKind):
    """Shop, experience hall, motorway service area."""

    code = "hall_offline"
    title_zh = "专馆(线下)"
    title_en = "Hall, offline"
    group = "hall"
    feed_code = "03"
    is_online = False
    holds_stock = True
    site_kinds = (
        "shop",
        "experience_hall",
        "service_area",
        "enterprise",
        "government_office",
        "innovation_base",
        "village_outlet",
        "exhibition",
    )
    terms_schema = HallOfflineTerms
    example_terms: ClassVar[Terms] = {"floor_area_m2": 6_000}


KIND = HallOffline()
