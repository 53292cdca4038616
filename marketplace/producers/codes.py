"""Codes of the slice with the words people read, in the order in which forms list them."""

from __future__ import annotations

from typing import Final

ENTITY_KINDS: Final[dict[str, str]] = {
    "leading_enterprise": "龙头企业",
    "cooperative": "农民专业合作社",
    "cooperative_union": "联合社",
    "family_farm": "家庭农场",
    "aid_workshop": "帮扶车间",
    "village_collective": "村集体经济组织",
    "individual_business": "个体工商户",
    "aid_base": "帮扶基地",
    "enterprise": "其他企业",
    "trading_agent": "贸易企业(代理)",
    "supply_coop": "供销社企业",
    "rural_entrepreneur": "致富带头人、返乡创业人员",
}
"""Kinds of 带贫主体. 其他企业 holds the companies that no list calls 龙头企业."""

PRODUCER_ORGANISATIONS: Final = ("producer", "enterprise", "collective", "operator")
"""Kinds of organisations that may have a dossier: a trading agent or supply cooperative may also run a channel."""

PRODUCT_STATUSES: Final[dict[str, str]] = {"active": "在产", "withdrawn": "停产"}

QUALITY_MARKS: Final[dict[str, str]] = {
    "geographical_indication": "地理标志",
    "green_food": "绿色食品",
    "organic_product": "有机产品",
    "zhenpin": "圳品",
    "vegetable_basket": "菜篮子",
    "famous_special": "名特优新",
    "regional_brand": "区域公用品牌",
    "one_village": "一村一品",
    "guangdong_brand": "名牌产品",
}
"""Marks of quality or origin. None of them makes a product an aid product."""

UNITS: Final = (
    "箱",
    "袋",
    "盒",
    "瓶",
    "罐",
    "包",
    "件",
    "份",
    "只",
    "个",
    "枚",
    "斤",
    "公斤",
    "条",
    "块",
    "饼",
    "提",
    "桶",
    "券",
    "套",
    "礼盒",
)
"""Units of sale (计量单位) that a price is for."""
