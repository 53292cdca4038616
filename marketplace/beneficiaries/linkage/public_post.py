"""Public posts: households are paid to look after roads, forests, cleanliness (公益岗位)."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema

from marketplace.beneficiaries.linkage.protocol import (
    MONTHS,
    Formula,
    LinkageMode,
    PeriodFacts,
    Terms,
    count,
    unit_fen,
    yearly_fen,
)
from marketplace.core.money import format_yuan


class PublicPostTerms(Schema):
    """How many posts and what one pays a month."""

    posts = count("岗位数")
    month_wage_fen = unit_fen("月岗位补贴(分)")


class PublicPost(LinkageMode):
    """Posts × monthly pay."""

    code = "public_post"
    title_zh = "公益岗位"
    title_en = "Public post"
    income_group = "工资性"
    basis = "period"
    sentences = ("岗位收入 = {posts}个岗位 × 每月{wage}元",)
    terms_schema = PublicPostTerms
    example_terms: ClassVar[Terms] = {"posts": 1, "month_wage_fen": 60_000}

    def accrue_period(self, terms: Terms, period: PeriodFacts) -> int:
        """A whole month pays exactly posts × pay; a part of a month by its days."""
        return yearly_fen(period, int(terms["posts"]) * int(terms["month_wage_fen"]) * MONTHS)

    def formula(self, terms: Terms) -> Formula:
        """Posts times pay."""
        return Formula(
            self.sentences[0], {"posts": str(terms["posts"]), "wage": format_yuan(terms["month_wage_fen"])}
        )


MODE = PublicPost()
