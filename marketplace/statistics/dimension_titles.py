"""What the codes are called that a figure can be broken down by."""

from __future__ import annotations

from typing import Any, Final

from marketplace.accounts.codes import ORGANISATION_KINDS, SECTORS
from marketplace.beneficiaries.linkage import LINKAGE_MODES
from marketplace.catalogue.channels import CHANNEL_KINDS
from marketplace.certification.rules.schemes import schemes
from marketplace.orders.participation import MODES
from marketplace.producers.categories import all_categories
from marketplace.producers.codes import ENTITY_KINDS

__all__ = [
    "BUYER_KINDS",
    "CHANNELS",
    "ENTITY_KINDS",
    "FUND_SOURCES",
    "LINKAGES",
    "MODES",
    "PRODUCER_KINDS",
    "PURCHASE_KINDS",
    "SCHEMES",
    "SECTORS",
    "category_title",
]

PURCHASE_KINDS: Final = {"own_purchase": "直接采购", "brokered_sale": "帮助销售"}
FUND_SOURCES: Final = {"canteen": "食堂", "union": "工会", "staff": "职工个人", "other": "其他资金"}
# Somebody at a counter is no organisation.
BUYER_KINDS: Final = {**ORGANISATION_KINDS, "citizen": "居民"}
# Goods that a till sold and no register knows (intake.service.matching) have no kind of producer and no category.
PRODUCER_KINDS: Final = {**ENTITY_KINDS, "unregistered": "未登记供应商"}
_UNREGISTERED_CATEGORY: Final = "00"
CHANNELS: Final = {kind.code: kind.title_zh for kind in CHANNEL_KINDS}
LINKAGES: Final = {mode.code: mode.title_zh for mode in LINKAGE_MODES}
SCHEMES: Final = {one.code: one.title for one in schemes().values()}


def category_title(value: Any) -> str:
    """Title of a category of any level; the code itself where it is none."""
    if value == _UNREGISTERED_CATEGORY:
        return "未登记类别"
    found = all_categories().get(str(value))
    return str(value) if found is None else found.title_zh
