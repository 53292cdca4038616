"""Three levels of product categories, as data (data/categories.csv): two, four and six digits, each within the one before.

The third level carries what follows from it by default: the kind of product that certification asks for, how its sale is
taxed when the producer claims no exemption, whether it is fresh or perishable (鲜活易腐: no return without reason), and
whether the negative list forbids its certification. ``keywords`` suggest a category for a name; a person decides.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from marketplace.core.errors import Invalid
from marketplace.core.money import tax_treatment

FILE: Final = Path(__file__).resolve().parents[2] / "data" / "categories.csv"
PRODUCT_KINDS: Final[dict[str, str]] = {
    "primary": "食用性初级农产品",
    "processed": "精深加工农产品",
    "handicraft": "农村手工艺品",
    "tourism": "乡村旅游产品或服务",
}
NEGATIVE: Final[dict[str, str]] = {"alcohol": "酒", "tobacco": "烟", "input": "农业生产资料"}
"""Why a category can never be certified: 烟、酒 by the negative list, farm supplies because nobody eats or buys them as aid."""
LEVEL_LENGTHS: Final = (2, 4, 6)


@dataclass(frozen=True)
class Category:
    """One category; the fields after ``title_en`` are None or empty above the third level."""

    code: str
    title_zh: str
    title_en: str
    product_kind: str | None
    tax_treatment: str | None
    is_perishable: bool
    negative: str | None
    keywords: tuple[str, ...]

    @property
    def level(self) -> int:
        """1, 2 or 3."""
        return LEVEL_LENGTHS.index(len(self.code)) + 1


@cache
def all_categories() -> dict[str, Category]:
    """Every category by code, in code order. ValueError when the file contradicts itself."""
    found: dict[str, Category] = {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            category = _category(row)
            if category.level > 1 and category.code[:-2] not in found:
                raise ValueError(f"category {category.code} has no parent")
            if category.code in found:
                raise ValueError(f"category {category.code} stands twice")
            found[category.code] = category
    return found


def _category(row: dict[str, str]) -> Category:
    code = row["code"]
    if len(code) not in LEVEL_LENGTHS or not code.isdigit():
        raise ValueError(f"{code} is no category code")
    is_leaf = len(code) == LEVEL_LENGTHS[-1]
    if is_leaf:
        tax_treatment(row["tax_treatment"])
    if is_leaf != (row["product_kind"] in PRODUCT_KINDS) or (
        row["negative"] and row["negative"] not in NEGATIVE
    ):
        raise ValueError(f"category {code} has an unknown kind")
    return Category(
        code,
        row["title_zh"],
        row["title_en"],
        row["product_kind"] or None,
        row["tax_treatment"] or None,
        row["is_perishable"] == "是",
        row["negative"] or None,
        tuple(row["keywords"].split()),
    )


def leaf(code: str, *, pointer: str = "/category_code") -> Category:
    """The third-level category of a code; Invalid ``unknown_category`` or ``category_not_third_level``."""
    category = all_categories().get(code)
    if category is None:
        raise Invalid("unknown_category", "没有这个品类", pointer=pointer)
    if category.level != len(LEVEL_LENGTHS):
        raise Invalid("category_not_third_level", "品类应填到第三级", pointer=pointer)
    return category


@cache
def leaves_of(code: str, *, pointer: str = "/category") -> tuple[str, ...]:
    """The third-level codes inside a category of any level, itself if it is one; Invalid ``unknown_category``."""
    if code not in all_categories():
        raise Invalid("unknown_category", "没有这个品类", pointer=pointer)
    return tuple(c for c in all_categories() if c.startswith(code) and len(c) == LEVEL_LENGTHS[-1])


def by_title(title: str) -> Category | None:
    """The third-level category with that title, or with that code."""
    known = all_categories()
    if title in known and known[title].level == len(LEVEL_LENGTHS):
        return known[title]
    return _leaf_titles().get(title)


def path_zh(code: str) -> str:
    """The titles from the first level down: 水果/柑橘类/柚."""
    known = all_categories()
    return "/".join(known[code[:length]].title_zh for length in LEVEL_LENGTHS if length <= len(code))


def suggest(name: str) -> Category | None:
    """The third-level category that a product's name speaks of, None when no word of it is known.

    A name says what a thing is at its end (柚花茶 is a tea, 茶籽油 an oil), so the keyword that ends last wins, the longest
    among those. A remark in brackets counts only when nothing else is known.
    """
    for text in (re.split("[(（]", name, maxsplit=1)[0], name):
        best: tuple[int, int, str] | None = None
        for keyword, code in _keywords():
            at = text.rfind(keyword)
            if at >= 0 and (best is None or (at + len(keyword), len(keyword)) > best[:2]):
                best = (at + len(keyword), len(keyword), code)
        if best is not None:
            return all_categories()[best[2]]
    return None


@cache
def _leaf_titles() -> dict[str, Category]:
    return {c.title_zh: c for c in all_categories().values() if c.level == len(LEVEL_LENGTHS)}


@cache
def _keywords() -> tuple[tuple[str, str], ...]:
    return tuple(
        (word, category.code) for category in all_categories().values() for word in category.keywords
    )
