"""展销: a fair or sales show (展销会, 年货节, 进机关活动) of some days; its organiser reports."""

from __future__ import annotations

from typing import ClassVar

from marketplace.catalogue.channels.protocol import ChannelKind, Terms, TermsSchema, text


class FairTerms(TermsSchema):
    """Which event, and who holds it."""

    event_name = text("活动名称", required=True)
    organiser_name = text("主办单位")


class Fair(ChannelKind):
    """Fair, sales show."""

    code = "fair"
    title_zh = "展销"
    title_en = "Fair"
    group = "other"
    feed_code = "00"
    is_online = False
    holds_stock = True
    site_kinds = ("exhibition", "market", "government_office", "community", "campus", "enterprise", "shop")
    terms_schema = FairTerms
    example_terms: ClassVar[Terms] = {"event_name": "演示展销会", "organiser_name": "演示市农业农村局"}


KIND = Fair()
