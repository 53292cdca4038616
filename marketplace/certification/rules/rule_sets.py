"""Rule sets (认定条件) by scheme, place and date, read from ``certification/data/certification_rules.toml``.

A set is a list of conditions and a tree of AND and OR over their codes. Several sets may apply to one application: every set of
its scheme whose area covers the production area and which is in force on the day of submission. Sources of each set are in the
data file and in docs/rules.md, "Certification rule sets".
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final

from marketplace.certification.rules.facts_of import DOCUMENTS, FACTS_BY_CODE
from marketplace.certification.rules.notices import NoticeTerms, read_notice_terms
from marketplace.certification.rules.schemes import DATA, Scheme, schemes

TESTS: Final = ("ratio", "at_least", "is_true", "one_of", "within", "document", "negative")


@dataclass(frozen=True)
class Condition:
    """One condition. Which attributes matter depends on `test` (see the head of the data file).

    numerator, denominator and at_least_bp serve ``ratio``; `fact` the tests of a single declared value; `value` is a threshold in
    the fact's own unit (inclusive); `values` are codes or area prefixes.
    """

    code: str
    title: str
    test: str
    fact: str = ""
    numerator: str = ""
    denominator: str = ""
    at_least_bp: int = 0
    value: Decimal = Decimal(0)
    values: tuple[str, ...] = ()
    document: str = ""


@dataclass(frozen=True)
class Requirement:
    """A node of the tree: ``all`` or ``any`` of its parts, each a condition's code or another node."""

    connective: str
    parts: tuple[str | Requirement, ...]
    title: str = ""


@dataclass(frozen=True)
class RuleSet:
    """Conditions of one document, for the schemes, area (code prefix, "" everywhere) and Shanghai days it governs.

    valid_to is inclusive, None while in force. validity_months and notice, where given, replace those of the scheme.
    rows are the published rows (certification_rules_by_region.csv) from which it was made.
    """

    code: str
    title: str
    schemes: tuple[str, ...]
    area: str
    valid_from: date
    valid_to: date | None
    rows: tuple[int, ...]
    source: str
    conditions: tuple[Condition, ...]
    require: Requirement
    validity_months: int | None = None
    notice: NoticeTerms | None = None

    def governs(self, scheme: str, area_code: str, day: date) -> bool:
        """Whether the set applies to an application of that scheme, produced in that area, submitted on that Shanghai day."""
        in_force = self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
        return scheme in self.schemes and in_force and area_code.startswith(self.area)


@dataclass(frozen=True)
class NegativeEntry:
    """A class of goods that may not be certified, and how it shows: in the name, or in the food licence's class."""

    code: str
    title: str
    name_contains: tuple[str, ...]
    name_ends: tuple[str, ...]
    licence_prefixes: tuple[str, ...]


@cache
def rule_sets() -> tuple[RuleSet, ...]:
    """Every rule set, in the order of the file. ValueError when one breaks the grammar."""
    found = tuple(_read_set(entry) for entry in _raw()["rule_set"])
    codes = [rule_set.code for rule_set in found]
    if len(set(codes)) != len(codes):
        raise ValueError("two rule sets share a code")
    return found


@cache
def negative_list() -> tuple[NegativeEntry, ...]:
    """The classes of goods that no aid scheme admits (烟、酒、名贵土特产品)."""
    return tuple(
        NegativeEntry(
            entry["code"],
            entry["title"],
            tuple(entry["name_contains"]),
            tuple(entry["name_ends"]),
            tuple(entry["licence_prefixes"]),
        )
        for entry in _raw()["negative_list"]["entries"]
    )


def rule_sets_for(scheme: str, area_code: str, day: date) -> tuple[RuleSet, ...]:
    """The sets that govern such an application, the nation's first, the narrowest place last; empty before any rule existed."""
    governing = [rule_set for rule_set in rule_sets() if rule_set.governs(scheme, area_code, day)]
    return tuple(sorted(governing, key=lambda rule_set: (len(rule_set.area), rule_set.code)))


def validity_months_for(scheme: Scheme, governing: tuple[RuleSet, ...]) -> int:
    """Months a certificate holds: the narrowest place's rule, else the scheme's own."""
    stated = [rule_set.validity_months for rule_set in governing if rule_set.validity_months is not None]
    return stated[-1] if stated else scheme.validity_months


def notice_terms_for(scheme: Scheme, governing: tuple[RuleSet, ...]) -> NoticeTerms | None:
    """Terms of the public notice: the narrowest place's rule, else the scheme's own, None where the scheme has no notice."""
    stated = [rule_set.notice for rule_set in governing if rule_set.notice is not None]
    return stated[-1] if stated and scheme.notice is not None else scheme.notice


@cache
def _raw() -> Mapping[str, Any]:
    return tomllib.loads((DATA / "certification_rules.toml").read_text(encoding="utf-8"))


def _read_set(raw: Mapping[str, Any]) -> RuleSet:
    conditions = tuple(_read_condition(raw["code"], entry) for entry in raw["conditions"])
    require = _read_requirement(raw["require"])
    named, used = [condition.code for condition in conditions], _codes(require)
    if sorted(named) != sorted(used):
        raise ValueError(f"{raw['code']}: conditions {sorted(named)} and the tree's {sorted(used)} differ")
    if set(raw["schemes"]) - set(schemes()) or not raw["schemes"]:
        raise ValueError(f"{raw['code']}: unknown scheme")
    return RuleSet(
        code=raw["code"],
        title=raw["title"],
        schemes=tuple(raw["schemes"]),
        area=raw["area"],
        valid_from=raw["valid_from"],
        valid_to=raw.get("valid_to"),
        rows=tuple(raw["rows"]),
        source=raw["source"],
        conditions=conditions,
        require=require,
        validity_months=raw.get("validity_months"),
        notice=read_notice_terms(raw["notice"]) if "notice" in raw else None,
    )


def _read_condition(set_code: str, raw: Mapping[str, Any]) -> Condition:
    condition = Condition(
        code=raw["code"],
        title=raw["title"],
        test=raw["test"],
        fact=raw.get("fact", ""),
        numerator=raw.get("numerator", ""),
        denominator=raw.get("denominator", ""),
        at_least_bp=raw.get("at_least_bp", 0),
        value=Decimal(raw.get("value", 0)),
        values=tuple(raw.get("values", ())),
        document=raw.get("document", ""),
    )
    needs = {
        "ratio": (condition.numerator, condition.denominator),
        "at_least": (condition.fact,),
        "is_true": (condition.fact,),
        "one_of": (condition.fact,),
        "within": (condition.fact,),
        "document": (),
        "negative": (),
    }
    where = f"{set_code}/{condition.code}"
    if condition.test not in TESTS or any(name not in FACTS_BY_CODE for name in needs[condition.test]):
        raise ValueError(f"{where}: unknown test or fact")
    if condition.test == "document" and condition.document not in DOCUMENTS:
        raise ValueError(f"{where}: unknown document {condition.document}")
    if condition.test in ("one_of", "within") and not condition.values:
        raise ValueError(f"{where}: nothing to compare with")
    if (condition.test == "ratio" and condition.at_least_bp < 1) or (
        condition.test == "at_least" and condition.value <= 0
    ):
        raise ValueError(f"{where}: a threshold must be above zero")
    return condition


def _read_requirement(raw: Mapping[str, Any]) -> Requirement:
    connective = "all" if "all" in raw else "any"
    parts = tuple(part if isinstance(part, str) else _read_requirement(part) for part in raw[connective])
    if not parts or set(raw) - {connective, "title"}:
        raise ValueError(f"requirement {raw} is not in the grammar")
    return Requirement(connective, parts, raw.get("title", ""))


def _codes(requirement: Requirement) -> list[str]:
    codes: list[str] = []
    for part in requirement.parts:
        codes += [part] if isinstance(part, str) else _codes(part)
    return codes
