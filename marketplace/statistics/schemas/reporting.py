"""Wire shapes of reporting units, the register of a month and the rate of reporting. Amounts in fen."""

from __future__ import annotations

from marshmallow import Schema, fields, post_load

from marketplace.core.http.fields import AreaCode, Day, Line, OneOf, Period, StrictInteger
from marketplace.core.http.paging import PageArgs
from marketplace.statistics.declarations.kinds import REPORT_CODES
from marketplace.statistics.declarations.units import NewUnit
from marketplace.statistics.schemas.questions import FORMATS

_REPORT = {"description": "填报表", "example": "R1"}


class ReportingUnitArgs(PageArgs):
    """Filters of the list of reporting units."""

    area = AreaCode(load_default=None)
    report = OneOf(REPORT_CODES, load_default=None)


class ReportingUnitIn(Schema):
    """Who shall report what, over which area, from which day on."""

    organisation_id = fields.UUID(required=True)
    area_code = AreaCode(required=True)
    report = OneOf(REPORT_CODES, required=True, metadata=_REPORT)
    from_day = Day(required=True, metadata={"example": "2020-09-01"})
    due_day = StrictInteger(
        minimum=1,
        maximum=28,
        load_default=5,
        metadata={"description": "次月几日前报送", "example": 5},
    )

    @post_load
    def _made(self, data: dict[str, object], **_: object) -> NewUnit:
        return NewUnit(**data)  # type: ignore[arg-type]  # the fields are those of the dataclass


class ReportingUnitEndIn(Schema):
    """The first day on which nothing is owed any more."""

    until_day = Day(required=True, metadata={"example": "2020-12-01"})


class ReportingUnitOut(Schema):
    """A reporting unit; an authority answers for its area, an operator for its points of sale there."""

    id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    name = fields.String(required=True, metadata={"example": "梅县区乡村振兴局"})
    kind = fields.String(required=True, metadata={"example": "authority"})
    area_code = fields.String(required=True)
    report = fields.String(required=True, metadata=_REPORT)
    due_day = fields.Integer(required=True)
    from_day = Day(required=True)
    until_day = Day(required=True, allow_none=True)


class SilenceIn(Schema):
    """Which unit did not report which month, and why."""

    unit_id = fields.UUID(required=True)
    period = Period(required=True)
    reason = Line(300, required=True, metadata={"example": "机构改革,暂无填报人员"})


class SilenceOut(SilenceIn):
    """A unit listed as 未报."""

    listed_at = fields.AwareDateTime(required=True)


class RegisterArgs(Schema):
    """Which report of which month, in which area, as what."""

    report = OneOf(REPORT_CODES, required=True, metadata=_REPORT)
    period = Period(required=True)
    area = AreaCode(load_default="000000")
    format = OneOf(FORMATS, load_default="json")


class OwedOut(Schema):
    """How a unit stands with a month it owes; `state` null is silence."""

    unit_id = fields.UUID(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    area_code = fields.String(required=True)
    period = fields.String(required=True)
    due_on = Day(required=True)
    state = fields.String(required=True, allow_none=True)
    is_reported = fields.Boolean(required=True)
    is_zero = fields.Boolean(required=True)
    is_late = fields.Boolean(required=True)
    is_overdue = fields.Boolean(required=True)
    silence_reason = fields.String(required=True, allow_none=True)


class RegisterFigureOut(Schema):
    """Declared beside computed (fen); null where the unit is silent."""

    measure = fields.String(required=True)
    declared_fen = fields.Integer(required=True, allow_none=True)
    computed_fen = fields.Integer(required=True, allow_none=True)
    difference_fen = fields.Integer(required=True, allow_none=True)


class RegisterRowOut(Schema):
    """A unit's row; `word` is 未报 or 零报告."""

    unit = fields.Nested(OwedOut, required=True)
    word = fields.String(required=True, allow_none=True, metadata={"example": "未报"})
    figures = fields.List(fields.Nested(RegisterFigureOut), required=True)


class RegisterOut(Schema):
    """Every unit that owes the month, by area."""

    items = fields.List(fields.Nested(RegisterRowOut), required=True)


class RateArgs(Schema):
    """Which report, months and area; rows by areas of `level`."""

    report = OneOf(REPORT_CODES, load_default="R1", metadata=_REPORT)
    from_period = Period(required=True)
    to_period = Period(load_default=None)
    area = AreaCode(load_default="000000")
    level = OneOf(("province", "city", "county"), load_default="city")


class RateRowOut(Schema):
    """Units due, reported, by a zero report, late, listed as 未报; the rate in basis points, null where nobody was due."""

    area_code = fields.String(required=True)
    title = fields.String(required=True, metadata={"example": "梅州市"})
    period = fields.String(required=True)
    due = fields.Integer(required=True)
    reported = fields.Integer(required=True)
    zero = fields.Integer(required=True)
    late = fields.Integer(required=True)
    listed = fields.Integer(required=True)
    rate_bp = fields.Integer(required=True, allow_none=True, metadata={"description": "报送率(万分之一)"})


class RateOut(Schema):
    """报送率 by area and month, and who has not reported."""

    rows = fields.List(fields.Nested(RateRowOut), required=True)
    totals = fields.List(fields.Nested(RateRowOut), required=True)
    missing = fields.List(fields.Nested(OwedOut), required=True)


class RemindIn(Schema):
    """Whom to remind: every unit of the area that has not reported the month."""

    report = OneOf(REPORT_CODES, required=True, metadata=_REPORT)
    period = Period(required=True)
    area_code = AreaCode(required=True)


class RemindOut(Schema):
    """How many units were told now, and how many had been told today."""

    told = fields.Integer(required=True)
    told_before = fields.Integer(required=True)
