"""专站: a stand for aid products inside a railway station or market hall, open for a season."""

from __future__ import annotations

from typing import ClassVar

from marketplace.catalogue.channels.protocol import ChannelKind, Terms, TermsSchema, text


class SpecialStationTerms(TermsSchema):
    """Which station."""

    station_name = text("站点名称", required=True)


class SpecialStation(ChannelKind):
    """Stand in a station."""

    code = "special_station"
    title_zh = "专站"
    title_en = "Special station"
    group = "other"
    feed_code = "00"
    is_online = False
    holds_stock = True
    site_kinds = ("rail_station", "service_area", "exhibition", "market")
    terms_schema = SpecialStationTerms
    example_terms: ClassVar[Terms] = {"station_name": "广州南站"}


KIND = SpecialStation()
