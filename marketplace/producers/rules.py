"""What a dossier must hold together, without a database.

Sources: docs/rules.md, "Producers and products".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, Final, TypeVar

from marketplace.core import divisions
from marketplace.core.amounts import Amount
from marketplace.core.errors import FieldProblem, Invalid, InvalidMany
from marketplace.core.identifiers import parse_gtin
from marketplace.core.money import MAX_FEN, TAX_TREATMENTS, tax_treatment
from marketplace.core.specs import parse_spec
from marketplace.producers import categories
from marketplace.producers.categories import Category
from marketplace.producers.codes import ENTITY_KINDS, QUALITY_MARKS, UNITS

Value = TypeVar("Value")
MAX_NAME: Final = 100
MAX_SPEC: Final = 100
MAX_DESCRIPTION: Final = 2_000
MAX_WEIGHT_G: Final = 10**9
MAX_SHELF_LIFE_DAYS: Final = 36_500
MAX_CAPACITY: Final = 10**12
UNREADABLE: Final = ("Cc", "Cf", "Co", "Cs")
"""Kinds of characters that nobody reads: control, invisible and direction marks, private use, halves of characters."""
SMALL_SCALE: Final = ("small_1", "small_3")
TAX_TITLES: Final[dict[str, str]] = {treatment.title_zh: treatment.code for treatment in TAX_TREATMENTS}


@dataclass(frozen=True)
class ProductDraft:
    """A product as somebody tells it, before defaults.

    ``description`` the producer's own words, of several lines if it likes; ``spec`` as printed; ``net_weight_g`` grams of one
    unit; ``season_from`` and ``season_to`` months 1–12 (11 to 2 runs over the year's end); ``annual_capacity`` units a year;
    ``commodity_value_fen`` annual marketable quantity × price; ``published`` figures as published, by field.
    """

    name: str
    category_code: str
    spec: str
    unit: str
    origin_area: str
    brand: str | None = None
    description: str | None = None
    gtin: str | None = None
    net_weight_g: int | None = None
    shelf_life_days: int | None = None
    season_from: int | None = None
    season_to: int | None = None
    is_perishable: bool | None = None
    tax_treatment: str | None = None
    annual_capacity: int | None = None
    commodity_value_fen: int | None = None
    quality_marks: tuple[str, ...] = ()
    published: dict[str, Any] = field(default_factory=dict)


FIELD_NAMES: Final = tuple(f.name for f in fields(ProductDraft))


def one_line(text: str) -> str:
    """Trimmed, with every run of blanks as one space: the form in which names and sizes are compared."""
    return " ".join(text.split())


def paragraphs(text: str | None) -> str | None:
    """Free text with ``\\n`` as the end of a line and no blanks around lines; None where nothing is left."""
    if text is None:
        return None
    return "\n".join(line.strip() for line in text.replace("\r\n", "\n").split("\n")).strip() or None


def settle(draft: ProductDraft) -> ProductDraft:
    """The draft in its normal form, with what follows from its category and size filled in.

    :raises InvalidMany: with every field that breaks a rule.
    """
    settled, problems = examine(draft)
    if problems:
        raise InvalidMany("product", "产品信息不符合规则", fields=problems)
    return settled


def examine(draft: ProductDraft) -> tuple[ProductDraft, list[FieldProblem]]:
    """The normal form and everything that is wrong, for imports that list all errors of a row."""
    problems: list[FieldProblem] = []
    tidy = replace(
        draft,
        name=one_line(draft.name),
        spec=one_line(draft.spec),
        unit=one_line(draft.unit),
        brand=one_line(draft.brand) if draft.brand and draft.brand.strip() else None,
        description=paragraphs(draft.description),
    )
    problems += _text_problems(tidy)
    category = _checked(problems, "category_code", lambda: categories.leaf(tidy.category_code))
    area = _checked(problems, "origin_area", lambda: divisions.get(tidy.origin_area).code)
    gtin = tidy.gtin and _checked(problems, "gtin", lambda: parse_gtin(tidy.gtin or ""))
    problems += _number_problems(tidy)
    if category is not None:
        problems += _tax_problems(tidy, category)
        tidy = replace(
            tidy,
            is_perishable=category.is_perishable if tidy.is_perishable is None else tidy.is_perishable,
            tax_treatment=tidy.tax_treatment or category.tax_treatment,
        )
    weight_g = tidy.net_weight_g if tidy.net_weight_g is not None else weight_of_spec(tidy.spec)
    marks = tuple(sorted(set(tidy.quality_marks)))
    return replace(
        tidy,
        origin_area=area or tidy.origin_area,
        gtin=gtin or None,
        net_weight_g=weight_g,
        quality_marks=marks,
    ), problems


def weight_of_spec(spec: str) -> int | None:
    """Grams of one unit, where the printed size is one exact weight (5斤装 → 2500); None for ranges and sizes per piece."""
    size = parse_spec(spec)
    return size.weight_g if size.upper_mg is None and size.per is None else None


def published_amount(amount: Amount, source: str = "") -> dict[str, Any]:
    """How a published amount is kept beside its value: its words, the other end of a range, how sure it is."""
    kept: dict[str, Any] = {"raw_text": amount.raw_text, "qualifier": amount.qualifier}
    if amount.upper_fen is not None:
        kept["upper_fen"] = amount.upper_fen
    if source:
        kept["source"] = source
    return kept


def check_entity_kind(kind: str, uscc: str | None) -> None:
    """Invalid ``entity_kind`` for an unknown kind, or one that the credit code contradicts (93 is a cooperative)."""
    if kind not in ENTITY_KINDS:
        raise Invalid("entity_kind", "没有这种带贫主体类型", pointer="/entity_kind")
    # 9 + 1 enterprise, 2 individual business, 3 cooperative: the second character says what was registered.
    registered = uscc[:2] if uscc else ""
    cooperative = ("cooperative", "cooperative_union")
    wrong = (
        (registered == "93" and kind in ("leading_enterprise", "individual_business"))
        or (registered == "92" and kind in (*cooperative, "leading_enterprise"))
        or (registered == "91" and kind in (*cooperative, "individual_business"))
    )
    if wrong:
        raise Invalid("entity_kind_uscc", "主体类型与统一社会信用代码的登记类别不符", pointer="/entity_kind")


def check_founded(founded_on: date | None, today: date) -> None:
    """Invalid ``founded_on`` for a day to come."""
    if founded_on is not None and founded_on > today:
        raise Invalid("founded_on", "成立日期不能晚于今天", pointer="/founded_on")


def _text_problems(draft: ProductDraft) -> Iterable[FieldProblem]:
    for name, longest in (("name", MAX_NAME), ("spec", MAX_SPEC), ("brand", MAX_NAME)):
        text = getattr(draft, name)
        if text is not None and not 0 < len(text) <= longest:
            yield _problem(name, "length", f"应为 1 到 {longest} 字")
    told = draft.description or ""
    if len(told) > MAX_DESCRIPTION:
        yield _problem("description", "length", f"应为 1 到 {MAX_DESCRIPTION} 字")
    if any(char != "\n" and unicodedata.category(char) in UNREADABLE for char in told):
        yield _problem("description", "forbidden_character", "含有不可见或自造字符")
    if draft.unit not in UNITS:
        yield _problem("unit", "unknown_unit", "没有这种计量单位")
    unknown = [mark for mark in draft.quality_marks if mark not in QUALITY_MARKS]
    if unknown:
        yield _problem("quality_marks", "unknown_mark", "没有这种质量标志")


def _number_problems(draft: ProductDraft) -> Iterable[FieldProblem]:
    bounds = (
        ("net_weight_g", 1, MAX_WEIGHT_G),
        ("shelf_life_days", 1, MAX_SHELF_LIFE_DAYS),
        ("season_from", 1, 12),
        ("season_to", 1, 12),
        ("annual_capacity", 0, MAX_CAPACITY),
        ("commodity_value_fen", 0, MAX_FEN),
    )
    for name, low, high in bounds:
        value = getattr(draft, name)
        if value is not None and not low <= value <= high:
            yield _problem(name, "out_of_range", f"应在 {low} 到 {high} 之间")
    if (draft.season_from is None) != (draft.season_to is None):
        yield _problem("season_to", "season_incomplete", "上市月份应同时填写起止")


def _tax_problems(draft: ProductDraft, category: Category) -> Iterable[FieldProblem]:
    """An exemption belongs to what the law exempts; small-scale rates are the producer's, whatever is sold."""
    code = draft.tax_treatment
    if code is None or code in SMALL_SCALE or code == category.tax_treatment:
        return
    try:
        tax_treatment(code)
    except KeyError:
        yield _problem("tax_treatment", "unknown_tax_treatment", "没有这种税收处理")
        return
    is_primary = category.product_kind == "primary"
    if code == "exempt_self_produced" and (is_primary or category.code.startswith("03")):
        return  # primary goods, and tea as the producer's own first-processed leaf (毛茶)
    if code == "rate_9" and is_primary:
        return
    yield _problem("tax_treatment", "tax_treatment_category", "税收处理与品类不符")


def _checked(problems: list[FieldProblem], name: str, check: Callable[[], Value]) -> Value | None:
    try:
        return check()
    except Invalid as error:
        problems.append(_problem(name, error.code, error.detail))
        return None


def _problem(name: str, code: str, message: str) -> FieldProblem:
    return FieldProblem(f"/{name}", code, message)
