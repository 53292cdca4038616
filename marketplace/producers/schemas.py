"""Wire schemas of producers, products and imports. Nothing that is not named here comes in or goes out."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from marketplace.core.http.fields import AreaCode, Day, Fen, Line, OneOf, Prose, StrictInteger
from marketplace.core.http.paging import PageArgs
from marketplace.core.money import TAX_TREATMENTS
from marketplace.producers.categories import PRODUCT_KINDS
from marketplace.producers.codes import ENTITY_KINDS, PRODUCT_STATUSES, QUALITY_MARKS, UNITS
from marketplace.producers.rules import MAX_CAPACITY, MAX_DESCRIPTION, MAX_SHELF_LIFE_DAYS, MAX_WEIGHT_G

_KINDS = tuple(ENTITY_KINDS)
_TAXES = tuple(treatment.code for treatment in TAX_TREATMENTS)
CATEGORY_EXAMPLE = "010101"
_NAME: dict[str, Any] = {"metadata": {"example": "梅县金柚"}}
_DESCRIPTION: dict[str, Any] = {
    "metadata": {
        "description": "产品介绍,可分行;获奖、称号按原文填写",
        "example": "果大皮薄,蜜甜多汁,可常温存放三个月。\n国家地理标志保护产品",
    }
}


class ContactsIn(Schema):
    """Restricted: who stands behind the producer. Told as a whole; what is left out is taken away."""

    legal_representative = Line(100, load_default=None, allow_none=True, metadata={"example": "张三"})
    contact_name = Line(100, load_default=None, allow_none=True, metadata={"example": "李四"})
    contact_phone = Line(20, load_default=None, allow_none=True, metadata={"example": "13800138000"})


class ContactsOut(Schema):
    """Names and telephone, masked unless asked for with a purpose."""

    legal_representative = fields.String(allow_none=True, metadata={"example": "张*"})
    contact_name = fields.String(allow_none=True, metadata={"example": "李*"})
    contact_phone = fields.String(allow_none=True, metadata={"example": "138****8000"})


class ProducerChangeIn(Schema):
    """What may change in a dossier; only what is named changes."""

    entity_kind = OneOf(_KINDS, metadata={"example": "cooperative"})
    registered_area = AreaCode()
    production_area = AreaCode()
    founded_on = Day(allow_none=True, metadata={"example": "2015-03-01"})
    is_832_supplier = fields.Boolean(truthy={True}, falsy={False})
    agent_of_id = fields.UUID(allow_none=True)
    contacts = fields.Nested(ContactsIn)


class ProducerIn(ProducerChangeIn):
    """A new dossier beside a registered organisation."""

    organisation_id = fields.UUID(required=True)
    entity_kind = OneOf(_KINDS, required=True, metadata={"example": "cooperative"})


class ProducerOut(Schema):
    """The dossier of a 带贫主体."""

    id = fields.UUID(required=True)
    producer_no = fields.Integer(required=True, metadata={"example": 17})
    organisation_id = fields.UUID(required=True)
    name = fields.String(required=True, metadata={"example": "梅县区众信水果专业合作社"})
    uscc = fields.String(required=True, allow_none=True)
    entity_kind = fields.String(required=True)
    registered_area = fields.String(required=True)
    production_area = fields.String(required=True)
    founded_on = fields.Date(required=True, allow_none=True)
    is_832_supplier = fields.Boolean(required=True)
    agent_of_id = fields.UUID(required=True, allow_none=True)
    published = fields.Dict(required=True, metadata={"description": "公布的数据：原文、限定词、来源"})
    is_demo = fields.Boolean(required=True, metadata={"description": "演示数据"})
    row_version = fields.Integer(required=True)


class ProducerDetailOut(ProducerOut):
    """One dossier with its masked contacts."""

    contacts = fields.Nested(ContactsOut, required=True)


class ProducerListArgs(PageArgs):
    """Which dossiers."""

    area = AreaCode(load_default=None)
    entity_kind = OneOf(_KINDS, load_default=None)
    uscc = fields.String(load_default=None, validate=validate.Length(max=18))
    named = Line(
        100, load_default=None, allow_none=True, metadata={"description": "名称中的文字", "example": "金柚"}
    )


class PurposeArgs(Schema):
    """Why restricted data are read; kept in the audit trail."""

    purpose = Line(200, required=True, metadata={"example": "现场核查"})


class CategoryOut(Schema):
    """A category; product kind and tax treatment stand on the third level."""

    code = fields.String(required=True, metadata={"example": CATEGORY_EXAMPLE})
    level = fields.Integer(required=True, metadata={"example": 3})
    title_zh = fields.String(required=True, metadata={"example": "柚"})
    title_en = fields.String(required=True, metadata={"example": "Pomelo"})
    product_kind = OneOf(tuple(PRODUCT_KINDS), required=True, allow_none=True)
    tax_treatment = fields.String(required=True, allow_none=True, metadata={"example": "rate_9"})
    is_perishable = fields.Boolean(required=True)
    negative = fields.String(required=True, allow_none=True, metadata={"description": "负面清单"})


class CategoryListOut(Schema):
    """All categories in code order."""

    items = fields.List(fields.Nested(CategoryOut), required=True)


class ProductChangeIn(Schema):
    """What may change in a product; origin and category make another product."""

    name = Line(100, **_NAME)
    brand = Line(100, allow_none=True, metadata={"example": "众信"})
    description = Prose(MAX_DESCRIPTION, allow_none=True, **_DESCRIPTION)
    spec = Line(100, metadata={"example": "5斤装"})
    unit = OneOf(UNITS, metadata={"example": "箱"})
    net_weight_g = StrictInteger(minimum=1, maximum=MAX_WEIGHT_G, allow_none=True, metadata={"example": 2500})
    gtin = fields.String(
        allow_none=True, validate=validate.Length(max=14), metadata={"example": "6901234567892"}
    )
    shelf_life_days = StrictInteger(
        minimum=1, maximum=MAX_SHELF_LIFE_DAYS, allow_none=True, metadata={"example": 90}
    )
    season_from = StrictInteger(minimum=1, maximum=12, allow_none=True, metadata={"example": 10})
    season_to = StrictInteger(minimum=1, maximum=12, allow_none=True, metadata={"example": 2})
    is_perishable = fields.Boolean(truthy={True}, falsy={False})
    tax_treatment = OneOf(_TAXES, metadata={"example": "rate_9"})
    annual_capacity = StrictInteger(
        minimum=0, maximum=MAX_CAPACITY, allow_none=True, metadata={"example": 20000}
    )
    commodity_value_fen = Fen(allow_none=True)
    quality_marks = fields.List(
        OneOf(tuple(QUALITY_MARKS), metadata={"example": "geographical_indication"}),
        validate=validate.Length(max=20),
    )


class ProductIn(ProductChangeIn):
    """A new product of a producer."""

    producer_id = fields.UUID(required=True)
    category_code = fields.String(
        required=True, validate=validate.Length(min=1, max=6), metadata={"example": CATEGORY_EXAMPLE}
    )
    origin_area = AreaCode(required=True)
    name = Line(100, required=True, **_NAME)
    spec = Line(100, required=True, metadata={"example": "5斤装"})
    unit = OneOf(UNITS, required=True, metadata={"example": "箱"})


class ProductOut(Schema):
    """A product; amounts in fen, weights in grams."""

    id = fields.UUID(required=True)
    product_no = fields.Integer(required=True)
    producer_id = fields.UUID(required=True)
    name = fields.String(required=True, **_NAME)
    category_code = fields.String(required=True, metadata={"example": CATEGORY_EXAMPLE})
    brand = fields.String(required=True, allow_none=True)
    description = fields.String(required=True, allow_none=True, **_DESCRIPTION)
    spec = fields.String(required=True, metadata={"example": "5斤装"})
    unit = fields.String(required=True, metadata={"example": "箱"})
    net_weight_g = fields.Integer(required=True, allow_none=True)
    gtin = fields.String(required=True, allow_none=True)
    origin_area = fields.String(required=True, metadata={"example": "441403"})
    shelf_life_days = fields.Integer(required=True, allow_none=True)
    season_from = fields.Integer(required=True, allow_none=True)
    season_to = fields.Integer(required=True, allow_none=True)
    is_perishable = fields.Boolean(required=True)
    tax_treatment = fields.String(required=True)
    annual_capacity = fields.Integer(required=True, allow_none=True)
    commodity_value_fen = fields.Integer(required=True, allow_none=True)
    published = fields.Dict(required=True)
    quality_marks = fields.List(fields.String(), required=True)
    status = OneOf(tuple(PRODUCT_STATUSES), required=True)
    is_demo = fields.Boolean(required=True)
    row_version = fields.Integer(required=True)


class ProductListArgs(PageArgs):
    """Which products; `category` is a code of any level, `area` that of origin."""

    producer_id = fields.UUID(load_default=None)
    area = AreaCode(load_default=None)
    category = fields.String(load_default=None, validate=validate.Length(max=6), metadata={"example": "0101"})
    status = OneOf(tuple(PRODUCT_STATUSES), load_default=None)


class ImportFileIn(Schema):
    """The list itself."""

    file = fields.Raw(
        required=True, metadata={"type": "string", "format": "binary", "description": "CSV 或 XLSX 文件"}
    )


class ImportOptionsIn(Schema):
    """How to import."""

    dry_run = fields.Boolean(load_default=False, metadata={"description": "只校验，不导入"})
    good_rows_only = fields.Boolean(load_default=False, metadata={"description": "有错误时仍导入正确的行"})


class RowErrorOut(Schema):
    """One cell that breaks a rule; row 0 is the file as a whole."""

    row = fields.Integer(required=True, metadata={"example": 3})
    column = fields.String(required=True, metadata={"example": "品类"})
    code = fields.String(required=True, metadata={"example": "unknown_category"})
    message_zh = fields.String(required=True, metadata={"example": "没有这个三级品类"})


class ImportOut(Schema):
    """One run of an import. `refused` added nothing, because rows are bad or the file cannot be read."""

    id = fields.UUID(required=True)
    state = OneOf(("queued", "validated", "imported", "refused"), required=True)
    dry_run = fields.Boolean(required=True)
    good_rows_only = fields.Boolean(required=True)
    rows_read = fields.Integer(required=True)
    rows_added = fields.Integer(required=True)
    rows_known = fields.Integer(required=True)
    error_count = fields.Function(lambda kept: len(kept.errors), metadata={"type": "integer", "example": 0})
    created_at = fields.AwareDateTime(required=True)
    done_at = fields.AwareDateTime(required=True, allow_none=True)


class BadRowsArgs(Schema):
    """The form of the file."""

    format = OneOf(("csv", "xlsx"), load_default="xlsx")
