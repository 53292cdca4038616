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
    parameters = fields.Dict(
        keys=fields.String(validate=validate.Length(min=1, max=40)),
        values=Line(60),
        load_default=dict,
        metadata={"description": "某些导出须指明的参数,如主体和月份", "example": {}},
    )
    reason = Line(500, required=True, metadata={"example": "省厅年度核查"})
