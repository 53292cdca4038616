"""Wire schemas of accounts: what may come in, what goes out. Nothing that is not named here does either."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from marketplace.accounts.codes import (
    APPROVAL_ACTIONS,
    CANTEEN_KINDS,
    FISCAL_TIERS,
    NOTICE_KINDS,
    ORGANISATION_KINDS,
    SECTORS,
    SIZE_CLASSES,
)
from marketplace.accounts.permissions import ROLES
from marketplace.core.http.fields import AreaCode, BasisPoints, Day, Fen, Line, OneOf, StrictInteger
from marketplace.core.http.paging import PageArgs


class Password(fields.String):
    """A password as typed, 1 to 256 characters; never shown again, never in an error."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=True,
            load_only=True,
            validate=validate.Length(min=1, max=256, error="密码应为1至256个字符"),
            metadata={"format": "password", "example": "9K2M-Q7XR-4TBD-W3NH-6YPA"},
            **kwargs,
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError("应为文本")
        return value


class SignInIn(Schema):
    """A login name with its password."""

    login = fields.String(
        required=True, validate=validate.Length(min=1, max=200), metadata={"example": "meixian.jb"}
    )
    password = Password()


class SignInOut(Schema):
    """The session's form token; the cookie is in `Set-Cookie`."""

    csrf_token = fields.String(required=True, metadata={"description": "随修改请求以 X-CSRF-Token 发送"})
    expires_at = fields.AwareDateTime(required=True)


class PasswordChangeIn(Schema):
    """The present password and the one wanted."""

    password = Password()
    new_password = Password()


class HeldOut(Schema):
    """A role held."""

    role = fields.String(required=True, metadata={"example": "county_officer"})
    area_code = fields.String(required=True, metadata={"example": "441403"})
    organisation_id = fields.UUID(allow_none=True, required=True)


class MeOut(Schema):
    """Who the caller is and what the caller holds."""

    account_id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True, allow_none=True)
    roles = fields.List(fields.Nested(HeldOut), required=True, attribute="held")


class TokenIn(Schema):
    """A token to make."""

    label = Line(100, required=True, metadata={"example": "专柜上传程序"})
    days = StrictInteger(
        minimum=1, maximum=365, load_default=90, metadata={"description": "有效天数", "example": 90}
    )


class TokenOut(Schema):
    """A token without its text."""

    id = fields.UUID(required=True)
    label = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    revoked_at = fields.AwareDateTime(required=True, allow_none=True)
    last_used_on = fields.Date(required=True, allow_none=True)


class TokenMadeOut(TokenOut):
    """A token just made, with its text: it is shown this once."""

    token = fields.String(required=True, metadata={"example": "sz_…", "description": "只显示一次"})


class TokenListOut(Schema):
    """The caller's own tokens."""

    items = fields.List(fields.Nested(TokenOut), required=True)


class OrganisationIn(Schema):
    """An organisation to register."""

    kind = OneOf(tuple(ORGANISATION_KINDS), required=True, metadata={"example": "budget_unit"})
    name = Line(200, required=True, metadata={"example": "广州市演示中学"})
    area_code = AreaCode(required=True)
    uscc = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=40),
        metadata={"example": "91110000600037341L"},
    )
    fiscal_area = AreaCode(load_default=None, allow_none=True)
    fiscal_tier = OneOf(
        tuple(FISCAL_TIERS), load_default=None, allow_none=True, metadata={"example": "city_level"}
    )
    sector = OneOf(tuple(SECTORS), load_default=None, allow_none=True, metadata={"example": "education"})
    size_class = OneOf(tuple(SIZE_CLASSES), load_default=None, allow_none=True, metadata={"example": "small"})


class OrganisationPatch(Schema):
    """The fields to change; those left out stay."""

    name = Line(200)
    area_code = AreaCode()
    uscc = fields.String(validate=validate.Length(max=40))
    fiscal_area = AreaCode()
    fiscal_tier = OneOf(tuple(FISCAL_TIERS))
    sector = OneOf(tuple(SECTORS), allow_none=True)
    size_class = OneOf(tuple(SIZE_CLASSES), allow_none=True)


class OrganisationOut(Schema):
    """An organisation."""

    id = fields.UUID(required=True)
    organisation_no = fields.Integer(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    uscc = fields.String(required=True, allow_none=True)
    area_code = fields.String(required=True)
    fiscal_area = fields.String(required=True, allow_none=True)
    fiscal_tier = fields.String(required=True, allow_none=True)
    sector = fields.String(required=True, allow_none=True)
    size_class = fields.String(required=True, allow_none=True)
    status = fields.String(required=True)
    is_demo = fields.Boolean(required=True, metadata={"description": "演示数据"})


class OrganisationQuery(PageArgs):
    """Filters of the list of organisations."""

    kind = OneOf(tuple(ORGANISATION_KINDS), load_default=None)
    area = AreaCode(load_default=None)
    uscc = fields.String(load_default=None, validate=validate.Length(max=40))


class ReasonIn(Schema):
    """Why."""

    reason = Line(500, required=True, metadata={"example": "机构改革,并入市教育局"})


class PlaceIn(Schema):
    """A place in the tree from a day on."""

    parent_id = fields.UUID(required=True, allow_none=True)
    from_day = Day(required=True, metadata={"example": "2020-10-01"})
    reason = Line(500, required=True, metadata={"example": "机构改革"})


class PlaceOut(Schema):
    """A version of a place; `until` is the first day on which it no longer holds."""

    parent_id = fields.UUID(required=True, allow_none=True)
    path = fields.String(required=True, metadata={"example": "1.7.42"})
    since = fields.Function(
        lambda place: place.valid.lower.isoformat(), metadata={"type": "string", "format": "date"}
    )
    until = fields.Function(
        lambda place: place.valid.upper.isoformat() if place.valid.upper else None,
        metadata={"type": ["string", "null"], "format": "date"},
    )
    reason = fields.String(required=True)


class PlaceListOut(Schema):
    """All versions of a place, oldest first."""

    items = fields.List(fields.Nested(PlaceOut), required=True)


class PersonIn(Schema):
    """A person by job name."""

    display_name = Line(100, required=True, metadata={"example": "梅县区经办员"})
    phone = fields.String(
        load_default=None, allow_none=True, load_only=True, validate=validate.Length(max=40)
    )
    mail = fields.String(
        load_default=None, allow_none=True, load_only=True, validate=validate.Length(max=254)
    )


class PersonOut(Schema):
    """A person."""

    id = fields.UUID(required=True)
    display_name = fields.String(required=True)


class AccountIn(Schema):
    """An account to open; the system makes its password."""

    login = fields.String(
        required=True, validate=validate.Length(min=1, max=200), metadata={"example": "meixian.jb"}
    )
    organisation_id = fields.UUID(load_default=None, allow_none=True)
    opened_by_unit = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class AccountOut(Schema):
    """An account."""

    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True, allow_none=True)
    login = fields.String(required=True)
    opened_by_unit = fields.Boolean(required=True)
    status = fields.String(required=True)


class AccountOpenedOut(Schema):
    """An account with the password that is shown this once."""

    account = fields.Nested(AccountOut, required=True)
    password = fields.String(required=True, metadata={"description": "只显示一次"})


class GrantIn(Schema):
    """A role to grant."""

    role = OneOf(tuple(role.code for role in ROLES), required=True, metadata={"example": "county_officer"})
    area_code = AreaCode(load_default="000000")
    organisation_id = fields.UUID(load_default=None, allow_none=True)


class GrantOut(Schema):
    """A role held, or once held."""

    id = fields.UUID(required=True)
    role = fields.String(required=True)
    area_code = fields.String(required=True)
    organisation_id = fields.UUID(required=True, allow_none=True)
    granted_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)


class GrantListOut(Schema):
    """All grants of an account, ended ones too."""

    items = fields.List(fields.Nested(GrantOut), required=True)


class BankChangeIn(Schema):
    """A bank account to change to, once a second person approves."""

    bank_name = Line(100, required=True, metadata={"example": "演示银行梅县支行"})
    bank_account = fields.String(
        required=True,
        load_only=True,
        validate=validate.Length(min=1, max=60),
        metadata={"example": "6222020200110128"},
    )
    reason = Line(500, required=True, metadata={"example": "开户行变更"})


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


class DecisionIn(Schema):
    """A decision with its opinion."""

    approve = fields.Boolean(required=True, truthy={True}, falsy={False})
    opinion = Line(500, required=True, metadata={"example": "已核对开户许可证"})


class NoticeOut(Schema):
    """A notice in the inbox."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, metadata={"example": "payment_due"})
    title = fields.Function(
        lambda notice: NOTICE_KINDS.get(notice.kind, notice.kind), metadata={"type": "string"}
    )
    subject_kind = fields.String(required=True)
    subject_id = fields.String(required=True)
    detail = fields.Dict(required=True)
    created_at = fields.AwareDateTime(required=True)
    read_at = fields.AwareDateTime(required=True, allow_none=True)


class InboxQuery(PageArgs):
    """Filters of the inbox."""

    unread = fields.Boolean(load_default=False)


class FilingIn(Schema):
    """A reserve filing of a budget unit for a year."""

    organisation_id = fields.UUID(required=True)
    year = StrictInteger(minimum=2019, maximum=2100, required=True, metadata={"example": 2020})
    canteen_kind = OneOf(tuple(CANTEEN_KINDS), required=True, metadata={"example": "own"})
    canteen_total_fen = Fen(
        required=True, metadata={"description": "年度食堂食材采购总额(分)", "example": 123456789}
    )
    reserve_bp = BasisPoints(required=True, metadata={"description": "预留比例(万分之一)", "example": 3000})
    represented_by = fields.UUID(load_default=None, allow_none=True)


class FilingOut(Schema):
    """A version of a filing."""

    id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    year = fields.Integer(required=True)
    version = fields.Integer(required=True)
    canteen_kind = fields.String(required=True)
    represented_by = fields.UUID(required=True, allow_none=True)
    canteen_total_fen = fields.Integer(required=True)
    reserve_bp = fields.Integer(required=True)
    reserve_fen = fields.Integer(required=True, metadata={"example": 37037037})
    state = fields.String(required=True)
    filed_at = fields.AwareDateTime(required=True)
    reviewed_at = fields.AwareDateTime(required=True, allow_none=True)
    opinion = fields.String(required=True, allow_none=True)
    is_late = fields.Boolean(required=True, metadata={"description": "晚于填报截止日"})
    must_open_contractor_account = fields.Boolean(
        required=True, metadata={"description": "外包食堂:应为承包单位开通交易权限"}
    )


class FilingQuery(PageArgs):
    """Filters of the list of filings."""

    organisation_id = fields.UUID(load_default=None)
    year = StrictInteger(minimum=2019, maximum=2100, load_default=None)
    state = OneOf(("filed", "accepted", "returned"), load_default=None)


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
