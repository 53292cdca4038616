"""Which division a published name stands for: 梅州, 凉山州会理, 廣州市海珠區, 大化县, 粤, 梅州市五华县长布镇黄沙村.

Published tables shorten, join and mistype names. `find` reads a name from the left, longest match first, each part inside
the one before, and gives every place the name can mean; the caller decides what to do with more than one (nothing is guessed).
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import lru_cache
from typing import Final

from marketplace.core.divisions.codes import covers, get, resolve
from marketplace.core.divisions.table import LEVELS, NATION, Division, table
from marketplace.core.errors import Invalid

_SHORT: Final = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川蜀贵黔云滇藏陕秦甘陇青宁新台港澳"
_SHORT_CODES: Final = "111213141521222331323334353637414243444546505151525253535461616262636465718182"
PROVINCE_SHORT: Final = {
    short: _SHORT_CODES[2 * place : 2 * place + 2] + "0000" for place, short in enumerate(_SHORT)
}
_NATIONALITIES: Final = re.compile(
    "(?:蒙古族|蒙古|回族|藏族|藏|维吾尔族|维吾尔|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族"
    "|哈萨克族|哈萨克|傣族|黎族|傈僳族|佤族|畲族|高山族|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜族|柯尔克孜"
    "|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯族|锡伯|阿昌族|普米族|塔吉克族|塔吉克|怒族"
    "|乌孜别克族|俄罗斯族|鄂温克族|德昂族|保安族|裕固族|京族|塔塔尔族|独龙族|鄂伦春族|赫哲族|门巴族|珞巴族"
    "|基诺族|各族)+$"
)
TRADITIONAL: Final = str.maketrans(
    "縣區廣東雲貴陝寧遼蘇龍慶濱濟島臺灣門陽陰興豐連遠潤羅開韶關樂聲鄉鎮澤許漢農衛張莊"
    "馬黃義烏麗麥莎葉鹽會長頭蓮華瀘滄營齊漳溪嶺從贛嘉應饒壽縉雙鳳圍瓊萬國賢賀來賓欽豬欒徑灤陸質蕪",
    "县区广东云贵陕宁辽苏龙庆滨济岛台湾门阳阴兴丰连远润罗开韶关乐声乡镇泽许汉农卫张庄"
    "马黄义乌丽麦莎叶盐会长头莲华泸沧营齐漳溪岭从赣嘉应饶寿缙双凤围琼万国贤贺来宾钦猪栾径滦陆质芜",
)
_ENDING: Final = re.compile(
    "(?:特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|自治州|自治县|自治旗|地区|林区|特区|新区|矿区"
    "|街道办事处|街道|民族乡|[省市县区州盟旗镇乡])$"
)
_ONE_LETTER_ENDINGS: Final = "省市县区州盟旗镇乡"
_NOISE: Final = re.compile(r"[\s\u3000·、，,。()（）\[\]]+")


def normalise(text: str) -> str:
    """Full-width forms folded, blanks and brackets dropped, the traditional characters of place names made simple."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).translate(TRADITIONAL)


def aliases(name: str) -> tuple[str, ...]:
    """What a division may be called, its full name first.

    白沙黎族自治县 → 白沙黎族自治县, 白沙县, 白沙; 广西壮族自治区 → 广西. A stem of one character (磁县) is no alias.
    """
    whole_stem = _ENDING.sub("", name)
    ending = name[len(whole_stem) :]
    stem = _NATIONALITIES.sub("", whole_stem) or whole_stem
    found = [name]
    if stem != whole_stem and ending in ("自治县", "自治州", "自治旗"):
        found += [stem + ending[-1], stem + ending]
    if len(stem) > 1:
        found.append(stem)
    return tuple(dict.fromkeys(alias for alias in found if len(alias) > 1))


@lru_cache(maxsize=1)
def _index() -> dict[str, tuple[str, ...]]:
    """Alias → codes in force today (an ended name leads to its successor), in order of level, then code."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for code, versions in table().versions.items():
        if code == NATION:
            continue
        for version in versions:
            target = code
            if version.valid_to is not None:
                try:
                    target = resolve(code)
                except Invalid:
                    continue
            for alias in aliases(version.name):
                found[alias].add(target)
    for short, province in PROVINCE_SHORT.items():
        found[short].add(province)
    return {alias: tuple(sorted(codes, key=_order)) for alias, codes in found.items()}


def _order(code: str) -> tuple[int, str]:
    return LEVELS.index(get(code).level), code


def find(name: str, within: str | None = None) -> tuple[Division, ...]:
    """Every division that `name` can mean, inside `within` if given; the best reading first, nothing if none.

    Best: the reading that uses most of the text; an exact name rules out shortened ones, and a shortened town name
    counts only where nothing higher has it (北京 is not 北京街道). The rest stand in order of level and code. What
    follows a town (a village, a street) is not read. "梅州市/广州市" names two places and gives both.
    """
    text = normalise(name)
    if "/" in text:
        parts = (find(part, within) for part in text.split("/") if part)
        return tuple(dict.fromkeys(division for part in parts for division in part))
    if text in ("全国", "中国") and within is None:
        return (get(NATION),)
    readings = _read(text, within or NATION)
    if not readings:
        return ()
    used_most = max(used for used, _ in readings)
    codes = dict.fromkeys(code for used, code in readings if used == used_most)
    divisions = [get(code) for code in codes]
    exact = [d for d in divisions if text.endswith(d.name)]
    above_town = [d for d in divisions if LEVELS.index(d.level) < LEVELS.index("town")]
    return tuple(sorted(exact or above_town or divisions, key=lambda d: _order(d.code)))


def _read(text: str, within: str) -> list[tuple[int, str]]:
    """(characters used, code) of every reading of the text's beginning inside `within`."""
    found: list[tuple[int, str]] = []
    for length in range(len(text), 0, -1):
        for code in _index().get(text[:length], ()):
            if code == within or not covers(within, code) or (length == 1 and len(text) > 1):
                continue
            rest = text[length:]
            deeper = _read(rest, code)
            found += [(length + used, inner) for used, inner in deeper]
            if not deeper and not rest.startswith(
                tuple(_ONE_LETTER_ENDINGS)
            ):  # 白云乡 is not 白云区 with 区 left over
                found.append((length, code))
    return found
