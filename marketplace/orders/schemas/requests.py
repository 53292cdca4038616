"""What is sent to orders."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import AreaCode, Fen, Line, OneOf, StrictInteger
from marketplace.orders.counting import ACTOR_OF_FACT
from marketplace.orders.participation import MODES
from marketplace.orders.rules import ORDER, PAYMENT, RETURN, RETURN_REASONS
from marketplace.orders.schemas.photos import photo_file_ids
from marketplace.orders.service.basket import FUND_SOURCES, MOST_LINES, MOST_UNITS, WAITABLE
from marketplace.orders.terms import METHOD_BY_CODE


class CheckoutLineIn(Schema):
    """One listing, how many units of it, and the unit price that the buyer saw."""

    listing_id = fields.UUID(required=True, metadata={"example": "01926c5e-7f00-7000-8000-000000000001"})
    quantity = StrictInteger(minimum=1, maximum=MOST_UNITS, required=True, metadata={"example": 2})
    unit_price_fen = Fen(
        minimum=1, required=True, metadata={"description": "所见单价(含税),单位:分", "example": 4900}
    )


class DeliverToIn(Schema):
    """Where the goods go. Kept encrypted; shown to the two sides of the order only."""

    area = AreaCode(required=True)
    name = Line(60, required=True, metadata={"example": "演示收货人"})
    telephone = fields.String(
        required=True,
        validate=validate.Regexp(r"^[0-9+\- ]{5,20}\Z", error="电话号码格式不正确"),
        metadata={"example": "020-00000000"},
    )
    address = Line(200, required=True, metadata={"example": "广东省广州市越秀区演示路1号"})


class TermsIn(Schema):
    """Who buys, for which unit, from which money, and how it is paid: of a checkout whatever its lines are."""

    buyer_id = fields.UUID(required=True, metadata={"description": "采购单位"})
    budget_unit_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "绑定的预算单位"}
    )
    participation_mode = OneOf(
        tuple(MODES), load_default=None, allow_none=True, metadata={"example": "government_procurement"}
    )
    fund_source = OneOf(FUND_SOURCES, load_default=None, allow_none=True, metadata={"example": "canteen"})
    broker_id = fields.UUID(load_default=None, allow_none=True, metadata={"description": "帮助销售的单位"})
    payment_method = OneOf(tuple(METHOD_BY_CODE), required=True, metadata={"example": "prepaid"})
    contract_days = StrictInteger(
        minimum=0,
        maximum=3650,
        load_default=None,
        allow_none=True,
        metadata={"description": "合同约定的付款天数(自送达起)", "example": 30},
    )
    waits_for = fields.List(
        OneOf(WAITABLE),
        load_default=list,
        validate=validate.Length(max=len(WAITABLE)),
        metadata={"description": "合同约定付款前应完成的查验(仅先货后款)", "example": ["goods", "invoice"]},
    )


class CheckoutIn(TermsIn):
    """A checkout: one order per producer comes of it."""

    deliver_to = fields.Nested(DeliverToIn, required=True)
    lines = fields.List(
        fields.Nested(CheckoutLineIn), required=True, validate=validate.Length(min=1, max=MOST_LINES)
    )


class PartIn(Schema):
    """Units of one line, by its number in the order."""

    line_no = StrictInteger(minimum=1, maximum=MOST_LINES, required=True, metadata={"example": 1})
    quantity = StrictInteger(minimum=1, maximum=MOST_UNITS, required=True, metadata={"example": 1})


class ShipmentIn(Schema):
    """What leaves; everything that is left without `lines`."""

    lines = fields.List(
        fields.Nested(PartIn),
        validate=validate.Length(min=1, max=MOST_LINES),
        metadata={"description": "不填表示全部"},
    )
    carrier = Line(60, metadata={"example": "演示快递"})
    tracking_no = Line(60, metadata={"example": "YS20200912001"})


class AcceptanceIn(Schema):
    """Everything is accepted but the units named in `rejected`."""

    rejected = fields.List(fields.Nested(PartIn), load_default=list, validate=validate.Length(max=MOST_LINES))
    reason = Line(200, metadata={"description": "拒收原因,有拒收时必填", "example": "破损"})
    photo_file_ids = photo_file_ids()


class EvaluationIn(Schema):
    """One to five stars."""

    stars = StrictInteger(minimum=1, maximum=5, required=True, metadata={"example": 5})
    comment = Line(1000, metadata={"example": "新鲜,包装完好"})


class CancellationIn(Schema):
    """Why the order is called off."""

    reason = Line(200, required=True, metadata={"example": "重复下单"})


class ReturnIn(Schema):
    """Units that go back, and why."""

    lines = fields.List(fields.Nested(PartIn), required=True, validate=validate.Length(min=1, max=MOST_LINES))
    reason = OneOf(tuple(RETURN_REASONS), required=True, metadata={"example": "quality"})
    photo_file_ids = photo_file_ids()


class DecisionIn(Schema):
    """What the producer says to a return."""

    approve = fields.Boolean(required=True, truthy={True}, falsy={False}, metadata={"example": True})
    opinion = Line(500, load_default=None, allow_none=True, metadata={"example": "同意退货"})


class OrderListArgs(PageArgs):
    """Filters of the list of orders."""

    state = OneOf(ORDER.states, load_default=None)
    payment_state = OneOf(PAYMENT.states, load_default=None)


class ReturnListArgs(PageArgs):
    """Filter of the list of returns."""

    state = OneOf(RETURN.states, load_default=None)


class UncountedArgs(PageArgs):
    """Filters of the work list of lines that do not count yet; a page holds so many orders."""

    actor = OneOf(
        tuple(dict.fromkeys(ACTOR_OF_FACT.values())),
        load_default=None,
        metadata={"description": "由谁办理", "example": "buyer_finance"},
    )
    fact = OneOf(tuple(ACTOR_OF_FACT), load_default=None, metadata={"description": "缺少的事实"})


class DeliveryArgs(Schema):
    """Why a person's address is read; kept in the audit trail."""

    purpose = Line(200, required=True, metadata={"example": "发货"})
