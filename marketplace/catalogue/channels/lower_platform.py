"""下级平台: another instance of this service, or another platform, that feeds counted entries. It sells nothing here itself.

It is a channel because it signs batches with a channel's key; it is no point of sale, so it stands in no list of them and nothing
can be listed in it (docs/adr/0024).
"""

from __future__ import annotations

from marketplace.catalogue.channels.protocol import ChannelKind, ListingFacts


class LowerPlatform(ChannelKind):
    """A reporting instance of the level below."""

    code = "lower_platform"
    title_zh = "下级平台"
    title_en = "Lower platform"
    group = "other"
    feed_code = "00"
    is_online = True
    holds_stock = False
    site_kinds = ("website",)

    def may_list(self, facts: ListingFacts) -> str | None:
        """Nothing: what it sold was counted where it was sold."""
        del facts
        return "no_point_of_sale"


KIND = LowerPlatform()
