"""The channel kinds, one file each, named in one plain tuple. A new kind is a new file and a word here."""

from __future__ import annotations

from typing import Final

from marketplace.catalogue.channels import (
    broadcast,
    counter,
    direct_supply,
    fair,
    hall_offline,
    hall_online,
    lower_platform,
    platform_832,
    special_station,
    special_train,
    village_outlet,
    wholesale_market,
    zone,
)
from marketplace.catalogue.channels.protocol import (
    AID_SCHEMES,
    GROUP_TITLES,
    ChannelKind,
    ListingFacts,
    TermsSchema,
)
from marketplace.catalogue.channels.sites import SITE_KINDS
from marketplace.core.errors import Invalid

__all__ = [
    "AID_SCHEMES",
    "CHANNEL_KINDS",
    "GROUP_TITLES",
    "REPORTING_KINDS",
    "SITE_KINDS",
    "ChannelKind",
    "ListingFacts",
    "TermsSchema",
    "channel_kind",
]

CHANNEL_KINDS: Final[tuple[ChannelKind, ...]] = (
    counter.KIND,
    hall_online.KIND,
    hall_offline.KIND,
    zone.KIND,
    platform_832.KIND,
    special_train.KIND,
    special_station.KIND,
    wholesale_market.KIND,
    fair.KIND,
    direct_supply.KIND,
    village_outlet.KIND,
    broadcast.KIND,
)
#: What reports without being a point of sale: in no list, report or target of points of sale.
REPORTING_KINDS: Final[tuple[ChannelKind, ...]] = (lower_platform.KIND,)
_BY_CODE: Final = {kind.code: kind for kind in (*CHANNEL_KINDS, *REPORTING_KINDS)}


def channel_kind(code: str) -> ChannelKind:
    """The kind of that code; `Invalid` (``unknown_channel_kind``) when there is none."""
    found = _BY_CODE.get(code)
    if found is None:
        raise Invalid("unknown_channel_kind", f"没有这种渠道：{code[:40]}", pointer="/kind")
    return found
