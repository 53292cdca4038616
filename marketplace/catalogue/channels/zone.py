"""专区: a recognisable area inside an existing platform, supermarket or market, run by the host."""

from __future__ import annotations

from typing import ClassVar

from marketplace.catalogue.channels.protocol import ChannelKind, Terms, TermsSchema, text


class ZoneTerms(TermsSchema):
    """The host."""

    host_name = text("所在平台或商超", required=True)


class Zone(ChannelKind):
    """Area inside somebody else's shop."""

    code = "zone"
    title_zh = "专区"
    title_en = "Zone"
    group = "zone"
    feed_code = "01"
    is_online = False
    holds_stock = False
    site_kinds = ("supermarket", "market", "website", "shop", "exhibition")
    terms_schema = ZoneTerms
    example_terms: ClassVar[Terms] = {"host_name": "演示超市"}


KIND = Zone()
