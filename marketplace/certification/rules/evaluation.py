"""A rule set applied to declared facts.

Every condition is looked at, also those that an OR no longer needs: reviewers and applicants read the whole table.

Ratios are compared by cross-multiplication of exact numbers; the percentage shown is rounded, the decision is not. Thresholds are
inclusive. A value that is missing, a whole of zero or a part larger than its whole never passes. Source: docs/rules.md,
"Certification rule sets".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from marketplace.certification.rules.facts_of import DOCUMENTS, FACTS_BY_CODE, DeclaredFacts
from marketplace.certification.rules.rule_sets import Condition, Requirement, RuleSet, negative_list

NOT_DECLARED: Final = "未填报"


@dataclass(frozen=True)
class ConditionResult:
    """What came of one condition: value and threshold as printed for people, and why it passed or failed (zh)."""

    code: str
    title: str
    passed: bool
    value: str
    threshold: str
    reason: str


@dataclass(frozen=True)
class Evaluation:
    """What came of one rule set. `failed` holds the titles of the groups and conditions that it failed by."""

    rule_set: str
    title: str
    passed: bool
    conditions: tuple[ConditionResult, ...]
    failed: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Plain JSON, frozen with the application."""
        return asdict(self) | {
            "conditions": [asdict(c) for c in self.conditions],
            "failed": list(self.failed),
        }


def evaluate(rule_set: RuleSet, facts: DeclaredFacts) -> Evaluation:
    """Apply every condition of the set, then its tree of AND and OR."""
    results = tuple(_TESTS[condition.test](condition, facts) for condition in rule_set.conditions)
    by_code = {result.code: result for result in results}
    failed = _failures(rule_set.require, by_code)
    return Evaluation(rule_set.code, rule_set.title, not failed, results, tuple(failed))


def evaluate_all(governing: Sequence[RuleSet], facts: DeclaredFacts) -> tuple[Evaluation, ...]:
    """One evaluation per governing set; the application qualifies when there is one and all pass."""
    return tuple(evaluate(rule_set, facts) for rule_set in governing)


def _failures(requirement: Requirement, results: Mapping[str, ConditionResult]) -> list[str]:
    """Titles of what is missing for the requirement; empty when it holds."""
    missing: list[str] = []
    for part in requirement.parts:
        lacking = (
            _failures(part, results)
            if isinstance(part, Requirement)
            else ([] if results[part].passed else [results[part].title])
        )
        if requirement.connective == "any" and not lacking:
            return []
        missing += lacking
    if requirement.connective == "any" and requirement.title:
        return [requirement.title]
    return missing


def _ratio(condition: Condition, facts: DeclaredFacts) -> ConditionResult:
    part, whole = _number(facts, condition.numerator), _number(facts, condition.denominator)
    threshold = f"≥{_percent(Decimal(condition.at_least_bp), Decimal(10_000))}"
    if part is None or whole is None:
        missing = condition.numerator if part is None else condition.denominator
        return _result(
            condition, False, NOT_DECLARED, threshold, f"{FACTS_BY_CODE[missing].title}{NOT_DECLARED}"
        )
    if whole == 0:
        return _result(
            condition, False, f"{part}/0", threshold, f"{FACTS_BY_CODE[condition.denominator].title}为零"
        )
    shown = f"{part}/{whole}={_percent(part, whole)}"
    if part > whole:
        titles = FACTS_BY_CODE[condition.numerator].title, FACTS_BY_CODE[condition.denominator].title
        return _result(condition, False, shown, threshold, f"{titles[0]}多于{titles[1]},请核对")
    passed = part * 10_000 >= whole * condition.at_least_bp
    return _result(condition, passed, shown, threshold, "达到" if passed else "未达到")


def _at_least(condition: Condition, facts: DeclaredFacts) -> ConditionResult:
    name = FACTS_BY_CODE[condition.fact]
    value = _number(facts, condition.fact)
    threshold = f"≥{_amount(condition.value, name.kind, name.unit)}"
    if value is None:
        return _result(condition, False, NOT_DECLARED, threshold, f"{name.title}{NOT_DECLARED}")
    passed = value >= condition.value
    return _result(
        condition, passed, _amount(value, name.kind, name.unit), threshold, "达到" if passed else "未达到"
    )


def _is_true(condition: Condition, facts: DeclaredFacts) -> ConditionResult:
    value = facts.values.get(condition.fact)
    shown = {True: "是", False: "否"}[value] if isinstance(value, bool) else NOT_DECLARED
    return _result(condition, value is True, shown, "是", "符合" if value is True else "不符合")


def _one_of(condition: Condition, facts: DeclaredFacts) -> ConditionResult:
    value = facts.values.get(condition.fact)
    codes = value if isinstance(value, frozenset) else frozenset({value} if isinstance(value, str) else ())
    passed = bool(codes & set(condition.values))
    shown = "、".join(sorted(codes)) or NOT_DECLARED
    return _result(
        condition, passed, shown, "、".join(condition.values), "符合" if passed else "不在所列范围内"
    )


def _within(condition: Condition, facts: DeclaredFacts) -> ConditionResult:
    value = facts.values.get(condition.fact)
    passed = isinstance(value, str) and value.startswith(condition.values)
    shown = value if isinstance(value, str) else NOT_DECLARED
    return _result(
        condition, passed, shown, "、".join(condition.values), "符合" if passed else "不在所列区划内"
    )


def _document(condition: Condition, facts: DeclaredFacts) -> ConditionResult:
    passed = condition.document in facts.documents
    title = DOCUMENTS[condition.document]
    return _result(
        condition, passed, "已提交" if passed else "未提交", title, "符合" if passed else f"缺少{title}"
    )


def _negative(condition: Condition, facts: DeclaredFacts) -> ConditionResult:
    named = facts.values.get("product_name")
    name = "".join(named.split()) if isinstance(named, str) else ""
    licence = facts.values.get("food_licence_no")
    licence_no = licence.upper() if isinstance(licence, str) else ""
    declared = facts.values.get("negative_list_class")
    titles = "、".join(entry.title for entry in negative_list())
    if not name:
        return _result(condition, False, NOT_DECLARED, f"不属于{titles}", f"产品名称{NOT_DECLARED}")
    for entry in negative_list():
        by_name = any(word in name for word in entry.name_contains) or name.endswith(entry.name_ends)
        by_licence = bool(entry.licence_prefixes) and licence_no.startswith(entry.licence_prefixes)
        if by_name or by_licence or declared == entry.code:
            return _result(condition, False, name, f"不属于{titles}", f"属于负面清单:{entry.title}")
    return _result(condition, True, name, f"不属于{titles}", "符合")


_TESTS: Final[Mapping[str, Callable[[Condition, DeclaredFacts], ConditionResult]]] = {
    "ratio": _ratio,
    "at_least": _at_least,
    "is_true": _is_true,
    "one_of": _one_of,
    "within": _within,
    "document": _document,
    "negative": _negative,
}


def _result(condition: Condition, passed: bool, value: str, threshold: str, reason: str) -> ConditionResult:
    return ConditionResult(condition.code, condition.title, passed, value, threshold, reason)


def _number(facts: DeclaredFacts, code: str) -> Decimal | None:
    value = facts.values.get(code)
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _percent(part: Decimal, whole: Decimal) -> str:
    percent = (part * 100 / whole).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{percent.normalize():f}%"


def _amount(value: Decimal, kind: str, unit: str) -> str:
    if kind == "fen":
        return f"{(value / 1_000_000).normalize():f}万元"
    return f"{value.normalize():f}{unit}"
