"""Wire shapes of bank statements and their layouts. Amounts are fen."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Fen, Instant, Line, OneOf
from marketplace.payments.layouts import LAYOUT_BY_CODE
from marketplace.payments.rules.matching import STATEMENT_TITLES

STATES = tuple(STATEMENT_TITLES)
CODES = tuple(LAYOUT_BY_CODE)


class StatementFileIn(Schema):
    """The statement as the bank gives it; at most 20 MB."""

    file = fields.Raw(
        required=True, metadata={"type": "string", "format": "binary", "description": "CSV 或 XLSX 文件"}
    )


class StatementFormIn(Schema):
    """Whose account it is of, and in whose layout."""

    organisation_id = fields.UUID(required=True, metadata={"description": "账户所属单位"})
    layout = Line(40, required=True, metadata={"description": "流水格式", "example": "ccb"})


class StatementArgs(PageArgs):
    """Filters of the list."""

    organisation_id = fields.UUID(load_default=None)
    state = OneOf(STATES, load_default=None)


class BankStatementErrorOut(Schema):
    """What is wrong in which row; row 0 is the file as a whole."""

    row = fields.Integer(required=True, metadata={"example": 17})
    column = fields.String(required=True, metadata={"example": "贷方发生额（收入）"})
    code = fields.String(required=True, metadata={"example": "amount"})
    message_zh = fields.String(required=True, metadata={"example": "金额应为确切的数字，至多两位小数"})


class BankStatementOut(Schema):
    """A statement: how many lines came in, how many of them were new, or every reason why nothing was taken."""

    id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    layout = fields.String(required=True, metadata={"enum": list(CODES)})
    state = fields.String(required=True, metadata={"enum": list(STATES)})
    lines_in = fields.Integer(required=True, metadata={"description": "收入行数", "example": 120})
    lines_out = fields.Integer(required=True, metadata={"description": "支出行数(不入账)", "example": 30})
    lines_added = fields.Integer(required=True, metadata={"description": "新增到账", "example": 20})
    lines_known = fields.Integer(required=True, metadata={"description": "此前已有", "example": 100})
    added_fen = Fen(required=True)
    errors = fields.List(fields.Nested(BankStatementErrorOut), required=True)
    requested_at = Instant(required=True)
    done_at = Instant(required=True, allow_none=True)


class LayoutOut(Schema):
    """A layout that can be read."""

    code = fields.String(required=True, metadata={"enum": list(CODES)})
    title = fields.String(required=True, metadata={"example": "建设银行企业网银明细"})
    bank = fields.String(required=True, metadata={"example": "中国建设银行"})
    encoding = fields.String(required=True, metadata={"example": "gb18030"})
    headings = fields.List(fields.String(), required=True)


class LayoutListOut(Schema):
    """All of them."""

    items = fields.List(fields.Nested(LayoutOut), required=True)
