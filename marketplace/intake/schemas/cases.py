"""Wire shapes of cases: sales that two reporters tell."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Instant, Line, OneOf, StrictInteger
from marketplace.intake.rules.duplicates import RULE_BY_CODE
from marketplace.intake.service.duplicates.cases import CAUSES
from marketplace.intake.service.duplicates.decide import OUTCOMES

CASE_STATES = ("open", "confirmed", "dismissed", "decided")
SURENESS = ("certain", "likely")
RESULTS = ("equal", "differs", "one_side", "unsaid")


class DuplicateCaseListArgs(PageArgs):
    """Filters of the list of cases."""

    state = OneOf(CASE_STATES, load_default=None)
    rule = OneOf(tuple(RULE_BY_CODE), load_default=None)
    sureness = OneOf(SURENESS, load_default=None)
    cause = OneOf(tuple(CAUSES), load_default=None)
    channel = Line(40, load_default=None, metadata={"description": "销售点编号,任一方"})


class BilingualOut(Schema):
    """A reason in both languages, as it was frozen."""

    zh = fields.String()
    en = fields.String()


class DuplicateSideOut(Schema):
    """Who told of the sale, under which numbers."""

    reporter = fields.String(metadata={"description": "上报方种类", "example": "platform_export"})
    reporter_title = fields.String()
    channel = fields.String(allow_none=True, metadata={"description": "销售点编号;本平台订单为空"})
    area = fields.String()
    order_ref = fields.String()
    line_ref = fields.String()


class DuplicateCaseOut(Schema):
    """A case: which rule found it and why, which side stands, and what was decided."""

    number = fields.String(metadata={"example": "U7K2M9QX4RTB"})
    round = fields.Integer(metadata={"description": "第几轮认定"})
    rule = OneOf(tuple(RULE_BY_CODE))
    rule_title = fields.String()
    sureness = OneOf(SURENESS)
    cause = OneOf(tuple(CAUSES))
    cause_title = fields.String()
    equal = fields.List(fields.String(), metadata={"description": "规则认定相同的要素"})
    reason = fields.Nested(BilingualOut)
    precedence = fields.Nested(BilingualOut)
    loser = OneOf(("first", "second"), metadata={"description": "认定为同一笔时不再计入的一方"})
    first = fields.Nested(DuplicateSideOut)
    second = fields.Nested(DuplicateSideOut)
    state = OneOf(CASE_STATES)
    decisions = fields.Integer(metadata={"description": "已作出的认定次数,再次认定时原样送回"})
    found_at = Instant()
    decided_at = Instant(allow_none=True)


class ComparedFieldOut(Schema):
    """One field of both sides as they stand."""

    field = fields.String()
    title = fields.String()
    first = fields.String(allow_none=True)
    second = fields.String(allow_none=True)
    result = OneOf(RESULTS)


class DuplicateDecisionOut(Schema):
    """One decision; `decided` is the service's own, by precedence."""

    decision_no = fields.Integer()
    outcome = OneOf((*OUTCOMES, "decided"))
    opinion = fields.String(allow_none=True)
    decided_at = Instant()


class DuplicateCasePictureOut(DuplicateCaseOut):
    """With both sides side by side and the history of decisions."""

    fields_compared = fields.List(fields.Nested(ComparedFieldOut))
    history = fields.List(fields.Nested(DuplicateDecisionOut))


class DuplicateDecisionIn(Schema):
    """`confirmed`: one sale; `dismissed`: two. `after`: how many decisions the decider has seen."""

    outcome = OneOf(OUTCOMES, required=True)
    opinion = Line(200, required=True)
    after = StrictInteger(minimum=0, maximum=10_000, required=True, metadata={"example": 0})
