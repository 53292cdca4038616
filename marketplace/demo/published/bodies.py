"""Producers' names as bodies: which published names mean one body, and what kind of body a name speaks of."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.core import divisions
from marketplace.demo.published import names, places

#: Kinds of body (domain glossary) by the words in a name, the first that occurs decides.  "enterprise" is what a
#: company without a title is; 龙头企业 is a title and comes from the list, never from the name.
_KIND_BY_WORD = (
    ("联合社", "cooperative_union"),
    ("合作社", "cooperative"),
    ("供销", "supply_coop"),
    ("家庭农场", "family_farm"),
    ("公司", "enterprise"),
    ("集团", "enterprise"),
    ("农场", "farm"),
    ("庄园", "farm"),
    ("基地", "base"),
    ("猪场", "base"),
    ("养殖场", "base"),
    ("菜场", "base"),
    ("交易市场", "market"),
    ("交易中心", "market"),
    ("消费扶贫中心", "market"),
    ("双创中心", "market"),
    ("加工厂", "workshop"),
    ("管理站", "public_institution"),
)


@dataclass(frozen=True, slots=True)
class BodyKey:
    """A body's name without its place: `area` is the lowest division the name opens with, 00 levels cut off."""

    area: str
    rest: str


def body_key(province: str, name: str) -> BodyKey:
    """Return the key under which two spellings of one body meet, for a row of that province (code)."""
    plain = names.simplified(name)
    area = places.opening(province, plain) or province
    rest = places.without_opening(plain, places.lineage(area))
    return BodyKey(divisions.prefix(area), names.comparable(rest))


def same_body(one: BodyKey, other: BodyKey) -> bool:
    """Say whether two keys are one body: equal names, and places of which one lies in the other.

    连平东瑞 and 紫金东瑞 are two bodies; 惠阳华记菜场 and 惠州惠阳华记菜场 are one.
    """
    short, long = sorted((one.area, other.area), key=len)
    return one.rest == other.rest and long.startswith(short)


def kind_of_body(name: str) -> str:
    """Return the kind of body that a name speaks of, "unnamed_form" where it has no legal form (通达米业)."""
    plain = names.simplified(name)
    return next((kind for word, kind in _KIND_BY_WORD if word in plain), "unnamed_form")
