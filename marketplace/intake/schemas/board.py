"""Wire shapes of a reporter's board."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http.fields import Fen, OneOf, Period
from marketplace.intake.service.board import LINES


class BoardArgs(Schema):
    """The month, by day of sale."""

    period = Period(required=True)


class BoardLineOut(Schema):
    """So many reports, so many fen; `in_sum` says whether the sum has them."""

    code = OneOf(tuple(LINES))
    title = fields.String()
    in_sum = fields.Boolean()
    count = fields.Integer()
    fen = Fen()


class ReporterBoardOut(Schema):
    """The lines, their sum, and the ledger's figures beside it."""

    channel = fields.String()
    period = fields.String(metadata={"example": "2020-10"})
    lines = fields.List(fields.Nested(BoardLineOut))
    sum_fen = Fen(metadata={"description": "计入合计(分)"})
    ledger_fen = fields.Integer(metadata={"description": "账本发生额,按发生期(分)"})
    booked_fen = fields.Integer(metadata={"description": "账本入账额,按入账期,含对以前月份的调整(分)"})
    difference_fen = fields.Integer(metadata={"description": "合计与账本之差,应为 0"})
