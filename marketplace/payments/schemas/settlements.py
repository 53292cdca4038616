"""Wire shapes of settlement runs, outlooks and statements. Amounts are fen."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Day, Fen, Instant, Line, OneOf, Period
from marketplace.core.http.locale import localised
from marketplace.payments.rules.settlement import RUN
from marketplace.payments.schemas.books import SIGNED


class SettlementIn(Schema):
    """Whom to settle with, through which day."""

    producer_id = fields.UUID(required=True, metadata={"description": "供应商单位编号"})
    through_on = Day(required=True, metadata={"description": "结算截止日,早于今天", "example": "2020-10-10"})


class SettlementListArgs(PageArgs):
    """Filters of the list of runs."""

    state = OneOf(RUN.states, load_default=None)
    through_on = Day(load_default=None)


class SettlementOut(Schema):
    """A settlement run."""

    number = fields.String(metadata={"example": "J7K2M9QX4RTB"})
    producer_id = fields.UUID()
    producer_name = fields.String()
    through_on = fields.Date()
    sales_fen = Fen()
    claims_fen = Fen()
    commission_fen = Fen(minimum=SIGNED)
    amount_fen = Fen()
    state = fields.String(metadata={"enum": list(RUN.states)})
    proposed_at = Instant()
    reviewed_at = Instant(allow_none=True)
    approved_at = Instant(allow_none=True)
    refused_at = Instant(allow_none=True)
    refusal = fields.String(allow_none=True)


class ProposedOut(Schema):
    """The run that there is now; null when nothing is owed through that day."""

    settlement = fields.Nested(SettlementOut, allow_none=True)


class SettlementItemOut(Schema):
    """What a run took."""

    kind = fields.String(metadata={"example": "sale"})
    title = fields.String(metadata={"example": "货款"})
    order_number = fields.String()
    amount_fen = Fen(minimum=SIGNED)
    due_on = fields.Date()
    at = Instant()


class SettlementDetailOut(SettlementOut):
    """A run with all that it took."""

    items = fields.List(fields.Nested(SettlementItemOut))


class SettlementRefusalIn(Schema):
    """Why not."""

    reason = Line(200, required=True)


class OutlookArgs(Schema):
    """Of which producer."""

    producer_id = fields.UUID(required=True, metadata={"description": "供应商单位编号"})


class OfDayOut(Schema):
    """So much of so many orders on a day."""

    on = fields.Date(allow_none=True)
    orders = fields.Integer()
    amount_fen = Fen(minimum=SIGNED)


class OutlookOut(Schema):
    """What a producer is owed, and when."""

    producer_id = fields.UUID()
    producer_name = fields.String()
    open_orders = fields.List(fields.Nested(OfDayOut), metadata={"description": "买方未付,按到期日"})
    waiting_fen = Fen(minimum=SIGNED, metadata={"description": "已进监管账户、订单尚未完成"})
    ready = fields.List(fields.Nested(OfDayOut), metadata={"description": "已完成待结算,按生成结算单的日期"})
    in_runs_fen = Fen(metadata={"description": "结算单审批中"})
    on_the_way_fen = Fen(metadata={"description": "付款在途"})
    paid_out_fen = Fen(metadata={"description": "累计已付"})
    last_paid_on = fields.Date(allow_none=True)


class ProducerStatementArgs(OutlookArgs):
    """Of which producer and month, in which format."""

    period = Period(required=True)
    format = OneOf(("json", "xlsx", "pdf"), load_default="json")


class MovementOut(Schema):
    """A movement of the producer's account; positive: owed more."""

    happened_at = Instant()
    title = fields.Function(lambda one: localised(one.title), metadata={"type": "string"})
    order_number = fields.String(allow_none=True)
    buyer_name = fields.String(allow_none=True)
    is_supervised = fields.Boolean()
    amount_fen = Fen(minimum=SIGNED)
    balance_fen = Fen(minimum=SIGNED)
    fee_fen = Fen(minimum=SIGNED, metadata={"description": "支付通道手续费,负数为退回"})


class ProducerStatementOut(Schema):
    """A producer's month: opening + more - less = closing."""

    producer_id = fields.UUID()
    producer_name = fields.String()
    period = fields.String()
    opening_fen = Fen(minimum=SIGNED)
    more_fen = Fen()
    less_fen = Fen()
    closing_fen = Fen(minimum=SIGNED)
    on_the_way_fen = Fen(minimum=SIGNED)
    fees_fen = Fen(minimum=SIGNED)
    movements = fields.List(fields.Nested(MovementOut))
