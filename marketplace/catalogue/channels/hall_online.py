"""专馆(线上): a shop on the net that mainly sells aid products (地方馆, 企业馆); goods are sent by the producer."""

from __future__ import annotations

from typing import ClassVar

from marketplace.catalogue.channels.protocol import ChannelKind, Terms, TermsSchema, text


class HallOnlineTerms(TermsSchema):
    """Where it is found."""

    site_name = text("网站或小程序名称")


class HallOnline(ChannelKind):
    """Net shop."""

    code = "hall_online"
    title_zh = "专馆(线上)"
    title_en = "Hall, online"
    group = "hall"
    feed_code = "03"
    is_online = True
    holds_stock = False
    site_kinds = ("website",)
    terms_schema = HallOnlineTerms
    example_terms: ClassVar[Terms] = {"site_name": "演示地方馆"}


KIND = HallOnline()
