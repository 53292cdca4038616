"""Households on the wire. Names and numbers come in; only masked ones go out, except by `PeopleOut`."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from marketplace.beneficiaries.rules import (
    FILE_STANDARDS,
    FILE_STATUSES,
    MONITOR_STATUSES,
    MONITOR_TYPES,
    HouseholdState,
)
from marketplace.beneficiaries.service import Identity, NewHousehold, NewMember, Standing
from marketplace.core.http.fields import AreaCode, Day, Line, OneOf, StrictInteger
from marketplace.core.http.paging import PageArgs

VILLAGE = {"description": "村(社区)代码,12位", "example": "441403101201"}
MAX_BATCH = 20_000


class IdentityIn(Schema):
    """A person's name and identity number."""

    name = Line(200, required=True, load_only=True, metadata={"example": "演示户甲"})
    resident_id = Line(
        40, load_default=None, allow_none=True, load_only=True, metadata={"example": "11010519491231002X"}
    )

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Identity:
        return Identity(**data)


class MemberIn(Schema):
    """A person beside the head."""

    identity = fields.Nested(IdentityIn, required=True)
    relation = Line(20, required=True, metadata={"description": "与户主关系", "example": "配偶"})
    has_labour = fields.Boolean(load_default=False)
    from_day = Day(load_default=None, allow_none=True, metadata={"example": "2020-09-01"})


class StandingIn(Schema):
    """What the household is from a day on."""

    file_status = OneOf(tuple(FILE_STATUSES), required=True, metadata={"example": "graduated"})
    monitor_type = OneOf(tuple(MONITOR_TYPES), load_default="none", metadata={"example": "none"})
    monitor_status = OneOf(tuple(MONITOR_STATUSES), load_default="none", metadata={"example": "none"})
    from_day = Day(required=True, metadata={"description": "生效日", "example": "2020-01-01"})
    members = StrictInteger(
        minimum=0, maximum=99, required=True, metadata={"description": "家庭人口", "example": 4}
    )
    labour = StrictInteger(
        minimum=0, maximum=99, load_default=0, metadata={"description": "劳动力", "example": 2}
    )
    is_low_income = fields.Boolean(load_default=False, metadata={"description": "低收入人口"})
    document_no = Line(100, required=True, metadata={"description": "文号", "example": "梅县扶〔2020〕1号"})

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Standing:
        state = HouseholdState(data.pop("file_status"), data.pop("monitor_type"), data.pop("monitor_status"))
        return Standing(state=state, **data)


class HouseholdIn(Schema):
    """A household to register."""

    area_code = AreaCode(required=True, metadata=VILLAGE)
    file_standard = OneOf(tuple(FILE_STANDARDS), required=True, metadata={"example": "gd_relative"})
    standing = fields.Nested(StandingIn, required=True)
    head = fields.Nested(IdentityIn, load_default=None, allow_none=True)
    members = fields.List(fields.Nested(MemberIn), load_default=list, validate=validate.Length(max=30))
    is_demo = fields.Boolean(load_default=False, metadata={"description": "演示数据"})

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> NewHousehold:
        people = [NewMember(m["identity"], m["relation"], m["has_labour"]) for m in data.pop("members")]
        return NewHousehold(members=people, **data)


class BatchIn(Schema):
    """Many households at once, all or none."""

    households = fields.List(
        fields.Nested(HouseholdIn), required=True, validate=validate.Length(min=1, max=MAX_BATCH)
    )


class RegisterFileIn(Schema):
    """A register as a spreadsheet."""

    file = fields.Raw(
        required=True, metadata={"type": "string", "format": "binary", "description": "CSV 或 XLSX 文件"}
    )


class BatchOut(Schema):
    """Numbers in the order given."""

    household_nos = fields.List(fields.Integer(), required=True)


class StandingOut(Schema):
    """A standing with its days; `to_day` is exclusive."""

    file_status = fields.String(required=True)
    file_status_title = fields.Function(lambda row: FILE_STATUSES[row.file_status])
    monitor_type = fields.String(required=True)
    monitor_status = fields.String(required=True)
    members = fields.Integer(required=True)
    labour = fields.Integer(required=True)
    is_low_income = fields.Boolean(required=True)
    document_no = fields.String(required=True)
    from_day = fields.Date(attribute="valid.lower", required=True)
    to_day = fields.Date(attribute="valid.upper", required=True, allow_none=True)


class StandingListOut(Schema):
    """A household's history, first to last."""

    items = fields.List(fields.Nested(StandingOut), required=True)


class HouseholdOut(Schema):
    """A household as officials of its area see it."""

    household_no = fields.Integer(required=True)
    area_code = fields.String(required=True)
    head_name = fields.String(required=True, allow_none=True, metadata={"example": "张*"})
    file_standard = fields.String(required=True)
    is_demo = fields.Boolean(required=True)
    standing = fields.Nested(StandingOut, required=True, allow_none=True)


class RosterRowOut(HouseholdOut):
    """A household in a roster."""

    parts = fields.Integer(required=True)


class HouseholdListArgs(PageArgs):
    """Filters of the list."""

    area = AreaCode(load_default=None)
    file_status = OneOf(tuple(FILE_STATUSES), load_default=None)
    monitored = fields.Boolean(load_default=False)
    on = Day(load_default=None, metadata={"description": "统计日,默认今天", "example": "2020-09-30"})


class PurposeIn(Schema):
    """Why personal data is read; kept in the audit trail."""

    purpose = Line(
        200, shortest=4, required=True, metadata={"description": "查看目的", "example": "核对分红名单"}
    )


class LookUpIn(PurposeIn):
    """Whose household."""

    resident_id = Line(40, required=True, load_only=True, metadata={"example": "11010519491231002X"})


class LookUpOut(Schema):
    """The household, or null."""

    household_no = fields.Integer(required=True, allow_none=True)


class DepartureIn(Schema):
    """The day from which a person is no longer of the household."""

    to_day = Day(required=True, metadata={"example": "2020-09-10"})


class PersonOut(Schema):
    """A person in full; the head has no `member_id`."""

    member_id = fields.UUID(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)
    resident_id = fields.String(required=True, allow_none=True)
    relation = fields.String(required=True)


class PeopleOut(Schema):
    """The people of a household in full: only as the answer to an audited call."""

    items = fields.List(fields.Nested(PersonOut), required=True)
