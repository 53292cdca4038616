"""专列: a train or lorry that carries aid products to the buyers' city and sells from its wagons."""

from __future__ import annotations

from typing import ClassVar

from marketplace.catalogue.channels.protocol import ChannelKind, Terms, TermsSchema, text


class SpecialTrainTerms(TermsSchema):
    """Which train."""

    train_no = text("车次", required=True)
    route = text("线路")


class SpecialTrain(ChannelKind):
    """Train."""

    code = "special_train"
    title_zh = "专列"
    title_en = "Special train"
    group = "other"
    feed_code = "00"
    is_online = False
    holds_stock = True
    site_kinds = ("train",)
    terms_schema = SpecialTrainTerms
    example_terms: ClassVar[Terms] = {"train_no": "演示专列1号", "route": "六盘水—中山"}


KIND = SpecialTrain()
