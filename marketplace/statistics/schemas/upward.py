"""Wire shapes of the feed upward: feeds, exclusions, months' totals, both sides beside each other, and all levels together."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import AreaCode, Day, Instant, Line, OneOf, Period
from marketplace.intake.rules.upward_totals import HEADS
from marketplace.intake.schemas.upward import CellOut, UpwardDifferenceOut
from marketplace.statistics.upward.report import DIMENSIONS, SUMS
from marketplace.statistics.upward.states import CONFIRMATIONS, STATES

LEVELS = ("province", "city", "county")


class FeedOut(Schema):
    """A feed: how far the upper instance holds it, and why it stands still if it does."""

    source = fields.String(metadata={"example": "441400"})
    state = OneOf(("running", "stopped"))
    reason = fields.String(allow_none=True, metadata={"description": "停止的原因代码,须由人处理"})
    position = fields.Integer(metadata={"description": "上级已收到的最后一笔"})
    newest = fields.Integer(metadata={"description": "本级账本的最后一笔"})
    asked_at = Instant(allow_none=True)
    tries = fields.Integer(metadata={"description": "连续失败次数"})
    last_error = fields.String(allow_none=True)
    next_try_at = Instant()


class FeedListOut(Schema):
    """All feeds."""

    items = fields.List(fields.Nested(FeedOut))


class ExclusionIn(Schema):
    """From a day to come on, sales of a point of sale are not fed."""

    channel = Line(32, required=True, metadata={"example": "GZ-0001"})
    from_day = Day(required=True, metadata={"example": "2020-10-01"})
    reason = Line(200, required=True, metadata={"example": "省级专馆,由省级平台直接取得"})


class ExclusionEndIn(Schema):
    """From a day to come on, they are fed again."""

    channel = Line(32, required=True, metadata={"example": "GZ-0001"})
    until_day = Day(required=True, metadata={"example": "2021-01-01"})


class ExclusionOut(Schema):
    """Sales of a point of sale that the upper instance has from elsewhere, by the day of sale."""

    channel = fields.String()
    from_day = fields.Date()
    until_day = fields.Date(allow_none=True)
    reason = fields.String()


class ExclusionListOut(Schema):
    """All of them."""

    items = fields.List(fields.Nested(ExclusionOut))


class MonthTotalArgs(PageArgs):
    """Of one month."""

    period = Period(load_default=None)


class MonthTotalIn(Schema):
    """A month to draw up; the reason of a version that follows another."""

    period = Period(required=True)
    reason = Line(500, load_default=None, allow_none=True)


class ConfirmationOut(Schema):
    """A county's word."""

    area_code = fields.String(metadata={"example": "441403"})
    state = OneOf(tuple(CONFIRMATIONS))
    opinion = fields.String(allow_none=True)
    handled_at = Instant(allow_none=True)
    confirmed_at = Instant(allow_none=True)


class MonthTotalOut(Schema):
    """A version of a month's total."""

    id = fields.UUID()
    source = fields.String()
    period = fields.String()
    version = fields.Integer()
    state = OneOf(tuple(STATES))
    reason = fields.String(allow_none=True)
    drafted_at = Instant()
    sealed_at = Instant(allow_none=True)


HeadsOut = Schema.from_dict(
    {"area": fields.String(), **{name: fields.Integer() for name in HEADS}}, name="UpwardHeadsOut"
)


class MonthTotalDetailOut(MonthTotalOut):
    """With what it says, as far as one may see it: all of it, or a county's own part."""

    digest = fields.String()
    public_key = fields.String(allow_none=True)
    signature = fields.String(allow_none=True)
    last_position = fields.Integer()
    chain_head = fields.String()
    note = fields.String()
    confirmations = fields.List(fields.Nested(ConfirmationOut))
    cells = fields.List(fields.Nested(CellOut))
    households = fields.List(fields.Nested(HeadsOut))


class OpinionIn(Schema):
    """What was looked at."""

    opinion = Line(500, required=True, metadata={"example": "与县级台账核对一致"})


class UpwardMonthArgs(Schema):
    """Which month."""

    period = Period(required=True)


class UpwardReconciliationOut(Schema):
    """Both sides of a month: ours, theirs, and every difference; `found_there` is the upper instance's own list."""

    source = fields.String()
    period = fields.String()
    state = fields.String(metadata={"enum": ["monitoring", "sealed", "differs"]})
    version = fields.Integer(allow_none=True)
    asked_at = Instant(allow_none=True)
    is_asked_anew = fields.Boolean()
    ours = fields.List(fields.Nested(CellOut))
    theirs = fields.List(fields.Nested(CellOut), allow_none=True)
    differences = fields.List(fields.Nested(UpwardDifferenceOut))
    found_there = fields.List(fields.Nested(UpwardDifferenceOut))


class UpwardArgs(Schema):
    """Months, and by what."""

    period = Period(load_default=None, metadata={"description": "一个月;或用 from 和 to"})
    from_period = Period(load_default=None, data_key="from")
    to_period = Period(load_default=None, data_key="to")
    by = Line(
        80,
        load_default="source",
        metadata={
            "description": f"维度,逗号分隔,至多两个:{'、'.join(one.code for one in DIMENSIONS)}",
            "example": "source,origin",
        },
    )
    level = OneOf(LEVELS, load_default="county")
    area = AreaCode(load_default=None)


SumsOut = Schema.from_dict({name: fields.Integer() for name in SUMS}, name="UpwardSumsOut")


class UpwardRowOut(Schema):
    """A cell: own sales, what was fed, both together."""

    key = fields.List(fields.String(allow_none=True))
    titles = fields.List(fields.String())
    own = fields.Nested(SumsOut)
    fed = fields.Nested(SumsOut)
    total = fields.Nested(SumsOut)


class SourceHeldOut(Schema):
    """A source as it is held."""

    source = fields.String()
    name = fields.String()
    position = fields.Integer()
    heard_at = Instant(allow_none=True)
    state = fields.String(metadata={"enum": ["monitoring", "sealed", "differs"]})
    version = fields.Integer(allow_none=True)
    differences = fields.Integer()
    own_fen_inside = fields.Integer(
        metadata={
            "description": "该上报方辖区内销售点由本级直接取得的销售额(分);上报方须将其列为由上级另行取得"
        }
    )


CountyHeadsOut = Schema.from_dict(
    {
        "area": fields.String(),
        "title": fields.String(),
        "sources": fields.List(fields.String()),
        "bound": fields.String(metadata={"description": "空为确数,「上限」为上限"}),
        **{name: fields.Integer() for name in HEADS},
    },
    name="CountyHeadsOut",
)


class AllHeadsOut(Schema):
    """Households and persons by the county where they live, and the whole."""

    period = fields.String()
    rows = fields.List(fields.Nested(CountyHeadsOut))
    total = fields.Dict(keys=fields.String(), values=fields.Integer())
    bound = fields.String()
    missing = fields.List(fields.String(), metadata={"description": "尚未封存该月的上报方,其户数未计入"})


class UpwardOut(Schema):
    """All levels together."""

    from_period = fields.String(data_key="from")
    to_period = fields.String(data_key="to")
    label = fields.String(metadata={"description": "监测快报,或已封存"})
    note = fields.String()
    rows = fields.List(fields.Nested(UpwardRowOut))
    whole = fields.Nested(UpwardRowOut)
    sources = fields.List(fields.Nested(SourceHeldOut))
    households = fields.Nested(AllHeadsOut)
