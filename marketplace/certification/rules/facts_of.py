"""What an application declares about its producer, as named values that rule sets may test.

A tuple lists every name once, with its Chinese title and kind; rule sets that name anything else fail when they are loaded, and
an application that declares anything else is refused. Counts are whole numbers, areas 亩 and quantities are decimals with at most
three places (JSON carries them as strings), money is fen. Floats are refused everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from marketplace.core.errors import FieldProblem

FactValue = int | Decimal | bool | str | frozenset[str]

_DECIMAL: Final = re.compile(r"\d{1,12}(\.\d{1,3})?", re.ASCII)
_AREA: Final = re.compile(r"\d{6}(\d{3}(\d{3})?)?", re.ASCII)
_CODE: Final = re.compile(r"[a-z0-9_]{1,40}", re.ASCII)
_MAX_COUNT: Final = 10**12


@dataclass(frozen=True)
class FactName:
    """A name that applications declare and rule sets test.

    kind: count (whole number), decimal (亩, kg; ≤ 3 places), fen, flag, code, codes, area (6, 9 or 12 digits), text.
    """

    code: str
    title: str
    kind: str
    unit: str = ""


FACT_NAMES: Final = (
    FactName("entity_kind", "主体类型", "code"),
    FactName("legal_person", "具有法人资格", "flag"),
    FactName("registered_area", "注册地区划", "area"),
    FactName("production_area", "生产地区划", "area"),
    FactName("registered_in_832_county", "注册在832个脱贫县域内", "flag"),
    FactName("produced_in_aid_county", "在脱贫(贫困)县生产", "flag"),
    FactName("material_from_aid_county", "使用脱贫(贫困)地区原料", "flag"),
    FactName("product_name", "产品名称", "text"),
    FactName("food_licence_no", "食品生产许可证号", "text"),
    FactName("negative_list_class", "负面清单类别", "code"),
    FactName("benefit_modes", "带贫模式", "codes"),
    FactName("workers_total", "总用工", "count", "人"),
    FactName("workers_registered", "其中建档立卡贫困劳动力", "count", "人"),
    FactName("ordinary_workers_total", "普工(成员、会员)", "count", "人"),
    FactName("ordinary_workers_registered", "其中建档立卡贫困劳动力(普工)", "count", "人"),
    FactName("shareholders_total", "全体股东", "count", "人"),
    FactName("shareholders_registered", "其中贫困户股东", "count", "人"),
    FactName("material_total_qty", "产品生产原料", "decimal", "公斤"),
    FactName("material_registered_qty", "其中建档立卡贫困户自产", "decimal", "公斤"),
    FactName("land_total_mu", "经营用地", "decimal", "亩"),
    FactName("land_registered_mu", "其中流转贫困户土地", "decimal", "亩"),
    FactName("commodity_value_fen", "商品价值量", "fen"),
    FactName("households_helped", "带动贫困户数", "count", "户"),
    FactName("persons_helped", "带动贫困人口数", "count", "人"),
)
FACTS_BY_CODE: Final = {name.code: name for name in FACT_NAMES}

DOCUMENTS: Final = {
    "business_licence": "营业执照",
    "commitment_letter": "真实性承诺书",
    "quality_report": "检测报告(质量合格)",
    "price_statement": "价格说明",
    "benefit_evidence": "带贫佐证材料",
    "food_licence": "食品生产许可证",
    "conformity_certificate": "承诺达标合格证",
    "supply_plan": "供货计划",
    "traceability": "溯源证明",
    "after_sales": "售后承诺",
    "origin_evidence": "产地证明",
    "agency_agreement": "委托代理协议",
}


@dataclass(frozen=True)
class DeclaredFacts:
    """Declared values by name, and the codes of the documents attached."""

    values: Mapping[str, FactValue]
    documents: frozenset[str] = frozenset()


def read_facts(
    raw: Mapping[str, object], *, pointer: str = "/facts"
) -> tuple[dict[str, FactValue], list[FieldProblem]]:
    """Declared values from JSON, and one problem per name that is unknown or does not fit its kind.

    null means not declared. Codes: ``fact_unknown``, ``fact_kind``.
    """
    values: dict[str, FactValue] = {}
    problems: list[FieldProblem] = []
    for code, given in raw.items():
        name = FACTS_BY_CODE.get(code)
        if name is None:
            problems.append(FieldProblem(f"{pointer}/{code}", "fact_unknown", "没有这一申报项"))
        elif given is not None:
            value = _read(name.kind, given)
            if value is None:
                problems.append(
                    FieldProblem(f"{pointer}/{code}", "fact_kind", f"{name.title}的填写不符合要求")
                )
            else:
                values[code] = value
    return values, problems


def write_facts(values: Mapping[str, FactValue]) -> dict[str, object]:
    """The JSON form that `read_facts` reads back: decimals as strings, codes as sorted lists."""
    plain: dict[str, object] = {}
    for code in sorted(values):
        value = values[code]
        if isinstance(value, Decimal):
            plain[code] = str(value)
        elif isinstance(value, frozenset):
            plain[code] = sorted(value)
        else:
            plain[code] = value
    return plain


def _read(kind: str, given: object) -> FactValue | None:
    if kind == "flag":
        return given if isinstance(given, bool) else None
    if kind in ("count", "fen"):
        whole = isinstance(given, int) and not isinstance(given, bool) and 0 <= given <= _MAX_COUNT
        return given if whole and isinstance(given, int) else None
    if kind == "decimal":
        text = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
        return Decimal(text) if isinstance(text, str) and _DECIMAL.fullmatch(text) else None
    if kind == "codes":
        if not isinstance(given, list) or len(given) > 40:
            return None
        codes = [code for code in given if isinstance(code, str) and _CODE.fullmatch(code)]
        return frozenset(codes) if len(codes) == len(given) else None
    return _read_text(kind, given)


def _read_text(kind: str, given: object) -> str | None:
    if not isinstance(given, str):
        return None
    pattern = {"code": _CODE, "area": _AREA}.get(kind)
    if pattern is not None:
        return given if pattern.fullmatch(given) else None
    return given if 0 < len(given) <= 200 else None
