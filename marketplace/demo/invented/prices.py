"""Invented prices and packages by what a product is: nothing but names was published, so each is 演示数据."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from marketplace.demo.invented.draw import Draw
from marketplace.demo.published.names import simplified


@dataclass(frozen=True, slots=True)
class Group:
    """A group of goods: how they are priced and taxed, and how they are packed.

    Prices are per 500 g in fen, from and to; `package_g` the usual packages in grams.  `perishable` goods
    cannot be returned without reason.  `tax_treatment` follows docs/rules.md, "Value-added tax"; `food` is False for what is
    not eaten.
    """

    code: str
    title: str
    low_fen: int
    high_fen: int
    package_g: tuple[int, ...]
    tax_treatment: str
    perishable: bool
    food: bool


#: Every group of goods that the published lists hold.
GROUPS: Final = (
    Group("drink", "酒水饮料", 800, 4_000, (500, 1_000), "rate_13", perishable=False, food=True),
    Group("craft", "农村手工工艺品", 5_000, 20_000, (500, 1_000), "rate_13", perishable=False, food=False),
    Group("farm_input", "农业生产资料", 200, 400, (20_000, 40_000), "rate_9", perishable=False, food=False),
    Group("snack", "零食糕点", 1_500, 3_500, (250, 500), "rate_13", perishable=False, food=True),
    Group("tea", "茶叶", 8_000, 40_000, (125, 250, 500), "rate_9", perishable=False, food=True),
    Group(
        "meat", "肉禽蛋", 1_600, 6_000, (1_000, 1_500), "exempt_fresh_meat_egg", perishable=True, food=True
    ),
    Group("oil", "食用油", 2_500, 7_000, (1_000, 2_500), "rate_9", perishable=False, food=True),
    Group(
        "aquatic", "水产", 2_500, 9_000, (1_000, 2_000), "exempt_self_produced", perishable=True, food=True
    ),
    Group("herb", "药食同源", 3_000, 20_000, (250, 500), "exempt_self_produced", perishable=False, food=True),
    Group("fungus", "菌菇", 3_000, 12_000, (250, 500), "exempt_vegetable", perishable=False, food=True),
    Group("honey", "蜂产品", 3_000, 6_000, (500, 1_000), "exempt_self_produced", perishable=False, food=True),
    Group("grain", "粮油", 300, 900, (2_500, 5_000, 10_000), "rate_9", perishable=False, food=True),
    Group("tuber", "薯芋杂粮", 300, 900, (2_500, 5_000), "exempt_self_produced", perishable=True, food=True),
    Group("nut", "坚果干货", 2_000, 6_000, (500, 1_000), "rate_9", perishable=False, food=True),
    Group("spice", "调味腌制", 800, 3_000, (250, 500), "rate_13", perishable=False, food=True),
    Group("vegetable", "蔬菜", 300, 1_200, (2_500, 5_000), "exempt_vegetable", perishable=True, food=True),
    Group("fruit", "水果", 500, 2_500, (2_500, 5_000), "exempt_self_produced", perishable=True, food=True),
)

#: Words of names, by group.
_WORDS: Final = {
    "drink": "酒 水 饮料 果汁",
    "craft": "英石 公仔 竹子 富贵竹 竹叶 桑蚕茧",
    "farm_input": "肥 种薯",
    "snack": "酥 饼 糕 粑 膏 牛肉干 炒栗 红糖 姜晶",
    "tea": "茶 红茶 绿茶 毛尖 秀芽 单丛 遵义红 六堡",
    "meat": "鸡 鸭 鹅 鸽 蛋 猪 牛 羊 肉 腊 肠",
    "oil": "油",
    "aquatic": "鱼 鲈 蟹 蚝 鱿 鳖 鲤 沙虫 鲟 皖 鲩",
    "herb": "灵芝 天麻 陈皮 溪黄草 五指毛桃 金线莲 化橘红 罗汉果 甜叶菊 芦荟 仙草 佛手 葛",
    "fungus": "菌 耳 菇 松茸",
    "honey": "蜜 蜂",
    "grain": "米 稻 粉 面 糯 赤禾 粘",
    "tuber": "薯 芋 土豆 马铃薯 淮山 雪莲果 玉米",
    "nut": "核桃 板栗 巴旦 枣 花生 腐竹 八角",
    "spice": "椒 姜 葱 榨菜 菜脯 酱",
    "vegetable": "菜 瓜 笋 藕 红柿 番茄 苦瓜 蔬",
    "fruit": "果 桔 橘 橙 柑 柚 荔枝 龙眼 梨 桃 李 西瓜 芒 蕉 "
    "莓 石榴 梅 柿 黄皮 柠檬 莲 杏 猕猴 脐 凤梨 菠萝 火龙 苹",
}


def group_of(name: str) -> Group | None:
    """Return the group of goods that a product's name speaks of, or None for a name that tells nothing.

    The head of a Chinese name is its last word: 山茶油 is an oil, 麻竹笋 a vegetable.  So the word that ends last
    decides, and of two that end together the longer (玉米 before 米).
    """
    plain = simplified(name)
    found = [
        (plain.rfind(word) + len(word), len(word), group)
        for group in GROUPS
        for word in _WORDS[group.code].split()
        if word in plain
    ]
    return max(found, key=lambda hit: hit[:2])[2] if found else None


def package_g(draw: Draw, group: Group, name: str) -> int:
    """Return the invented package of a product in grams."""
    return draw.pick(group.package_g, "package", name)


def price_fen(draw: Draw, group: Group, name: str) -> int:
    """Return the invented price of one package in fen, ending in a full jiao (10 fen)."""
    per_500g = draw.between(group.low_fen, group.high_fen, "price", name)
    return max(100, per_500g * package_g(draw, group, name) // 500 // 10 * 10)
