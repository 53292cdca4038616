"""What orders answer."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http.fields import AreaCode, Fen, Instant
from marketplace.orders.counting import ACTOR_TITLES, FACT_TITLES
from marketplace.orders.participation import MODES
from marketplace.orders.rules import ORDER, PAYMENT, RETURN
from marketplace.orders.schemas.photos import PhotoOut


def _code(codes: tuple[str, ...]) -> fields.String:
    return fields.String(metadata={"enum": list(codes)})


class PlacedLineOut(Schema):
    """A line as it was written."""

    id = fields.UUID()
    line_no = fields.Integer()
    listing_id = fields.UUID()
    product_name = fields.String(metadata={"example": "金柚"})
    spec = fields.String()
    unit = fields.String()
    quantity = fields.Integer()
    unit_price_fen = Fen()
    amount_fen = Fen()
    tax_fen = Fen()


class PlacedOrderOut(Schema):
    """One order of the checkout."""

    number = fields.String(metadata={"example": "D7K2M9QX4RTB"})
    producer_id = fields.UUID()
    producer_name = fields.String()
    total_fen = Fen()
    tax_fen = Fen()
    participation_mode = _code(tuple(MODES))
    reserve_year = fields.Integer(allow_none=True)
    due_on = fields.Date(allow_none=True)
    lines = fields.List(fields.Nested(PlacedLineOut))


class BeyondPlanOut(Schema):
    """A line of the purchase plan that the purchase goes beyond; no `line_no` for what is not planned."""

    line_no = fields.Integer(allow_none=True)
    category_code = fields.String()
    planned_fen = Fen()
    used_fen = Fen()
    wanted_fen = Fen()


class CheckoutOut(Schema):
    """A checkout and its orders."""

    number = fields.String(metadata={"example": "C7K2M9QX4RTB"})
    total_fen = Fen()
    placed_at = Instant()
    orders = fields.List(fields.Nested(PlacedOrderOut))
    warnings = fields.List(fields.Nested(BeyondPlanOut))


class OrderRowOut(Schema):
    """An order in a list."""

    number = fields.String(metadata={"example": "D7K2M9QX4RTB"})
    state = _code(ORDER.states)
    payment_state = _code(PAYMENT.states)
    invoice_state = fields.String()
    producer_id = fields.UUID()
    producer_name = fields.String()
    buyer_id = fields.UUID()
    buyer_name = fields.String()
    buyer_kind = fields.String()
    buyer_area = AreaCode()
    budget_unit_id = fields.UUID(allow_none=True)
    reserve_year = fields.Integer(allow_none=True)
    participation_mode = _code(tuple(MODES))
    fund_source = fields.String(allow_none=True)
    purchase_kind = fields.String()
    payment_method = fields.String()
    total_fen = Fen()
    freight_fen = Fen(metadata={"description": "其中运费(含税),单位:分", "example": 0})
    tax_fen = Fen()
    paid_fen = Fen()
    deducted_fen = Fen(metadata={"description": "已取消、拒收、退货而不再应付,单位:分", "example": 0})
    refunded_fen = Fen()
    due_on = fields.Date(allow_none=True)
    placed_at = Instant()
    sold_at = Instant(allow_none=True)
    counted_at = Instant(allow_none=True)


class LineOut(PlacedLineOut):
    """A line with what became of it."""

    product_id = fields.UUID()
    channel_id = fields.UUID()
    channel_kind = fields.String()
    origin_area = AreaCode()
    tax_treatment = fields.String()
    shown_goods_class = fields.String()
    goods_class = fields.String(allow_none=True)
    goods_class_reason = fields.String(allow_none=True)
    certificate_id = fields.UUID(allow_none=True)
    scheme = fields.String(allow_none=True)
    shipped = fields.Integer()
    cancelled = fields.Integer(metadata={"description": "不再发货的数量"})
    accepted = fields.Integer()
    rejected = fields.Integer()
    returned = fields.Integer()
    refunded_fen = Fen()
    counted_fen = Fen(allow_none=True)
    counted_at = Instant(allow_none=True)


class ShipmentOut(Schema):
    """One parcel."""

    id = fields.UUID()
    carrier = fields.String(allow_none=True)
    tracking_no = fields.String(allow_none=True)
    shipped_at = Instant()
    delivered_at = Instant(allow_none=True)


class ReturnRowOut(Schema):
    """A return beside its order."""

    number = fields.String(metadata={"example": "T7K2M9QX4RTB"})
    kind = fields.String(metadata={"enum": ["return", "rejection", "cancellation", "goodwill"]})
    state = _code(RETURN.states)
    reason = fields.String()
    amount_fen = Fen()
    requested_at = Instant()
    received_at = Instant(allow_none=True)


class ReturnLineOut(Schema):
    """Units of one line that go back."""

    line_no = fields.Integer()
    quantity = fields.Integer()
    amount_fen = Fen()


class ReturnOut(ReturnRowOut):
    """A return with its lines."""

    lines = fields.List(fields.Nested(ReturnLineOut))


class EvaluationOut(Schema):
    """What the buyer said."""

    stars = fields.Integer(metadata={"example": 5})
    comment = fields.String(allow_none=True)
    at = Instant()


class EventOut(Schema):
    """One line of the order's history."""

    kind = fields.String(metadata={"example": "shipped"})
    detail = fields.Dict(keys=fields.String())
    at = Instant()


class OrderOut(OrderRowOut):
    """An order with its lines and what happened to it."""

    lines = fields.List(fields.Nested(LineOut))
    shipments = fields.List(fields.Nested(ShipmentOut))
    returns = fields.List(fields.Nested(ReturnRowOut))
    evaluation = fields.Nested(EvaluationOut, allow_none=True)
    events = fields.List(fields.Nested(EventOut))
    photos = fields.List(fields.Nested(PhotoOut))


class MissingOut(Schema):
    """A fact that has not happened, and who must act."""

    fact = _code(tuple(FACT_TITLES))
    title = fields.String(metadata={"example": "验收"})
    actor = _code(tuple(ACTOR_TITLES))
    actor_title = fields.String(metadata={"example": "采购人"})


class LineStandingOut(Schema):
    """Whether a line counts, or what it lacks."""

    line_id = fields.UUID()
    line_no = fields.Integer()
    product_name = fields.String()
    quantity = fields.Integer(metadata={"description": "未拒收、未退货的数量"})
    amount_fen = Fen()
    counting_policy = fields.String(metadata={"example": "platform_832_2019"})
    counted_at = Instant(allow_none=True)
    counted_fen = Fen(allow_none=True)
    missing = fields.List(fields.Nested(MissingOut))


class AttributionOut(Schema):
    """Where the sales of an order went in the ledger, and what is missing for the rest."""

    number = fields.String()
    sold_at = Instant(allow_none=True)
    counted_at = Instant(allow_none=True)
    lines = fields.List(fields.Nested(LineStandingOut))
    entries = fields.List(
        fields.Dict(keys=fields.String()), metadata={"description": "账本分录(有权查看账本者)"}
    )


class UncountedOut(LineStandingOut):
    """A line of the work list, with its order."""

    order_number = fields.String()
    producer_name = fields.String()
    buyer_name = fields.String()
    state = _code(ORDER.states)
    payment_state = _code(PAYMENT.states)


class DeliveryOut(Schema):
    """Where the goods go."""

    area = AreaCode()
    name = fields.String()
    telephone = fields.String()
    address = fields.String()
