"""广电: goods shown on television, radio or a broadcaster's live stream and ordered there."""

from __future__ import annotations

from typing import ClassVar

from marketplace.catalogue.channels.protocol import ChannelKind, Terms, TermsSchema, text


class BroadcastTerms(TermsSchema):
    """Which programme or room."""

    programme_name = text("栏目或直播间名称", required=True)


class Broadcast(ChannelKind):
    """Television shopping, live stream of a broadcaster."""

    code = "broadcast"
    title_zh = "广电"
    title_en = "Broadcasting"
    group = "other"
    feed_code = "00"
    is_online = True
    holds_stock = False
    site_kinds = ("website",)
    terms_schema = BroadcastTerms
    example_terms: ClassVar[Terms] = {"programme_name": "演示助农直播间"}


KIND = Broadcast()
