"""Amounts in capital Chinese figures (大写金额) as invoices and vouchers print them.

Rule: 《正确填写票据和结算凭证的基本规定》 (annex of 支付结算办法, 银发〔1997〕393号); docs/rules.md, "Capital figures".
"""

from __future__ import annotations

from typing import Final

from marketplace.core.money import MAX_FEN

FIGURES: Final = "零壹贰叁肆伍陆柒捌玖"
UNITS_WITHIN_GROUP: Final = ("仟", "佰", "拾", "")
GROUPS: Final = ("", "万", "亿", "万亿")
GROUP: Final = 10_000


def capital_figures(amount_fen: int) -> str:
    """The amount in capital figures, without the word 人民币.

    整 ends whole yuan; 零 stands once for a gap, and before 角 when the yuan end in 0 (168032 fen →
    壹仟陆佰捌拾元零叁角贰分). A negative amount (red invoice) begins with 负.

    :param amount_fen: fen, at most ``MAX_FEN`` either side, else ValueError.
    """
    if abs(amount_fen) > MAX_FEN:
        raise ValueError("amount out of range")
    sign = "负" if amount_fen < 0 else ""
    yuan, rest = divmod(abs(amount_fen), 100)
    jiao, fen = divmod(rest, 10)
    words = f"{_whole(yuan)}元" if yuan else ""
    if rest == 0:
        return f"{sign}{words or '零元'}整"
    if yuan and (jiao == 0 or yuan % 10 == 0):
        words += "零"
    words += f"{FIGURES[jiao]}角" if jiao else ""
    words += f"{FIGURES[fen]}分" if fen else ""
    return sign + words


def _whole(number: int) -> str:
    """Groups of four figures; 零 once where a group starts with zeros or whole groups are empty."""
    words = ""
    groups = []
    while number:
        number, group = divmod(number, GROUP)
        groups.append(group)
    gap = False
    for position in range(len(groups) - 1, -1, -1):
        group = groups[position]
        if group == 0:
            gap = bool(words)
            words += "亿" if position == 2 and words.endswith("万") else ""
            continue
        if words and (gap or group < GROUP // 10):
            words += "零"
        words += _group(group) + _group_unit(position, groups)
        gap = False
    return words


def _group_unit(position: int, groups: list[int]) -> str:
    """万亿 is said 万 when 亿 still follows: 壹万零贰亿元, but 壹万亿元."""
    if position == 3:
        return "万"
    return GROUPS[position]


def _group(group: int) -> str:
    words, gap = "", False
    for unit, name in zip((1000, 100, 10, 1), UNITS_WITHIN_GROUP, strict=True):
        figure = group // unit % 10
        if figure == 0:
            gap = bool(words)
            continue
        words += ("零" if gap else "") + FIGURES[figure] + name
        gap = False
    return words
