"""Wire shapes of sealed copies of bulletins."""

from __future__ import annotations

from flask_smorest.fields import Upload
from marshmallow import Schema, fields

from marketplace.core.http.fields import Line, OneOf, Prose, StrictInteger
from marketplace.statistics.bulletins.service.copies import KINDS, VERDICTS


class CopyFileIn(Schema):
    """The file itself; at most 20 MB."""

    file = Upload(required=True, metadata={"description": "PDF、OFD、PNG 或 JPEG,不超过 20 MB"})


class CopyFormIn(Schema):
    """What it is and whose seal it bears."""

    kind = OneOf(tuple(KINDS), required=True, metadata={"example": "scan"})
    seal_holder = Line(100, required=True, metadata={"description": "用印单位", "example": "省乡村振兴局"})
    note = Line(200, load_default="", metadata={"example": "第一份"})


class CopyCheckIn(Schema):
    """Whether it is what was issued; a difference needs an opinion."""

    verdict = OneOf(tuple(VERDICTS), required=True, metadata={"example": "matches"})
    opinion = Prose(1_000, load_default="", metadata={"example": "与签发内容逐项核对一致"})


class CopyCheckOut(Schema):
    """Who has checked it, when, and what was found."""

    verdict = OneOf(tuple(VERDICTS), required=True)
    verdict_title = fields.String(required=True, metadata={"example": "与签发内容一致"})
    opinion = fields.String(required=True)
    checked_by = fields.UUID(required=True, allow_none=True)
    checked_at = fields.AwareDateTime(required=True)


class CopyOut(Schema):
    """A sealed copy: which file, whose seal, who brought it, who checked it."""

    id = fields.UUID(required=True)
    kind = OneOf(tuple(KINDS), required=True)
    kind_title = fields.String(required=True, metadata={"example": "盖章扫描件"})
    seal_holder = fields.String(required=True)
    note = fields.String(required=True)
    media_type = fields.String(required=True, metadata={"example": "application/pdf"})
    size_bytes = StrictInteger(required=True)
    sha256 = fields.String(required=True)
    added_by = fields.UUID(required=True, allow_none=True)
    added_at = fields.AwareDateTime(required=True)
    check = fields.Nested(CopyCheckOut, required=True, allow_none=True)


class CopyList(Schema):
    """All sealed copies of a bulletin, in the order in which they were brought."""

    items = fields.List(fields.Nested(CopyOut), required=True)
