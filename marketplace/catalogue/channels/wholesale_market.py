"""市场批发: a wholesale market or a distribution centre of the 菜篮子 that sells by the tonne."""

from __future__ import annotations

from typing import ClassVar

from marketplace.catalogue.channels.protocol import ChannelKind, Terms, TermsSchema, text


class WholesaleMarketTerms(TermsSchema):
    """Which market."""

    market_name = text("市场或配送中心名称", required=True)


class WholesaleMarket(ChannelKind):
    """Wholesale market, distribution centre."""

    code = "wholesale_market"
    title_zh = "市场批发"
    title_en = "Wholesale market"
    group = "other"
    feed_code = "00"
    is_online = False
    holds_stock = True
    site_kinds = ("market",)
    terms_schema = WholesaleMarketTerms
    example_terms: ClassVar[Terms] = {"market_name": "演示农产品批发市场"}


KIND = WholesaleMarket()
