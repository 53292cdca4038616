"""People, accounts, roles."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.accounts.permissions import ROLES
from marketplace.accounts.service.directory import ACCOUNT_STATUSES
from marketplace.core.http.fields import AreaCode, Line, OneOf
from marketplace.core.http.paging import PageArgs


class ClerkIn(Schema):
    """A person by job name."""

    display_name = Line(100, required=True, metadata={"example": "梅县区经办员"})
    phone = fields.String(
        load_default=None, allow_none=True, load_only=True, validate=validate.Length(max=40)
    )
    mail = fields.String(
        load_default=None, allow_none=True, load_only=True, validate=validate.Length(max=254)
    )


class ClerkOut(Schema):
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


class AccountQuery(PageArgs):
    """Filters of the list of accounts."""

    named = Line(
        64,
        load_default=None,
        allow_none=True,
        metadata={"description": "登录名的开头或名称中的文字", "example": "meixian"},
    )
    role = OneOf(tuple(role.code for role in ROLES), load_default=None)
    status = OneOf(tuple(ACCOUNT_STATUSES), load_default=None, metadata={"example": "active"})
    area = AreaCode(load_default=None)
    organisation_id = fields.UUID(load_default=None)


class AccountRowOut(AccountOut):
    """An account in a list, with the job name of its person and where it belongs."""

    display_name = fields.String(required=True)
    organisation_name = fields.String(required=True, allow_none=True)


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
