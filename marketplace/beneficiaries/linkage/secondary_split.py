"""Secondary split: a village collective divides a fund into classes of shares (二次分配, 分类股份).

An agreement pays one class, that of its roster. What the collective keeps is an agreement of the collective on
its own class, so that every class has at most one payer.
"""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, validates_schema
from marshmallow.validate import Length, Regexp

from marketplace.beneficiaries.linkage.protocol import (
    ActivityField,
    Formula,
    LinkageMode,
    PeriodFacts,
    Terms,
    count,
    percent,
    rate_bp,
)
from marketplace.core.money import BP, round_half_up


class ShareClass(Schema):
    """One class of shares: who it is for and its part of the fund."""

    code = fields.String(
        required=True,
        validate=Regexp(r"[a-z_]{1,32}\Z", error="应为小写字母代码"),
        metadata={"description": "股类代码"},
    )
    title_zh = fields.String(
        required=True,
        validate=Regexp(r"[\u3400-\u9fff0-9()()·]{1,20}\Z", error="应为1至20个汉字"),
        metadata={"description": "股类名称"},
    )
    share_bp = rate_bp("占比(基点)")


class SecondarySplitTerms(Schema):
    """All classes (they sum to the whole), the one of the roster, and how many hold it."""

    classes = fields.List(
        fields.Nested(ShareClass),
        required=True,
        validate=Length(min=1, max=20),
        metadata={"description": "各类股"},
    )
    roster_class = fields.String(required=True, metadata={"description": "在册户的股类代码"})
    roster_members = count("该类股成员数")

    @validates_schema(skip_on_field_errors=True)
    def _whole(self, data: dict[str, Any], **_: object) -> None:
        codes = [item["code"] for item in data["classes"]]
        if len(set(codes)) != len(codes):
            raise ValidationError("股类代码重复", "classes")
        if sum(item["share_bp"] for item in data["classes"]) != BP:
            raise ValidationError("各类股占比之和应为100%", "classes")
        if data["roster_class"] not in codes:
            raise ValidationError("在册股类不在股类表中", "roster_class")


class SecondarySplit(LinkageMode):
    """Fund × class share (/ members, when the month closes)."""

    code = "secondary_split"
    title_zh = "集体收益二次分配"
    title_en = "Secondary split"
    income_group = "财产性"
    basis = "period"
    sentences = ("{own}收益 = 可分配收益 × {share} ÷ {members}户",)
    terms_schema = SecondarySplitTerms
    example_terms: ClassVar[Terms] = {
        "classes": [
            {"code": "head", "title_zh": "人头股", "share_bp": 3_000},
            {"code": "graduated", "title_zh": "脱贫股", "share_bp": 2_000},
            {"code": "elder", "title_zh": "敬老股", "share_bp": 500},
            {"code": "student", "title_zh": "助学股", "share_bp": 1_000},
            {"code": "development", "title_zh": "发展股", "share_bp": 3_500},
        ],
        "roster_class": "graduated",
        "roster_members": 107,
    }
    activity = (ActivityField("fund_fen", "可分配收益", "fen"),)

    def accrue_period(self, terms: Terms, period: PeriodFacts) -> int:
        """The roster's class of the fund declared in the month."""
        return round_half_up(period.declared("fund_fen") * _share_bp(terms), BP)

    def per_member_fen(self, terms: Terms, fund_fen: int) -> int:
        """What one member of the roster's class is told to expect: fund × share / members, half up to the
        fen.
        """
        share_bp = _share_bp(terms)
        return round_half_up(fund_fen * share_bp, BP * int(terms["roster_members"]))

    def formula(self, terms: Terms) -> Formula:
        """The class, its share and its members."""
        own = _own_class(terms)
        figures = {
            "own": own["title_zh"],
            "share": percent(own["share_bp"]),
            "members": str(terms["roster_members"]),
        }
        # A class has a Chinese name and a code; elsewhere the code stands for it.
        return Formula(self.sentences[0], figures, {"own": own["code"]})


def _own_class(terms: Terms) -> dict[str, Any]:
    return next(item for item in terms["classes"] if item["code"] == terms["roster_class"])


def _share_bp(terms: Terms) -> int:
    return int(_own_class(terms)["share_bp"])


MODE = SecondarySplit()
