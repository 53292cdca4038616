"""Wire shapes of declarations. Amounts in fen."""

from __future__ import annotations

from marshmallow import Schema, fields, post_load

from marketplace.core.http.fields import AreaCode, Fen, Line, OneOf, Period
from marketplace.core.http.paging import PageArgs
from marketplace.core.money import MAX_FEN
from marketplace.statistics.declarations.filing import Content
from marketplace.statistics.declarations.kinds import DECLARED_REPORTS, REPORT_CODES
from marketplace.statistics.declarations.rules import STATES

_MEASURES = tuple(dict.fromkeys(code for one in DECLARED_REPORTS for code in one.measures))
_REPORT = {"description": "填报表", "example": "R1"}


class DeclarationArgs(PageArgs):
    """Filters of the list of declarations."""

    area = AreaCode(load_default=None)
    report = OneOf(REPORT_CODES, load_default=None)
    period = Period(load_default=None)
    state = OneOf(tuple(STATES), load_default=None)
    unit_id = fields.UUID(load_default=None)


class DraftIn(Schema):
    """Every figure of the report, or (零报告) the reason why there is none."""

    figures = fields.Dict(
        keys=OneOf(_MEASURES),
        values=Fen(minimum=-MAX_FEN),
        load_default=dict,
        metadata={"description": "指标代码 → 分", "example": {"sales": 980000}},
    )
    zero_reason = Line(
        300, load_default=None, allow_none=True, metadata={"description": "零报告的原因", "example": None}
    )

    @post_load
    def _made(self, data: dict[str, object], **_: object) -> dict[str, object]:
        content = Content(data.pop("figures"), data.pop("zero_reason"))  # type: ignore[arg-type]
        return data | {"content": content}


class DeclarationIn(DraftIn):
    """A unit's declaration of a month; of one that was sent it is a correction and says why."""

    unit_id = fields.UUID(required=True)
    period = Period(required=True)
    correction_reason = Line(
        300, load_default=None, allow_none=True, metadata={"description": "更正原因", "example": None}
    )


class StepDecisionIn(Schema):
    """Confirm, or return with the reason."""

    accept = fields.Boolean(required=True)
    opinion = Line(500, required=True, metadata={"example": "与账本核对一致"})


class DeclarationOut(Schema):
    """A version of a declaration. Silence has none: it is 未报, never 0."""

    id = fields.UUID(required=True)
    unit_id = fields.UUID(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    area_code = fields.String(required=True)
    report = fields.String(required=True, metadata=_REPORT)
    period = fields.String(required=True)
    version = fields.Integer(required=True)
    state = OneOf(tuple(STATES), required=True)
    is_zero = fields.Boolean(required=True)
    zero_reason = fields.String(required=True, allow_none=True)
    correction_reason = fields.String(required=True, allow_none=True)
    last_entry = fields.Integer(
        required=True, allow_none=True, metadata={"description": "提交时账本最后一笔分录号"}
    )
    created_at = fields.AwareDateTime(required=True)
    submitted_at = fields.AwareDateTime(required=True, allow_none=True)
    reviewed_at = fields.AwareDateTime(required=True, allow_none=True)
    sent_at = fields.AwareDateTime(required=True, allow_none=True)


class BesideOut(Schema):
    """A measure (fen): declared, counted when submitted, counted now, sent by the authorities below; null where there is none."""

    measure = fields.String(required=True, metadata={"example": "sales"})
    title = fields.String(required=True, metadata={"example": "销售额"})
    declared_fen = fields.Integer(required=True)
    computed_fen = fields.Integer(required=True, allow_none=True)
    difference_fen = fields.Integer(required=True, allow_none=True)
    computed_now_fen = fields.Integer(required=True, allow_none=True)
    difference_now_fen = fields.Integer(required=True, allow_none=True)
    below_fen = fields.Integer(required=True, allow_none=True)


class DeclarationStepOut(Schema):
    """A step of a declaration."""

    from_state = fields.String(required=True, allow_none=True)
    to_state = fields.String(required=True)
    opinion = fields.String(required=True, allow_none=True)
    at = fields.AwareDateTime(required=True)


class DeclarationDetailOut(DeclarationOut):
    """A declaration with its figures, its steps and the units below that are pending."""

    figures = fields.List(fields.Nested(BesideOut), required=True)
    steps = fields.List(fields.Nested(DeclarationStepOut), required=True)
    pending_below = fields.List(fields.String(), required=True)
