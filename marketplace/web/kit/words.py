"""What pages say: Chinese stands in the templates and in the code of pages, English in `translations/pages/*.toml`, keyed by it.

    {{ _("共 {count} 条", count=total) }}        a sentence of a page
    {{ label(order.state_title) }}              a title that the tuple of a code owns, already Chinese
    {{ term("aid_product", order.placed_on) }}  a word of the trade, as it was said on a day

One file for each area of pages (kit, public, buyers, producers, officials), so that they can be written side by side;
`titles.toml` has the titles of codes that no JSON answer carries. Tests see that nothing is missing or left over.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import structlog

from marketplace.core import messages
from marketplace.core.clock import today
from marketplace.core.http.locale import request_locale

log = structlog.get_logger(__name__)

FOLDER: Final = Path(__file__).parents[2] / "translations" / "pages"
# What no English was found for since the process began. Each is logged once; the test that reads every page finds none.
_missed: Final[set[str]] = set()


@functools.cache
def catalogue() -> Mapping[str, str]:
    """Every Chinese text of pages with its English, of all areas."""
    found: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return found


def say(text_zh: str, **names: Any) -> str:
    """The text in the language of the request, its ``{names}`` filled. In templates and code it is called ``_``."""
    text = text_zh
    if request_locale() == "en":
        text = catalogue().get(text_zh, "")
        if not text:
            _miss(text_zh)
            text = text_zh
    return text.format_map(names) if names else text


def note(text_zh: str) -> str:
    """A text that is said later (a menu's entry, a column's title): marks it for the catalogue and returns it unchanged."""
    return text_zh


def label(title_zh: str | None) -> str:
    """A title that the owner of a code gives (a state, a kind, a report), in the language of the request."""
    if not title_zh:
        return ""
    if request_locale() == "zh":
        return title_zh
    known = catalogue().get(title_zh)
    if known is not None:
        return known
    found = messages.title(title_zh, "en")
    if found == title_zh and not title_zh.isascii():
        _miss(title_zh)
    return found


def choices(titles: Mapping[str, str]) -> list[tuple[str, str]]:
    """(code, title in the language of the request) of each, in their order: the options of a field."""
    return [(code, label(title)) for code, title in titles.items()]


def _miss(text_zh: str) -> None:
    if text_zh not in _missed:
        _missed.add(text_zh)
        log.warning("no_english", text=text_zh)


# The word map of the trade: one code, the words by the day from which they are said. Source: docs/rules.md, "Words by date".
_BEGINNING: Final = date(2018, 12, 30)
_END_OF_POVERTY: Final = date(2021, 2, 25)
TERMS: Final[Mapping[str, tuple[tuple[date, str, str], ...]]] = {
    "consumption_aid": (
        (_BEGINNING, "消费扶贫", "consumption for poverty alleviation"),
        (date(2021, 5, 1), "消费帮扶", "consumption aid"),
    ),
    "aid": ((_BEGINNING, "扶贫", "poverty alleviation"), (_END_OF_POVERTY, "帮扶", "aid")),
    "aid_product": (
        (_BEGINNING, "扶贫产品", "poverty-alleviation product"),
        (date(2021, 5, 1), "消费帮扶产品", "consumption-aid product"),
    ),
    "poor_household": (
        (_BEGINNING, "贫困户", "poor household"),
        (_END_OF_POVERTY, "脱贫户", "household lifted out of poverty"),
    ),
    "poor_county": (
        (_BEGINNING, "贫困县", "poor county"),
        (_END_OF_POVERTY, "脱贫县", "county lifted out of poverty"),
    ),
    "aid_office": (
        (_BEGINNING, "扶贫办", "poverty alleviation office"),
        (_END_OF_POVERTY, "乡村振兴局", "rural revitalisation bureau"),
        (date(2023, 3, 16), "农业农村部门", "agriculture and rural affairs department"),
    ),
    "cooperation": (
        (_BEGINNING, "东西部扶贫协作", "east–west cooperation against poverty"),
        (_END_OF_POVERTY, "东西部协作", "east–west cooperation"),
    ),
    "aid_workshop": (
        (_BEGINNING, "扶贫车间", "poverty-alleviation workshop"),
        (_END_OF_POVERTY, "帮扶车间", "aid workshop"),
    ),
    "aid_platform": (
        (_BEGINNING, "贫困地区农副产品网络销售平台", "platform for produce of poor areas"),
        (
            _END_OF_POVERTY,
            "脱贫地区农副产品网络销售平台",
            "platform for produce of areas lifted out of poverty",
        ),
    ),
}


def term(code: str, day: date | None = None) -> str:
    """The word for a code as it was said on a Shanghai day (None: today); KeyError for a code that is none."""
    versions = TERMS[code]
    on = day or today()
    _, zh, en = next((one for one in reversed(versions) if one[0] <= on), versions[0])
    return en if request_locale() == "en" else zh
