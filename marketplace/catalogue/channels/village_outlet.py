"""网点: a village outlet (村级网点, 益农信息社, 供销网点) that sells what the village makes."""

from __future__ import annotations

from typing import ClassVar

from marketplace.catalogue.channels.protocol import ChannelKind, Terms, TermsSchema, text


class VillageOutletTerms(TermsSchema):
    """Which network it belongs to."""

    network_name = text("所属网络(益农信息社、供销社等)")


class VillageOutlet(ChannelKind):
    """Outlet in a village."""

    code = "village_outlet"
    title_zh = "网点"
    title_en = "Village outlet"
    group = "other"
    feed_code = "00"
    is_online = False
    holds_stock = True
    site_kinds = ("village_outlet", "community")
    terms_schema = VillageOutletTerms
    example_terms: ClassVar[Terms] = {"network_name": "益农信息社"}


KIND = VillageOutlet()
