"""The own account: sign-in, password, tokens."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from marketplace.core.http.fields import Line, StrictInteger


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
