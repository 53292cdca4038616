"""Mass exports."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.core.http.fields import AreaCode, Line


class ExportIn(Schema):
    """An export to ask for."""

    kind = fields.String(
        required=True, validate=validate.Length(min=1, max=60), metadata={"example": "organisations"}
    )
    area_code = AreaCode(required=True)
    reason = Line(500, required=True, metadata={"example": "省厅年度核查"})
