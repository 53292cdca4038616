"""Public notices and objections to them."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.certification.rules.notices import NOTICE_LEVELS
from marketplace.certification.schemas.common import FREE, SCHEMES, numbers_field
from marketplace.certification.service.objections import CONSEQUENCES, OUTCOMES
from marketplace.core.http import PageArgs, page_schema
from marketplace.core.http.fields import AreaCode, Day, Instant, Line, OneOf


class NoticeIn(Schema):
    """A notice to be hung."""

    numbers = numbers_field()
    level = OneOf(NOTICE_LEVELS, required=True, metadata={"example": "county"})
    area_code = AreaCode(required=True)
    title = Line(200, required=True, metadata={"example": "2020年第三批扶贫产品公示"})
    issuing_unit = Line(200, required=True, metadata={"description": "落款单位", "example": "陆川县扶贫办"})
    receiving_unit = Line(
        200, required=True, metadata={"description": "受理单位", "example": "陆川县扶贫办产业股"}
    )
    telephone = Line(40, required=True, metadata={"description": "监督电话", "example": "0775-7200000"})
    document_no = Line(80, load_default=None, allow_none=True, metadata={"description": "文号"})
    starts_on = Day(load_default=None, allow_none=True)


class NoticeOut(Schema):
    """A published notice; `content` is frozen, `content_sha256` proves it."""

    number = fields.String(metadata={"example": "N7K2M9QX4RTB3"})
    scheme = fields.String()
    level = fields.String()
    area_code = AreaCode()
    title = fields.String()
    document_no = fields.String(allow_none=True)
    issuing_unit = fields.String()
    receiving_unit = fields.String()
    telephone = fields.String()
    starts_on = Day()
    ends_on = Day()
    state = fields.String(metadata={"example": "running"})
    state_title = fields.String(metadata={"example": "公示中"})
    running = fields.Boolean()
    published_at = Instant()
    withdrawn_at = Instant(allow_none=True)
    withdrawal_reason = fields.String(allow_none=True)
    document_sha256 = fields.String(allow_none=True, metadata={"description": "PDF 的 SHA-256;生成之前为空"})
    statement = fields.String(metadata=FREE)


class NoticeWithdrawalIn(Schema):
    """Why a notice is withdrawn; everybody can read it."""

    reason = Line(
        500,
        required=True,
        metadata={"description": "公开的撤回原因,不得含个人信息", "example": "公示名单有误"},
    )


class NoticeDetailOut(NoticeOut):
    """A notice with what hangs on the board; of a withdrawn one without the list, which the hash still covers."""

    content = fields.Dict()
    content_sha256 = fields.String()


class NoticeListArgs(PageArgs):
    """Filters of the list of notices."""

    scheme = OneOf(SCHEMES, load_default=None)
    area_code = AreaCode(load_default=None)
    running = fields.Boolean(load_default=False, metadata={"description": "只列公示期内的"})


class ObjectionIn(Schema):
    """An objection; leave `objector` out to stay anonymous."""

    application_number = Line(40, required=True)
    text = Line(2000, required=True, metadata={"example": "用工名单与实际不符"})
    objector = Line(200, load_default=None, allow_none=True, metadata={"description": "实名:姓名和联系方式"})


class ObjectionOut(Schema):
    """An objection as its receipt shows it: never its words."""

    receipt_no = fields.String(metadata={"example": "Y7K2M9QX4RTB3"})
    is_real_name = fields.Boolean()
    state = fields.String(metadata={"example": "open"})
    resolution = fields.String(allow_none=True)
    raised_at = Instant()
    resolved_at = Instant(allow_none=True)


class ObjectionRowOut(ObjectionOut):
    """An objection in the list of the office that answers."""

    application_number = fields.String()
    notice_number = fields.String()


class ObjectionListArgs(PageArgs):
    """Filter of the list of objections."""

    state = OneOf(("open", *OUTCOMES), load_default=None)


class ObjectionPhotoOut(Schema):
    """A photo that came with an objection."""

    id = fields.UUID()
    media_type = fields.String(metadata={"example": "image/jpeg"})
    size_bytes = fields.Integer(metadata={"example": 20480})


class ObjectionTextOut(Schema):
    """Words, name and photos, for the office that answers; the reading is recorded."""

    receipt_no = fields.String()
    application_number = fields.String()
    state = fields.String()
    text = fields.String()
    objector = fields.String(allow_none=True)
    photos = fields.List(fields.Nested(ObjectionPhotoOut))


class ObjectionResolutionIn(Schema):
    """The answer to an objection."""

    outcome = OneOf(tuple(OUTCOMES), required=True, metadata={"example": "dismissed"})
    resolution = Line(2000, required=True, metadata={"example": "经核查,用工名单属实"})
    consequence = OneOf(
        CONSEQUENCES, load_default="returned", metadata={"description": "异议成立时:退回或不予认定"}
    )


class NoticePage(page_schema(NoticeOut)):  # type: ignore[misc]
    """A page of notices."""

    statement = fields.String(metadata=FREE)


ObjectionPage = page_schema(ObjectionRowOut)
