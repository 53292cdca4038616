"""What goes wrong in certification, on invented products of invented producers only.

No real producer is returned, objected to, suspended or revoked here, not even in a demo.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from marketplace.core import divisions
from marketplace.demo.invented.codes import demo_uscc
from marketplace.demo.invented.draw import MARK, Draw
from marketplace.demo.published.places import LISTED_ON
from marketplace.demo.world.producers import PlannedProducer, invented_product

#: case → (name of the invented product, county, what happens).  Counties of Guangdong and of three paired provinces.
CASES: Final = {
    "returned": ("演示砂糖桔", "441423", "退回补正一次,再报通过"),
    "rejected": ("演示外来柑", "441424", "产地不符,不予认定"),
    "objection_dismissed": ("演示高山茶", "441422", "公示期有异议,核查后不成立,认定"),
    "objection_upheld": ("演示山茶油", "441426", "公示期有异议,核查成立,不予认定"),
    "expired": ("演示花生", "441802", "2018年认定,2020年到期未续"),
    "renewed": ("演示腐竹", "445321", "2018年认定,到期前续期"),
    "suspended": ("演示土鸡蛋", "440904", "抽检不合格暂停一个月,整改后恢复"),
    "revoked": ("演示蜂蜜", "522327", "自行申请移出目录,此前销售不追溯"),
    "revoked_for_fraud": ("演示木耳", "530629", "外地产品冒充,撤销并追溯"),
    "withdrawn": ("演示葛根粉", "513425", "提交后自行撤回"),
}

#: Days (first, last) of 2020 on which a case's product cannot be bought, as its certificate is suspended or revoked.
NOT_ON_SALE: Final = {
    "case|suspended": (date(2020, 6, 10), date(2020, 7, 10)),
    "case|revoked": (date(2020, 8, 15), date(2020, 12, 31)),
    "case|revoked_for_fraud": (date(2020, 10, 20), date(2020, 12, 31)),
}


def plan_cases(draw: Draw) -> tuple[PlannedProducer, ...]:
    """Return one invented producer with one invented product for each case."""
    return tuple(_producer(draw, case, number) for number, case in enumerate(CASES))


def _producer(draw: Draw, case: str, number: int) -> PlannedProducer:
    product_name, county, _ = CASES[case]
    key = f"case|{case}"
    product = invented_product(draw, key, product_name, county, case)
    name = f"{divisions.name(county, LISTED_ON)}演示第{number + 1}农业专业合作社({MARK})"
    return PlannedProducer(
        key, name, "cooperative", demo_uscc("93", county, 2_000 + number), county, False, None, (product,)
    )
