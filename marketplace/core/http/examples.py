"""An example for every value in the API's description, so that people read it with the trade's own words.

A schema may give its own (``metadata={"example": …}``); this fills in the rest, by the field's name where that says what
it holds, else by its kind. It has no say in what is accepted.
"""

from __future__ import annotations

import re
from typing import Any, Final

from marshmallow import fields

UUID: Final = "01920a3c-7b1e-7cc2-9d4e-5f6a7b8c9d0e"
INSTANT: Final = "2020-09-12T10:30:00+08:00"
DAY: Final = "2020-09-12"

BY_NAME: Final[dict[str, Any]] = {
    "action": "accounts.organisation.registered",
    "adjusts_period": "2020-09",
    "applicant": "梅县区演示种植专业合作社",
    "area_code": "441403",
    "authority": "梅县区帮扶主管部门",
    "bank_name": "演示银行梅县支行",
    "brand": "演示品牌",
    "buyer_name": "广州市演示中学",
    "catalogue_no": "441403-2020-03-0017",
    "category_code": "01.02.003",
    "cause": "自愿退出",
    "channel_kind": "counter",
    "code": "invalid",
    "contact": "演示联系人",
    "cursor": "bmV4dA",
    "definition": "计入口径的认定产品销售额",
    "detail": "统一社会信用代码校验位不符",
    "display_name": "梅县区经办员",
    "document_no": "梅县区帮扶〔2020〕3号",
    "evidence": "原料收购台账",
    "fiscal_area": "440100",
    "fiscal_tier": "city_level",
    "goods_class": "certified_aid",
    "gtin": "6901234567892",
    "issuing_unit": "梅县区乡村振兴局",
    "label": "专柜上传程序",
    "level": "county",
    "login": "meixian.jb",
    "mail": "clerk@example.cn",
    "message": "应为整数",
    "mode": "contract_purchase",
    "mode_title": "订单收购",
    "name": "梅县金柚",
    "next_cursor": "bmV4dA",
    "number": "D7K2M9QX4RTB",
    "objector": "张*",
    "opinion": "材料齐全,同意",
    "order_number": "D7K2M9QX4RTB",
    "origin_area": "441403",
    "participation_mode": "government",
    "password": "9K2M-Q7XR-4TBD-W3NH-6YPA",
    "path": "1.7.42",
    "payer_name": "广州市演示中学",
    "period": "2020-09",
    "permission": "orders.place",
    "phone": "138****1234",
    "pointer": "/lines/0/quantity",
    "producer_name": "梅县区演示种植专业合作社",
    "product_name": "梅县金柚",
    "production_area": "441403",
    "purpose": "核查发放清单",
    "raw_text": "约500万元",
    "reason": "开户行变更",
    "receipt_no": "Y4RTB7K2M9QX",
    "receiving_unit": "梅县区乡村振兴局",
    "reference": "20200912000128",
    "registered_area": "441403",
    "relation": "户主",
    "request_id": "01920a3c7b1e",
    "resident_id": "110105********002X",
    "role": "county_officer",
    "scheme": "national_2020",
    "scheme_title": "全国扶贫产品认定",
    "share_unit": "户",
    "source": "order",
    "spec": "5斤装",
    "subject_id": UUID,
    "subject_kind": "organisation",
    "telephone": "0753-0000000",
    "text": "公示产品产地与实际不符",
    "title": "梅县金柚 5斤装",
    "title_en": "Counter",
    "title_zh": "专柜",
    "tracking_no": "SF1234567890",
    "unit": "箱",
    "uscc": "91110000600037341L",
    "year": 2020,
    "reserve_year": 2020,
    "season_from": 9,
    "season_to": 12,
}
_BY_SUFFIX: Final[tuple[tuple[str, Any], ...]] = (
    ("_fen", 9800),
    ("_bp", 1000),
    ("_g", 2500),
    ("_milli", 2000),
    ("_days", 30),
    ("_months", 24),
    ("_area", "441403"),
    ("_title", "专柜"),
    ("_name", "梅县区演示种植专业合作社"),
)
# For a text whose name says nothing: the first that its rules allow.
_ANY_TEXT: Final = ("演示", "441403", "440000", "2020-09", "example")


def example_attribute(_converter: Any, field: fields.Field[Any], **said: Any) -> dict[str, Any]:
    """Add ``example`` to a described value that has none, and put its pattern into the dialect of JSON Schema.

    apispec calls it for each field with what is said so far.
    """
    described: dict[str, Any] = said["ret"]
    found: dict[str, Any] = {}
    if (
        isinstance(field, fields.Function)
        and "type" not in described
        and (field.name or "").endswith("title")
    ):
        found["type"] = "string"
    if "pattern" in described:
        # JSON Schema knows no \Z; its $ is the end of the text.
        found["pattern"] = str(described["pattern"]).replace("\\Z", "$")
    if described.keys() & {"examples", "$ref", "allOf", "anyOf", "properties", "items"}:
        return found
    if "example" in described and _fits(described["example"], described):
        return found
    value = _example(field.name or "", {**described, **found})
    if value is not None:
        found["example"] = value
    return found


def _example(name: str, described: dict[str, Any]) -> Any:
    kind = described.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    if described.get("enum"):
        return next(code for code in described["enum"] if code is not None)
    if "boolean" in kinds:
        return True
    by_format = {"uuid": UUID, "date-time": INSTANT, "date": DAY}.get(described.get("format", ""))
    if by_format is not None:
        return by_format
    wanted: type = int if "integer" in kinds else str
    if not {"integer", "string"} & set(kinds):
        return None
    suffixed = next((value for suffix, value in _BY_SUFFIX if name.endswith(suffix)), None)
    last = (max(1, described.get("minimum", 1)),) if wanted is int else _ANY_TEXT
    candidates = (BY_NAME.get(name), suffixed, *last)
    return next(
        (value for value in candidates if isinstance(value, wanted) and _fits(value, described)), None
    )


def _fits(value: Any, described: dict[str, Any]) -> bool:
    if isinstance(value, int):
        return bool(described.get("minimum", value) <= value <= described.get("maximum", value))
    if not isinstance(value, str):
        return True
    pattern = str(described.get("pattern", "")).replace("$", "\\Z")
    long_enough = described.get("minLength", 0) <= len(value) <= described.get("maxLength", len(value))
    return bool(long_enough and re.search(pattern, value, re.ASCII))
