"""832平台: the national platform on which public buyers spend their reserved share.

Only suppliers whom their county recommended and the platform admitted list here. Being listed makes a line count in the
reserve report, never by itself in aid sales: that still takes a certificate of a scheme that counts.
"""

from __future__ import annotations

from typing import ClassVar

from marketplace.catalogue.channels.protocol import ChannelKind, ListingFacts, Terms, TermsSchema, text


class Platform832Terms(TermsSchema):
    """The platform's own number of the shop."""

    platform_shop_id = text("平台店铺编号")


class Platform832(ChannelKind):
    """Budget units and unions buy here; staff and canteen contractors bound to a budget unit."""

    code = "platform_832"
    title_zh = "832平台"
    title_en = "832 platform"
    group = "platform_832"
    feed_code = "03"
    is_online = True
    holds_stock = False
    site_kinds = ("website",)
    buyer_kinds = ("budget_unit", "union")
    terms_schema = Platform832Terms
    example_terms: ClassVar[Terms] = {"platform_shop_id": "1090698369754404144"}

    def may_list(self, facts: ListingFacts) -> str | None:
        """The supplier must be admitted, or the product hold a 832 listing in force."""
        if facts.is_832_supplier or "platform_832" in facts.valid_schemes:
            return None
        return "not_admitted_832"


KIND = Platform832()
