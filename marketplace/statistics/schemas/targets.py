"""Wire shapes of targets and declared figures."""

from __future__ import annotations

from marshmallow import Schema, fields, post_load

from marketplace.core.http.fields import AreaCode, Day, Line, OneOf, StrictInteger
from marketplace.core.money import MAX_FEN
from marketplace.core.qualifiers import QUALIFIERS
from marketplace.statistics.targets import CODES, DECLARED_MEASURES, NewTarget

_AMOUNT = {"description": "数额:金额为分,数量为个,比例为万分之一", "example": 1_000_000}


class TargetArgs(Schema):
    """Which year."""

    year = StrictInteger(minimum=2000, maximum=2200, required=True, metadata={"example": 2020})


class TargetIn(Schema):
    """An annual target, in the unit of its measure; without an amount it must be relative (不低于去年)."""

    area_code = AreaCode(required=True)
    counterpart_area = AreaCode(load_default=None, allow_none=True)
    year = StrictInteger(minimum=2000, maximum=2200, required=True, metadata={"example": 2020})
    measure = OneOf(CODES, required=True, metadata={"example": "sales"})
    sector = Line(40, load_default=None, metadata={"example": "supply_coop"})
    amount = StrictInteger(minimum=0, maximum=MAX_FEN, load_default=None, allow_none=True, metadata=_AMOUNT)
    qualifier = OneOf(QUALIFIERS, load_default="exact", metadata={"example": "at_least"})
    relative_to = OneOf(("previous_year",), load_default=None, allow_none=True)
    raw_text = Line(200, required=True, metadata={"example": "不低于去年"})
    source = Line(300, required=True, metadata={"example": "粤农扶组〔2020〕1号"})

    @post_load
    def _made(self, data: dict[str, object], **_: object) -> NewTarget:
        return NewTarget(**data)  # type: ignore[arg-type]  # the fields are those of the dataclass


class TargetOut(Schema):
    """A version of a target; `reason` says why there is no amount."""

    area_code = fields.String(required=True)
    counterpart_area = fields.String(required=True, allow_none=True)
    year = fields.Integer(required=True)
    measure = fields.String(required=True)
    subject = fields.String(required=True)
    sector = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)
    amount = fields.Integer(required=True, allow_none=True, metadata=_AMOUNT)
    upper_amount = fields.Integer(required=True, allow_none=True)
    qualifier = OneOf(QUALIFIERS, required=True)
    relative_to = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True, metadata={"example": "relative"})
    raw_text = fields.String(required=True)
    indicator = fields.String(required=True, allow_none=True)
    deadline = fields.String(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    source = fields.String(required=True)


class TargetList(Schema):
    """Targets of a year."""

    items = fields.List(fields.Nested(TargetOut), required=True)


class TargetFileIn(Schema):
    """The list itself."""

    file = fields.Raw(
        required=True, metadata={"type": "string", "format": "binary", "description": "CSV 或 XLSX 文件"}
    )


class TargetFormIn(Schema):
    """How to import."""

    dry_run = fields.Boolean(load_default=False, metadata={"description": "只校验,不导入"})


class TargetImportOut(Schema):
    """What an import did, or would do."""

    dry_run = fields.Boolean(required=True)
    rows_read = fields.Integer(required=True, metadata={"example": 25})
    targets_added = fields.Integer(required=True, metadata={"example": 27})
    targets_known = fields.Integer(required=True, metadata={"example": 0})


class DeclaredArgs(Schema):
    """Figures that cover some of a year."""

    year = StrictInteger(minimum=1990, maximum=2200, required=True, metadata={"example": 2019})


class DeclaredIn(Schema):
    """A figure as it was declared or published; `raw_text` is read as an amount of money (230多亿元)."""

    area_code = AreaCode(required=True)
    measure = OneOf(DECLARED_MEASURES, required=True, metadata={"example": "consumption_aid_amount"})
    from_day = Day(required=True, metadata={"example": "2019-01-01"})
    to_day = Day(required=True, metadata={"example": "2019-12-31"})
    raw_text = Line(200, required=True, metadata={"example": "230多亿元"})
    source = Line(300, required=True, metadata={"example": "新快报 2020-08"})
    note = Line(300, load_default=None, allow_none=True)


class DeclaredOut(Schema):
    """A declared figure beside what the ledger counts; the two are never compared in a percentage."""

    area_code = fields.String(required=True)
    measure = fields.String(required=True)
    from_day = Day(required=True)
    to_day = Day(required=True)
    declared_fen = fields.Integer(required=True, allow_none=True, metadata={"example": 2_300_000_000_000})
    qualifier = fields.String(required=True, allow_none=True, metadata={"example": "over"})
    computed_fen = fields.Integer(required=True, allow_none=True, metadata={"example": None})
    comparison = fields.String(required=True, metadata={"example": "不可比"})
    raw_text = fields.String(required=True)
    source = fields.String(required=True)
    note = fields.String(required=True, allow_none=True)


class DeclaredList(Schema):
    """Declared figures, by area, measure and first day."""

    items = fields.List(fields.Nested(DeclaredOut), required=True)
