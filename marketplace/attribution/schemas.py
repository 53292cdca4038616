"""Wire shapes of the ledger."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Line, OneOf, Period, StrictInteger


class EntryArgs(PageArgs):
    """Filters of the list of entries."""

    period = Period(load_default=None)
    line_id = fields.UUID(load_default=None)
    order_id = fields.UUID(load_default=None)
    version_no = StrictInteger(
        minimum=0, load_default=None, metadata={"description": "协议版本号;0 为未联结部分"}
    )


class EntryOut(Schema):
    """One entry. Amounts in fen, quantities in thousandths; `version_no` 0 is the unlinked part."""

    entry_no = fields.Integer(required=True, metadata={"example": 1024})
    kind = fields.String(required=True, metadata={"example": "sale"})
    period = fields.String(required=True, metadata={"example": "2020-09"})
    sold_period = fields.String(required=True, metadata={"example": "2020-09"})
    adjusts_period = fields.String(allow_none=True, required=True)
    reason = fields.String(allow_none=True)
    line_id = fields.UUID(required=True)
    order_id = fields.UUID(allow_none=True)
    version_no = fields.Integer(required=True)
    agreement_no = fields.Integer(allow_none=True)
    linkage_mode = fields.String(allow_none=True, metadata={"example": "contract_purchase"})
    linked_bp = fields.Integer(required=True, metadata={"example": 1000})
    sale_fen = fields.Integer(required=True, metadata={"example": 9800})
    quantity_milli = fields.Integer(required=True, metadata={"example": 2000})
    weight_g = fields.Integer(allow_none=True)
    benefit_fen = fields.Integer(required=True, metadata={"example": 980})
    goods_class = fields.String(required=True, metadata={"example": "certified_aid"})
    goods_class_reason = fields.String(allow_none=True)
    scheme = fields.String(allow_none=True, metadata={"example": "national_2020"})
    product_name = fields.String(required=True, metadata={"example": "梅县金柚"})
    producer_name = fields.String(required=True)
    origin_area = fields.String(required=True, metadata={"example": "441403000000"})
    channel_kind = fields.String(required=True, metadata={"example": "counter"})
    buyer_area = fields.String(required=True, metadata={"example": "440100000000"})
    participation_mode = fields.String(required=True)
    sold_at = fields.AwareDateTime(required=True)
    counted_at = fields.AwareDateTime(required=True)
    position = fields.Integer(allow_none=True, metadata={"description": "链上位置;尚未入链为空"})


class PeriodOut(Schema):
    """A closed month: what froze, with the head of the chain and the digest as hex."""

    period = fields.String(required=True, metadata={"example": "2020-09"})
    state = fields.String(required=True, metadata={"example": "closed"})
    closed_at = fields.AwareDateTime(required=True)
    entries = fields.Integer(required=True)
    sale_fen = fields.Integer(required=True)
    benefit_fen = fields.Integer(required=True)
    last_position = fields.Integer(required=True)
    chain_head = fields.Function(lambda row: row.chain_head.hex(), required=True)
    digest = fields.Function(lambda row: row.digest.hex(), required=True)


class PeriodList(Schema):
    """All closed months, newest first."""

    items = fields.List(fields.Nested(PeriodOut), required=True)


class StatementArgs(PageArgs):
    """Filters of the list of statements."""

    period = Period(load_default=None)
    agreement = Line(40, load_default=None, metadata={"description": "协议编号"})


class StatementOut(Schema):
    """What a close wrote for one agreement version and the month it belongs to (fen)."""

    period = fields.String(required=True)
    earned_period = fields.String(required=True)
    agreement = fields.String(required=True)
    area_code = fields.String(required=True)
    version_no = fields.Integer(required=True)
    sale_fen = fields.Integer(required=True)
    pool_fen = fields.Integer(required=True)
    village_fen = fields.Integer(required=True)
    households = fields.Integer(required=True)


class HouseholdArgs(PageArgs):
    """Which month's statements."""

    period = Period(required=True)


class HouseholdRow(Schema):
    """A household's part by its number; who it is stays with the county."""

    household_no = fields.Integer(required=True)
    village = fields.String(required=True, metadata={"example": "441403101201"})
    benefit_fen = fields.Integer(required=True)


class PassbookIn(Schema):
    """Why it is read, kept in the audit trail, and in which form it is wanted."""

    purpose = Line(
        200, shortest=4, required=True, metadata={"description": "查看目的", "example": "农户核对收益"}
    )
    format = OneOf(("json", "csv", "xlsx", "pdf"), load_default="json")


class SaleGroupOut(Schema):
    """Sales of a product behind a line, of the whole roster (fen, thousandths of a piece)."""

    product_name = fields.String(required=True, metadata={"example": "梅县金柚"})
    lines = fields.Integer(required=True)
    sale_fen = fields.Integer(required=True)
    quantity_milli = fields.Integer(required=True)
    benefit_fen = fields.Integer(required=True)


class PassbookLineOut(Schema):
    """A month's benefit under an agreement (fen), the running total, and what it comes from."""

    period = fields.String(required=True, metadata={"example": "2020-09"})
    earned_period = fields.String(required=True, metadata={"example": "2020-09"})
    agreement = fields.String(required=True)
    title = fields.String(required=True)
    version = fields.Integer(required=True)
    mode = fields.String(required=True)
    mode_title = fields.String(required=True)
    producer_name = fields.String(required=True)
    shares = fields.Integer(required=True)
    shares_total = fields.Integer(required=True)
    share_unit = fields.String(required=True)
    benefit_fen = fields.Integer(required=True)
    balance_fen = fields.Integer(required=True)
    pool_fen = fields.Integer(required=True)
    village_fen = fields.Integer(required=True)
    accrued_fen = fields.Integer(required=True)
    groups = fields.List(fields.Nested(SaleGroupOut), required=True)


class PassbookOut(Schema):
    """A household's passbook, with the full name of its head: only as the answer to an audited call."""

    household_no = fields.Integer(required=True)
    area_code = fields.String(required=True)
    head_name = fields.String(required=True, allow_none=True)
    is_demo = fields.Boolean(required=True)
    lines = fields.List(fields.Nested(PassbookLineOut), required=True)
    total_fen = fields.Integer(required=True)
