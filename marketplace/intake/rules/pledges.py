"""What is signed, intended or pledged (签约, 意向, 举牌认购): amounts that are no sales and are never added to any. Pure.

Source: docs/rules.md, "Sales made elsewhere".
"""

from __future__ import annotations

from typing import Final

from marketplace.core.states import StateMachine

#: Measure of each kind, and its title.
KINDS: Final[dict[str, tuple[str, str]]] = {
    "signed": ("signed_amount", "签约金额"),
    "intended": ("intended_amount", "意向金额"),
    "pledged": ("pledged_amount", "认购金额"),
}
DEFINITION: Final = (
    "活动中签约、意向和举牌认购的金额,按签订日期归期;不是销售额,不与任何销售额相加。"
    "履约金额为所指明的、已计入统计的销售扣除退款后的净额,这些销售已在销售额中,此处仅作对照。已失效的另列,已撤销的不计。"
)
VIEWS: Final = ("seller", "buyer")
#: By what sums are told apart; areas by so many digits.
DIMENSIONS: Final = ("kind", "month", "event", "province", "city", "county")
DIGITS: Final = {"province": 2, "city": 4, "county": 6}

STATES: Final = StateMachine(
    "pledge",
    {"standing": ("lapsed", "withdrawn"), "lapsed": (), "withdrawn": ()},
    initial="standing",
    titles={"standing": "有效", "lapsed": "已失效", "withdrawn": "已撤销"},
)
ENDINGS: Final = ("lapsed", "withdrawn")


def progress_of(amount_fen: int, fulfilled_fen: int) -> str:
    """How far sales have come up with it: none, partly, fulfilled."""
    if fulfilled_fen <= 0:
        return "none"
    return "fulfilled" if fulfilled_fen >= amount_fen else "partly"
