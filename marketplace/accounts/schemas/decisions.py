"""Approvals, notices, the audit trail."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.accounts.codes import (
    APPROVAL_ACTIONS,
    NOTICE_KINDS,
)
from marketplace.core.http.fields import Day, Line, OneOf
from marketplace.core.http.locale import localised
from marketplace.core.http.paging import PageArgs


class ApprovalOut(Schema):
    """Something that needs a second person. What it holds of personal data is masked."""

    id = fields.UUID(required=True)
    action = fields.String(required=True, metadata={"example": "bank_account_change"})
    subject_kind = fields.String(required=True)
    subject_id = fields.String(required=True)
    area_code = fields.String(required=True)
    state = fields.String(required=True)
    shown = fields.Dict(required=True, metadata={"description": "审批要点(脱敏)"})
    reason = fields.String(required=True)
    asked_at = fields.AwareDateTime(required=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    opinion = fields.String(required=True, allow_none=True)


class ApprovalQuery(PageArgs):
    """Filters of the list of approvals."""

    state = OneOf(("pending", "approved", "refused", "used"), load_default=None)
    action = OneOf(tuple(APPROVAL_ACTIONS), load_default=None)


class ApprovalDecisionIn(Schema):
    """A decision with its opinion."""

    approve = fields.Boolean(required=True, truthy={True}, falsy={False})
    opinion = Line(500, required=True, metadata={"example": "已核对开户许可证"})


class InboxNoticeOut(Schema):
    """A notice in the inbox."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, metadata={"example": "payment_due"})
    title = fields.Function(
        lambda notice: localised(NOTICE_KINDS.get(notice.kind, notice.kind)), metadata={"type": "string"}
    )
    subject_kind = fields.String(required=True)
    subject_id = fields.String(required=True)
    detail = fields.Dict(required=True)
    created_at = fields.AwareDateTime(required=True)
    read_at = fields.AwareDateTime(required=True, allow_none=True)


class InboxQuery(PageArgs):
    """Filters of the inbox."""

    unread = fields.Boolean(load_default=False)


class AuditOut(Schema):
    """A line of the audit trail."""

    id = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    actor_id = fields.UUID(required=True, allow_none=True)
    action = fields.String(required=True)
    subject_kind = fields.String(required=True)
    subject_id = fields.String(required=True)
    area_code = fields.String(required=True, allow_none=True)
    request_id = fields.String(required=True, allow_none=True)
    purpose = fields.String(required=True, allow_none=True)
    detail = fields.Dict(required=True)


class AuditQuery(PageArgs):
    """Filters of the audit trail."""

    subject_kind = fields.String(load_default=None, validate=validate.Length(max=60))
    subject_id = fields.String(load_default=None, validate=validate.Length(max=60))
    actor_id = fields.UUID(load_default=None)
    login = fields.String(
        load_default=None, validate=validate.Length(max=64), metadata={"description": "操作人登录名"}
    )
    action = fields.String(
        load_default=None,
        validate=validate.Length(max=100),
        metadata={"description": "动作的开头", "example": "beneficiaries.household"},
    )
    purpose = Line(
        200,
        load_default=None,
        allow_none=True,
        metadata={"description": "查看目的中的文字", "example": "核对"},
    )
    with_purpose = fields.Boolean(
        load_default=False, metadata={"description": "只列查看个人信息的记录", "example": True}
    )
    from_day = Day(load_default=None, allow_none=True, metadata={"example": "2020-09-01"})
    to_day = Day(
        load_default=None, allow_none=True, metadata={"description": "最后一日(含)", "example": "2020-09-30"}
    )
