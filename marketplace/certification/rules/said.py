"""What an evaluation says, as codes with what fills them. The sentences stand here once, Chinese; pages translate them.

`titles` are titles of facts, papers, units and classes of the negative list, which are translated with the sentence; `figures`
are numbers and what the applicant wrote, which never are. Results frozen before there were codes have their sentences alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

SENTENCES: Final = {
    "not_declared": "未填报",
    "figure": "{figure}",
    "at_least": "≥{figure}",
    "amount": "{figure}{unit}",
    "at_least_amount": "≥{figure}{unit}",
    "wan": "{figure}万元",
    "at_least_wan": "≥{figure}万元",
    "yes": "是",
    "no": "否",
    "handed_in": "已提交",
    "not_handed_in": "未提交",
    "title": "{title}",
    "none_of": "不属于{titles}",
    "reached": "达到",
    "not_reached": "未达到",
    "met": "符合",
    "not_met": "不符合",
    "not_listed": "不在所列范围内",
    "outside": "不在所列区划内",
    "fact_not_declared": "{title}未填报",
    "fact_is_zero": "{title}为零",
    "part_above_whole": "{part}多于{whole},请核对",
    "lacking": "缺少{title}",
    "on_negative_list": "属于负面清单:{title}",
}
#: Between titles that stand side by side, in Chinese and after translation.
BETWEEN: Final = "、"


@dataclass(frozen=True)
class Said:
    """A sentence by its code; several titles under one name are a tuple."""

    code: str
    titles: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; `said_of` reads it."""
        titles = {
            name: title if isinstance(title, str) else list(title) for name, title in self.titles.items()
        }
        return {"code": self.code, "titles": titles, "figures": dict(self.figures)}

    def told(self, translate: Callable[[str], str] = str) -> str:
        """The sentence; `translate` gives a Chinese text in another language."""
        names = {
            name: translate(title) if isinstance(title, str) else BETWEEN.join(map(translate, title))
            for name, title in self.titles.items()
        }
        sentence = SENTENCES[self.code]
        is_bare = sentence.startswith("{") and sentence.endswith("}") and sentence.count("{") == 1
        return (sentence if is_bare else translate(sentence)).format(**names, **self.figures)


def said_of(stored: Mapping[str, Any]) -> Said:
    """What `as_json` wrote."""
    titles = {
        name: title if isinstance(title, str) else tuple(title) for name, title in stored["titles"].items()
    }
    return Said(stored["code"], titles, stored["figures"])
