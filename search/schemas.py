"""Wire shapes of search. Money is integer fen; positions are code points, end exclusive."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate

from marketplace.beneficiaries.linkage import LINKAGE_MODES
from marketplace.catalogue.channels import CHANNEL_KINDS
from marketplace.certification.rules.schemes import schemes
from marketplace.core.http.fields import AreaCode, Fen, Line, OneOf, StrictInteger
from marketplace.producers.codes import QUALITY_MARKS
from search.engines.protocol import FACETS, SORTS
from search.query.plan import LONGEST_QUERY

NOT_KNOWN: Final = "不是已知的代码;可用:{known}"
NO_FACET: Final = "没有这种分面;可用:{known}"
NO_FILTER: Final = "没有这个条件;可用:{known}"


def _listing(sentence: str, known: Iterable[str]) -> str:
    return sentence.format(known=", ".join(known))


class FacetNames(fields.String):
    """Facets wanted, parted by commas; an unknown one is refused with the list of those there are."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[str, ...]:  # type: ignore[override]
        names = tuple(
            dict.fromkeys(n for n in str(super()._deserialize(value, attr, data, **kwargs)).split(",") if n)
        )
        unknown = [name for name in names if name not in FACETS]
        if unknown:
            raise ValidationError(_listing(NO_FACET, FACETS))
        return names


class Known(OneOf):
    """A code out of a tuple; another one is refused with the list of those there are."""

    def __init__(self, codes: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(codes, **kwargs)
        self.validators = [validate.OneOf(codes, error=_listing(NOT_KNOWN, codes))]


class SearchArgs(Schema):
    """What is looked for."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.error_messages["unknown"] = _listing(NO_FILTER, self.fields)

    q = fields.String(
        load_default="",
        metadata={
            "description": f"搜索词,最多{LONGEST_QUERY}字;名称、拼音、首字母、产地、规格、主体、标志",
            "example": "梅州 柚子",
        },
    )
    channel = Line(40, load_default=None, metadata={"description": "销售点编号或 id", "example": "GZ-0001"})
    channel_kind = Known(tuple(kind.code for kind in CHANNEL_KINDS), load_default=None)
    category = Line(20, load_default=None, metadata={"description": "品类代码(含其下级)", "example": "0101"})
    origin = AreaCode(load_default=None)
    aid = fields.Boolean(load_default=None, truthy={"true", "1"}, falsy={"false", "0"})
    scheme = Known(tuple(schemes()), load_default=None)
    mark = Known(tuple(QUALITY_MARKS), load_default=None)
    mode = Known(tuple(mode.code for mode in LINKAGE_MODES), load_default=None)
    producer = fields.UUID(load_default=None)
    price_from_fen = Fen(load_default=None, metadata={"description": "每500克价格下限,分", "example": 500})
    price_to_fen = Fen(load_default=None, metadata={"description": "每500克价格上限,分", "example": 2000})
    in_stock = fields.Boolean(load_default=None, truthy={"true", "1"}, falsy={"false", "0"})
    sort = Known(SORTS, load_default="relevance", metadata={"example": "relevance"})
    facets = FacetNames(
        load_default=(), metadata={"description": "所需分面,逗号分隔", "example": "category,origin"}
    )
    page_size = StrictInteger(minimum=1, maximum=100, load_default=24)
    cursor = fields.String(load_default=None)


class FoundListing(Schema):
    """The best matching listing, as it is now."""

    id = fields.UUID()
    listing_no = fields.Integer()
    title = fields.String(metadata={"example": "梅县金柚"})
    spec = fields.String(metadata={"example": "5斤装"})
    unit = fields.String(metadata={"example": "箱"})
    price_fen = fields.Integer(metadata={"example": 4900})
    price_per_500g_fen = fields.Integer(allow_none=True, metadata={"example": 980})
    goods_class = fields.String()
    goods_class_reason = fields.String(allow_none=True)
    certificate_id = fields.UUID(allow_none=True)
    in_stock = fields.Boolean()
    channel_id = fields.UUID()
    channel_code = fields.String(metadata={"example": "GZ-0001"})
    channel_kind = fields.String(metadata={"example": "hall_online"})
    channel_name = fields.String(metadata={"example": "广东馆"})


class FoundProduct(Schema):
    """A product with its best matching listing."""

    product_id = fields.UUID()
    product_no = fields.Integer()
    name = fields.String(metadata={"example": "梅县金柚"})
    producer_id = fields.UUID()
    producer_name = fields.String()
    category_code = fields.String(metadata={"example": "010101"})
    origin_area = fields.String()
    origin_name = fields.String(metadata={"example": "广东省梅州市梅县区"})
    quality_marks = fields.List(fields.String(), metadata={"example": ["geographical_indication"]})
    listing = fields.Nested(FoundListing)
    match = fields.String(metadata={"description": "exact 符合搜索词;related 相关商品", "example": "exact"})
    score = fields.Integer(metadata={"example": 1065})
    highlights = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.List(fields.Integer())),
        metadata={"description": "命中位置 [起,止)", "example": {"name": [[2, 4]]}},
    )


class FacetValue(Schema):
    """One value with how many products have it."""

    value = fields.String(metadata={"example": "440000"})
    title = fields.String(metadata={"example": "广东省"})
    count = fields.Integer(metadata={"example": 12})


class SearchOut(Schema):
    """A page of hits. `degraded`: the search engine was away and PostgreSQL answered."""

    items = fields.List(fields.Nested(FoundProduct), required=True)
    total = fields.Integer(required=True, metadata={"example": 25})
    exact_total = fields.Integer(required=True, metadata={"example": 10})
    next_cursor = fields.String(allow_none=True, required=True)
    facets = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(FacetValue)))
    engine = fields.String(metadata={"example": "postgresql"})
    degraded = fields.Boolean()
    took_ms = fields.Float(metadata={"example": 12.5})
    corrected = fields.String(
        allow_none=True, metadata={"description": "没有结果而改用的搜索词", "example": "金柚"}
    )
    places = fields.List(fields.String(), metadata={"description": "作为产地限定的词", "example": ["梅州"]})
    may_mean = fields.List(
        fields.String(), metadata={"description": "您可能想找(仅在没有结果时)", "example": ["梅州 柚子"]}
    )


class SuggestArgs(Schema):
    """What was typed so far."""

    q = fields.String(required=True, metadata={"example": "jiny"})
    size = StrictInteger(minimum=1, maximum=20, load_default=10)


class SuggestOut(Schema):
    """Words to choose from."""

    items = fields.List(fields.String(), metadata={"example": ["金柚", "金银花"]})
