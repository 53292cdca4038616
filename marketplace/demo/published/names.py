"""Published names as they are compared: one name in two spellings must meet, two names must stay apart.

The published spelling is what people see and is kept; the functions here only serve comparison and look-up.
"""

from __future__ import annotations

import re

#: Traditional characters that occur in the published tables, and their simplified form.  Not a converter: a
#: table for these files, complete by test.
_TRADITIONAL = (
    "麵條紅棗蘋馬鈴價萬戶貧賣銷額過綁銀給眾貿餘農轉畝無臍聲樂廣遲關貢鱸雲黃樓蘿壩鬍鬚雞東開縣羅個業區寧龍昇"
    "陽鎮頂專證書為綠華記場進鮮類實鴻藝順興豐門聯豬養陳莊園發鶴軒寶種純銘國際會費務運營團錢媽產遠漁連墾現資鳳與"
    "對線約億財幫項帶動脫單計預"
)
_SIMPLIFIED = (
    "面条红枣苹马铃价万户贫卖销额过绑银给众贸余农转亩无脐声乐广迟关贡鲈云黄楼萝坝胡须鸡东开县罗个业区宁龙升"
    "阳镇顶专证书为绿华记场进鲜类实鸿艺顺兴丰门联猪养陈庄园发鹤轩宝种纯铭国际会费务运营团钱妈产远渔连垦现资凤与"
    "对线约亿财帮项带动脱单计预"
)
_TO_SIMPLIFIED = str.maketrans(_TRADITIONAL, _SIMPLIFIED)

#: Two spellings of one thing that the published lists both use.
_VARIANTS = str.maketrans({"橘": "桔", "皖": "鲩"})

_BRACKETS = str.maketrans({"（": "(", "）": ")", "【": "[", "】": "]", "［": "[", "］": "]"})
_CLOSING = {"(": ")", "[": "]"}
_QUOTES = re.compile(r"[“”\"'‘’《》]")
_TRAILING_NOTE = re.compile(r"^(?P<name>.+?)\((?P<note>[^()]+)\)$")


class MismatchedBrackets(ValueError):
    """A bracket opens and never closes, or closes what never opened: no certain reading of the name is left."""


def simplified(text: str) -> str:
    """Return `text` with the traditional characters of the published tables written simplified."""
    return text.translate(_TO_SIMPLIFIED)


def mended(name: str) -> str:
    """Return `name` with half-width brackets of one kind; raise MismatchedBrackets where none can be certain.

    A pair whose ends are of different kinds, "(湛江]", is certain: it becomes "(湛江)".  A bracket without its
    partner is not.
    """
    out: list[str] = []
    opened: list[int] = []
    for character in name.translate(_BRACKETS):
        if character in _CLOSING:
            opened.append(len(out))
        elif character in _CLOSING.values():
            if not opened:
                raise MismatchedBrackets(f"a bracket closes that never opened: {name}")
            character = _CLOSING[out[opened.pop()]]
        out.append(character)
    if opened:
        raise MismatchedBrackets(f"a bracket opens and never closes: {name}")
    return "".join(out)


def split_note(name: str) -> tuple[str, str]:
    """Split a trailing remark from a producer's name: "强联供销超市(收购)" gives the name and "收购".

    Brackets inside a name, "康仙茶业(广东)有限公司", belong to it and stay.
    """
    match = _TRAILING_NOTE.match(name)
    return (match["name"], match["note"]) if match else (name, "")


def comparable(name: str) -> str:
    """Return the form in which two spellings of one name are equal: simplified, unquoted, without spaces."""
    plain = simplified(name).translate(_VARIANTS)
    return _QUOTES.sub("", plain).replace(" ", "").replace("牌", "")
