"""Wire shapes of cabinets: planograms, movements, counts, heartbeats."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Instant, Line, OneOf, StrictInteger
from marketplace.intake.cabinets.service.plan_files import MOST_SLOTS, MOST_UNITS


def units(**kwargs: Any) -> StrictInteger:
    """Whole units of goods."""
    return StrictInteger(minimum=0, maximum=MOST_UNITS, **kwargs)


class PlannedSlotIn(Schema):
    """A slot with what it is for: a listing of the channel, a product, or goods by name."""

    slot = Line(20, required=True, metadata={"example": "A1"})
    listing_id = fields.UUID(load_default=None, allow_none=True)
    product_id = fields.UUID(load_default=None, allow_none=True)
    goods_name = Line(
        120, load_default=None, allow_none=True, metadata={"description": "未登记商品的上报名称"}
    )
    capacity = StrictInteger(minimum=1, maximum=MOST_UNITS, required=True)
    par_level = units(required=True, metadata={"description": "补货线:低于它即生成补货任务"})


class PlanogramIn(Schema):
    """A new version of a planogram."""

    slots = fields.List(fields.Nested(PlannedSlotIn), required=True, validate=validate.Length(1, MOST_SLOTS))
    from_at = Instant(load_default=None, allow_none=True)
    reason = Line(200, load_default=None, allow_none=True)


class PlanogramOut(Schema):
    """A version of a planogram."""

    version = fields.Integer()
    from_at = Instant()
    made_at = Instant()
    reason = fields.String(allow_none=True)


class BroughtIn(Schema):
    """Units brought to a slot, of a lot; `expires_on` is the last day on which they may be sold."""

    slot = Line(20, required=True)
    units = StrictInteger(minimum=1, maximum=MOST_UNITS, required=True)
    lot_no = Line(60, load_default="")
    expires_on = fields.Date(load_default=None, allow_none=True)


class RestockingIn(Schema):
    """What was brought, and when (now unless said)."""

    lines = fields.List(fields.Nested(BroughtIn), required=True, validate=validate.Length(1, 500))
    at = Instant(load_default=None, allow_none=True)


def counted_slots(**kwargs: Any) -> fields.Dict:
    """Slot → whole units that stand in it."""
    return fields.Dict(
        keys=fields.String(validate=validate.Length(1, 20)),
        values=units(),
        validate=validate.Length(max=500),
        metadata={"description": "货道 → 实点数量", "example": {"A1": 5}},
        **kwargs,
    )


class CountIn(Schema):
    """What stands in slots; all slots of the goods at once."""

    slots = counted_slots(required=True)
    at = Instant(load_default=None, allow_none=True)


class BookedOut(Schema):
    """How much was booked."""

    booked = fields.Integer()


class LotOut(Schema):
    """Units of one lot in one slot (thousandths); empty where nobody said which."""

    slot = fields.String()
    lot_no = fields.String()
    expires_on = fields.Date(allow_none=True)
    milli = fields.Integer()


class CabinetGoodsOut(Schema):
    """Goods in a cabinet: the balance of its movements, by lot as first expired goes first out (thousandths)."""

    goods_key = fields.String()
    goods_name = fields.String()
    product_id = fields.UUID(allow_none=True)
    on_hand_milli = fields.Integer()
    lots = fields.List(fields.Nested(LotOut))


class SlotPlanOut(Schema):
    """A slot of the plan in force."""

    slot = fields.String(attribute="slot_code")
    goods_key = fields.String()
    goods_name = fields.String()
    listing_id = fields.UUID(allow_none=True)
    capacity = fields.Integer()
    par_level = fields.Integer()


class PulseOut(Schema):
    """The last heartbeat of a device, and its age."""

    said_at = Instant()
    received_at = Instant()
    age_s = fields.Integer()
    door = fields.String()
    temperature_decic = fields.Integer(allow_none=True, metadata={"description": "温度,单位:0.1 摄氏度"})
    last_sequence = fields.Integer()
    unsent = fields.Integer()
    clock_ahead_s = fields.Integer()


class CabinetOut(Schema):
    """A cabinet as it stands."""

    device = fields.String()
    since = Instant()
    known_until = Instant(metadata={"description": "销售数据已知到何时"})
    pulse = fields.Nested(PulseOut, allow_none=True)
    plan = fields.List(fields.Nested(SlotPlanOut))
    goods = fields.List(fields.Nested(CabinetGoodsOut))


class CabinetListOut(Schema):
    """The cabinets of a channel."""

    items = fields.List(fields.Nested(CabinetOut))


class CabinetMovementOut(Schema):
    """A movement of a cabinet's stock (thousandths), when it happened and when it was booked."""

    movement_no = fields.Integer()
    goods_key = fields.String()
    kind = fields.String()
    change_milli = fields.Integer()
    at = Instant()
    recorded_at = Instant()
    slot = fields.String(attribute="slot_code", allow_none=True)
    lot_no = fields.String(allow_none=True)
    expires_on = fields.Date(allow_none=True)
    counted = fields.Dict(keys=fields.String(), values=fields.Integer(), allow_none=True)
    about_no = fields.Integer(allow_none=True)
    reason = fields.String(allow_none=True)


class MovementListArgs(PageArgs):
    """A page of movements."""


class HeartbeatIn(Schema):
    """What a device says of itself."""

    class Meta:
        unknown = RAISE

    channel = Line(40, required=True, metadata={"example": "GZ-C-0001"})
    device = Line(64, required=True, metadata={"example": "GZ0001"})
    at = Instant(required=True, metadata={"description": "设备时钟"})
    door = OneOf(("closed", "open", "unknown"), load_default="unknown")
    temperature_decic = StrictInteger(minimum=-1_000, maximum=1_000, load_default=None, allow_none=True)
    last_sequence = StrictInteger(minimum=0, maximum=10**12, load_default=0)
    unsent = StrictInteger(minimum=0, maximum=10**6, load_default=0)
    slots = counted_slots(load_default=dict)


class HeartbeatHeaders(Schema):
    """The signature of who sends it."""

    class Meta:
        unknown = "exclude"

    signature = fields.String(
        required=True,
        data_key="X-Batch-Signature",
        validate=validate.Length(1, 100),
        metadata={"description": "k=密钥版本,s=HMAC-SHA-256(十六进制)", "example": "k=1,s=" + "0" * 64},
    )
