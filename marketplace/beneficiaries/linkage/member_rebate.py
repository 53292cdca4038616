"""Member rebate: a cooperative pays its surplus back by what each member traded with it (盈余返还).

The law on farmers' cooperatives (art. 44) sets the floor: at least 60 % of the distributable surplus goes
back by volume.
"""

from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema

from marketplace.beneficiaries.linkage.protocol import (
    ActivityField,
    Formula,
    LinkageMode,
    PeriodFacts,
    Terms,
    percent,
    rate_bp,
)
from marketplace.core.money import BP, round_half_up

LEGAL_FLOOR_BP = 6_000


class MemberRebateTerms(Schema):
    """The part of the surplus that is paid back by volume."""

    rebate_bp = rate_bp("按交易量返还比例(基点)", minimum=LEGAL_FLOOR_BP)


class MemberRebate(LinkageMode):
    """Surplus × rate × volume of the rostered members / volume of all members."""

    code = "member_rebate"
    title_zh = "盈余返还"
    title_en = "Member rebate"
    income_group = "经营性"
    basis = "period"
    sentences = ("盈余返还 = 可分配盈余 × {rate} × 在册成员交易量 ÷ 全体成员交易量",)
    terms_schema = MemberRebateTerms
    example_terms: ClassVar[Terms] = {"rebate_bp": LEGAL_FLOOR_BP}
    activity = (
        ActivityField("surplus_fen", "可分配盈余", "fen"),
        ActivityField("roster_volume_milli", "在册成员交易量", "milli"),
        ActivityField("all_volume_milli", "全体成员交易量", "milli"),
    )

    def accrue_period(self, terms: Terms, period: PeriodFacts) -> int:
        """The rostered members' part of the surplus declared in the month.

        Their volume never counts for more than that of all members; without any volume nothing is due.
        """
        everyone = period.declared("all_volume_milli")
        if everyone == 0:
            return 0
        rostered = min(period.declared("roster_volume_milli"), everyone)
        return round_half_up(
            period.declared("surplus_fen") * int(terms["rebate_bp"]) * rostered, BP * everyone
        )

    def formula(self, terms: Terms) -> Formula:
        """Surplus times rate times share of volume."""
        return Formula(self.sentences[0], {"rate": percent(terms["rebate_bp"])})


MODE = MemberRebate()
