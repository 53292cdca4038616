"""For what targets are set: one line each, with the words under which offices publish them.

What is none of these keeps its published words under `other`: it is shown, and no report counts with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from marketplace.catalogue.channels import CHANNEL_KINDS

Unit = Literal["fen", "count", "bp", ""]
OTHER: Final = "other"


@dataclass(frozen=True)
class TargetMeasure:
    """What a target is of: code, title, unit of its amount, other words for it."""

    code: str
    title_zh: str
    unit: Unit
    words: tuple[str, ...] = ()


TARGET_MEASURES: Final[tuple[TargetMeasure, ...]] = (
    TargetMeasure(
        "consumption_aid_amount",
        "消费扶贫金额",
        "fen",
        ("消费扶贫总金额", "消费帮扶金额", "消费帮扶采购", "消费帮扶总金额"),
    ),
    TargetMeasure("sales", "销售额", "fen", ("销售总额",)),
    TargetMeasure("aid_sales", "扶贫产品销售额", "fen", ("销售扶贫产品", "销售扶贫产品金额", "销售帮扶产品")),
    TargetMeasure("cooperation_amount", "协作消费金额", "fen", ("协议目标", "东西部协作消费金额")),
    TargetMeasure("reserve_ratio", "预留比例", "bp", ("预留年度食堂食材采购份额",)),
    TargetMeasure("reserve_amount", "预留份额", "fen", ("832预留份额",)),
    TargetMeasure("innovation_bases", "消费扶贫创新创业基地", "count"),
    *(
        TargetMeasure(f"points_{kind.code}", f"{kind.title_zh}数", "count", (kind.title_zh,))
        for kind in CHANNEL_KINDS
    ),
    TargetMeasure(OTHER, "其他", ""),
)
_BY_CODE: Final = {one.code: one for one in TARGET_MEASURES}
_BY_WORDS: Final = {word: one for one in TARGET_MEASURES for word in (one.code, one.title_zh, *one.words)}
# What is set over the API: `other` comes only with the words of a published list.
CODES: Final = tuple(code for code in _BY_CODE if code != OTHER)


def target_measure(code: str) -> TargetMeasure:
    """The target measure of that code; KeyError if there is none."""
    return _BY_CODE[code]


def by_words(indicator: str) -> TargetMeasure:
    """The measure that an office's words name (消费扶贫专柜 is 专柜), `other` where they name none of ours for certain."""
    words = "".join(indicator.split())
    for known in (words, words.removeprefix("消费扶贫"), words.removeprefix("消费帮扶")):
        if known in _BY_WORDS:
            return _BY_WORDS[known]
    return _BY_CODE[OTHER]
