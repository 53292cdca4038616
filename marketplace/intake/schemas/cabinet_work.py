"""Wire shapes of tasks, recalls and findings at cabinets, and of the health of devices."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import AreaCode, Instant, Line, OneOf
from marketplace.intake.cabinets.rules.work import CAUSES
from marketplace.intake.cabinets.service.findings import KINDS
from marketplace.intake.cabinets.service.list_files import FINDING_STATES, TASK_KINDS, TASK_STATES
from marketplace.intake.health.rules import ISSUES
from marketplace.intake.schemas.cabinets import BroughtIn, counted_slots, units


class CabinetTaskFilters(Schema):
    """Of one channel, in one state, of one kind."""

    channel = Line(40, load_default=None)
    state = OneOf(tuple(TASK_STATES), load_default=None)
    kind = OneOf(tuple(TASK_KINDS), load_default=None)


class CabinetTaskListArgs(PageArgs, CabinetTaskFilters):
    """A page of tasks."""


class CabinetTaskFileArgs(CabinetTaskFilters):
    """The same as a file."""

    format = OneOf(("csv", "xlsx"), load_default="csv")


class CabinetTaskOut(Schema):
    """Something to do at a cabinet."""

    number = fields.String()
    channel = fields.String()
    device = fields.String()
    kind = OneOf(tuple(TASK_KINDS))
    cause = OneOf(tuple(CAUSES))
    cause_title = fields.String()
    goods_name = fields.String()
    slot = fields.String()
    lot_no = fields.String()
    units = fields.Integer()
    due_on = fields.Date()
    state = OneOf(tuple(TASK_STATES))
    assigned_to = fields.UUID(allow_none=True)
    done_units = fields.Integer(allow_none=True)
    done_at = Instant(allow_none=True)
    evidence_file_id = fields.UUID(allow_none=True)
    note = fields.String(allow_none=True)


class AssignmentIn(Schema):
    """To whom a task is given."""

    account_id = fields.UUID(required=True)


class CompletionIn(Schema):
    """What was done: lines brought, or units taken out; what was counted after it; the photo."""

    lines = fields.List(fields.Nested(BroughtIn), load_default=list, validate=validate.Length(max=50))
    units = units(load_default=0, metadata={"description": "下架数量"})
    counts = counted_slots(load_default=dict)
    file_id = fields.UUID(load_default=None, allow_none=True)
    at = Instant(load_default=None, allow_none=True)
    note = Line(200, load_default=None, allow_none=True)


class GoodsRecallIn(Schema):
    """A lot, or without one all of a product, in an area or in one's own cabinets."""

    product_id = fields.UUID(required=True)
    lot_no = Line(60, load_default=None, allow_none=True)
    reason = Line(200, required=True)
    document_no = Line(60, load_default=None, allow_none=True)
    area = AreaCode(load_default=None, allow_none=True)


class GoodsRecallOut(Schema):
    """A recall of goods."""

    number = fields.String()
    product_id = fields.UUID()
    lot_no = fields.String(allow_none=True)
    reason = fields.String()
    document_no = fields.String(allow_none=True)
    area_code = fields.String()
    operator_id = fields.UUID(allow_none=True)
    made_at = Instant()
    lifted_at = Instant(allow_none=True)


class GoodsRecallListArgs(PageArgs):
    """A page of recalls."""


class CabinetFindingFilters(Schema):
    """Of one channel, in one state, of one kind."""

    channel = Line(40, load_default=None)
    state = OneOf(tuple(FINDING_STATES), load_default=None)
    kind = OneOf(tuple(KINDS), load_default=None)


class CabinetFindingListArgs(PageArgs, CabinetFindingFilters):
    """A page of findings."""


class CabinetFindingFileArgs(CabinetFindingFilters):
    """The same as a file."""

    format = OneOf(("csv", "xlsx"), load_default="csv")


class CabinetFindingOut(Schema):
    """What cannot be true, with both figures (thousandths)."""

    number = fields.String()
    channel = fields.String()
    device = fields.String()
    kind = OneOf(tuple(KINDS))
    kind_title = fields.String()
    goods_name = fields.String()
    since = Instant()
    there_milli = fields.Integer()
    sold_milli = fields.Integer()
    slot = fields.String(allow_none=True)
    lot_no = fields.String(allow_none=True)
    expires_on = fields.Date(allow_none=True)
    state = OneOf(tuple(FINDING_STATES))
    found_at = Instant()
    settled_at = Instant(allow_none=True)
    opinion = fields.String(allow_none=True)


class FindingClosureIn(Schema):
    """What it was."""

    opinion = Line(200, required=True)


class DeviceHealthArgs(PageArgs):
    """Of one channel, in an area, with one issue."""

    channel = Line(40, load_default=None)
    area = AreaCode(load_default=None)
    issue = OneOf(tuple(ISSUES), load_default=None)


class IssueOut(Schema):
    """What is wrong, and what to do."""

    code = OneOf(tuple(ISSUES))
    title = fields.String()
    advice = fields.String()


class DeviceHealthOut(Schema):
    """How a device reports. Shares in basis points, of the last 28 days; ages in seconds."""

    channel = fields.String()
    channel_name = fields.String()
    area_code = fields.String()
    device = fields.String()
    issues = fields.List(fields.Nested(IssueOut))
    since = Instant(allow_none=True)
    last_batch_at = Instant(allow_none=True)
    last_batch_age_s = fields.Integer(allow_none=True)
    due_at = Instant()
    missing_batches = fields.Integer()
    quarantined_bp = fields.Integer(allow_none=True)
    refused_bp = fields.Integer(allow_none=True)
    last_pulse_at = Instant(allow_none=True)
    pulse_age_s = fields.Integer(allow_none=True)
    clock_ahead_s = fields.Integer(allow_none=True)
