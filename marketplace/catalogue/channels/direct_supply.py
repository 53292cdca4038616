"""直供: a producer supplies a canteen, an enterprise or a union directly, by contract or invoice, without any shop."""

from __future__ import annotations

from typing import ClassVar

from marketplace.catalogue.channels.protocol import ChannelKind, Terms, TermsSchema, text


class DirectSupplyTerms(TermsSchema):
    """Who keeps the register of such sales."""

    register_keeper = text("登记单位")


class DirectSupply(ChannelKind):
    """From producer to buyer."""

    code = "direct_supply"
    title_zh = "直供"
    title_en = "Direct supply"
    group = "other"
    feed_code = "00"
    is_online = False
    holds_stock = False
    site_kinds = ("government_office", "enterprise", "campus", "hospital")
    terms_schema = DirectSupplyTerms
    example_terms: ClassVar[Terms] = {"register_keeper": "演示县乡村振兴局"}


KIND = DirectSupply()
