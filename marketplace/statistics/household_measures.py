"""The three meanings of 带动户数, each with its persons and its 其中 children: three measures that are never mixed.

在册 (in the roster of an agreement in force on the statistical date), 覆盖 (net counted sales above zero in the cell), 受益 (a
proven payment). The two file standards, 国家建档立卡 and 广东相对贫困, are two columns, never summed (docs/rules.md, "Measures").
"""

from __future__ import annotations

from typing import Final

from marketplace.statistics.measure import Measure

# Code, title of households and of persons, how their children begin, what the two mean.
_MEANINGS: Final = (
    (
        "rostered",
        "在册户数",
        "在册人数",
        "在册户其中",
        "统计日有效协议的花名册并集,同一户只计一次",
        "在册户在统计日的家庭人口",
    ),
    (
        "covered",
        "带动户数(覆盖)",
        "带动人数(覆盖)",
        "覆盖户其中",
        "净计入销售大于零的协议花名册并集,同一户只计一次",
        "覆盖户在统计日的家庭人口",
    ),
    (
        "benefited",
        "受益户数(实证)",
        "受益人数(实证)",
        "受益户其中",
        "有发放清单为证的户,同一户只计一次",
        "受益户在统计日的家庭人口",
    ),
)
# Code (an attribute of `rosters.Heads`), title, what it means.
_CHILDREN: Final = (
    (
        "file",
        "建档立卡及脱贫户",
        "统计日为国家标准的建档立卡户或脱贫户;与广东省相对贫困户不相加",
    ),
    ("gd_relative", "广东省相对贫困户", "统计日为广东省标准的相对贫困户,含已脱贫;与建档立卡户不相加"),
    ("monitored", "监测对象", "统计日风险未消除的监测对象,可同时为脱贫户"),
    ("ordinary", "一般农户", "统计日从未建档且不是监测对象"),
    ("low_income", "低收入户", ""),
)


def _of(meaning: str, households: str, persons: str, child: str, means: str, heads: str) -> list[Measure]:
    def made(code: str, title: str, head: str, definition: str) -> Measure:
        return Measure(code, title, "", "households", definition_zh=definition, meaning=meaning, head=head)

    return [
        made(f"households_{meaning}", households, "households", means),
        made(f"persons_{meaning}", persons, "persons", heads),
        *(
            made(f"households_{meaning}_{code}", f"{child}:{title}", code, definition)
            for code, title, definition in _CHILDREN
        ),
        made(f"persons_{meaning}_file", f"{child}:建档立卡及脱贫人口", "persons_file", ""),
    ]


HOUSEHOLD_MEASURES: Final = tuple(measure for meaning in _MEANINGS for measure in _of(*meaning))
