"""A rule set applied to declared facts.

Every condition is looked at, also those that an OR no longer needs: reviewers and applicants read the whole table.

Ratios are compared by cross-multiplication of exact numbers; the percentage shown is rounded, the decision is not. Thresholds are
inclusive. A value that is missing, a whole of zero or a part larger than its whole never passes. Source: docs/rules.md,
"Certification rule sets".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from marketplace.certification.rules.facts_of import DOCUMENTS, FACTS_BY_CODE, DeclaredFacts, FactName
from marketplace.certification.rules.rule_sets import Condition, Requirement, RuleSet, negative_list
from marketplace.certification.rules.said import BETWEEN, Said

NOT_DECLARED: Final = Said("not_declared")


@dataclass(frozen=True)
class ConditionResult:
    """What came of one condition: value and threshold as printed for people, and why it passed or failed, as codes."""

    code: str
    title: str
    passed: bool
    said_value: Said
    said_threshold: Said
    said_reason: Said

    @property
    def value(self) -> str:
        """The value in Chinese."""
        return self.said_value.told()

    @property
    def threshold(self) -> str:
        """The threshold in Chinese."""
        return self.said_threshold.told()

    @property
    def reason(self) -> str:
        """Why it passed or failed, in Chinese."""
        return self.said_reason.told()

    def as_json(self) -> dict[str, object]:
        """Plain JSON: the Chinese sentences, and under `said` their codes with what fills them."""
        said = {"value": self.said_value, "threshold": self.said_threshold, "reason": self.said_reason}
        return {
            "code": self.code,
            "title": self.title,
            "passed": self.passed,
            **{name: one.told() for name, one in said.items()},
            "said": {name: one.as_json() for name, one in said.items()},
        }


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
        return {
            "rule_set": self.rule_set,
            "title": self.title,
            "passed": self.passed,
            "conditions": [one.as_json() for one in self.conditions],
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
    threshold = _figure(_percent(Decimal(condition.at_least_bp), Decimal(10_000)), "at_least")
    if part is None or whole is None:
        missing = condition.numerator if part is None else condition.denominator
        return _result(condition, False, NOT_DECLARED, threshold, _of_fact("fact_not_declared", missing))
    if whole == 0:
        zero = _of_fact("fact_is_zero", condition.denominator)
        return _result(condition, False, _figure(f"{part}/0"), threshold, zero)
    shown = _figure(f"{part}/{whole}={_percent(part, whole)}")
    if part > whole:
        names = {"part": condition.numerator, "whole": condition.denominator}
        above = Said("part_above_whole", {name: FACTS_BY_CODE[fact].title for name, fact in names.items()})
        return _result(condition, False, shown, threshold, above)
    passed = part * 10_000 >= whole * condition.at_least_bp
    return _result(condition, passed, shown, threshold, _reached(passed))


def _at_least(condition: Condition, facts: DeclaredFacts) -> ConditionResult:
    name = FACTS_BY_CODE[condition.fact]
    value = _number(facts, condition.fact)
    threshold = _amount(condition.value, name, "at_least_")
    if value is None:
        missing = _of_fact("fact_not_declared", condition.fact)
        return _result(condition, False, NOT_DECLARED, threshold, missing)
    passed = value >= condition.value
    return _result(condition, passed, _amount(value, name), threshold, _reached(passed))


def _is_true(condition: Condition, facts: DeclaredFacts) -> ConditionResult:
    value = facts.values.get(condition.fact)
    shown = Said("yes" if value else "no") if isinstance(value, bool) else NOT_DECLARED
    return _result(condition, value is True, shown, Said("yes"), _met(value is True))


def _one_of(condition: Condition, facts: DeclaredFacts) -> ConditionResult:
    value = facts.values.get(condition.fact)
    codes = value if isinstance(value, frozenset) else frozenset({value} if isinstance(value, str) else ())
    passed = bool(codes & set(condition.values))
    shown = _figure(BETWEEN.join(sorted(codes))) if codes else NOT_DECLARED
    listed = _figure(BETWEEN.join(condition.values))
    return _result(condition, passed, shown, listed, Said("met" if passed else "not_listed"))


def _within(condition: Condition, facts: DeclaredFacts) -> ConditionResult:
    value = facts.values.get(condition.fact)
    passed = isinstance(value, str) and value.startswith(condition.values)
    shown = _figure(value) if isinstance(value, str) else NOT_DECLARED
    listed = _figure(BETWEEN.join(condition.values))
    return _result(condition, passed, shown, listed, Said("met" if passed else "outside"))


def _document(condition: Condition, facts: DeclaredFacts) -> ConditionResult:
    passed = condition.document in facts.documents
    title = {"title": DOCUMENTS[condition.document]}
    shown = Said("handed_in" if passed else "not_handed_in")
    reason = Said("met") if passed else Said("lacking", title)
    return _result(condition, passed, shown, Said("title", title), reason)


def _negative(condition: Condition, facts: DeclaredFacts) -> ConditionResult:
    named = facts.values.get("product_name")
    name = "".join(named.split()) if isinstance(named, str) else ""
    licence = facts.values.get("food_licence_no")
    licence_no = licence.upper() if isinstance(licence, str) else ""
    declared = facts.values.get("negative_list_class")
    threshold = Said("none_of", {"titles": tuple(entry.title for entry in negative_list())})
    if not name:
        missing = _of_fact("fact_not_declared", "product_name")
        return _result(condition, False, NOT_DECLARED, threshold, missing)
    for entry in negative_list():
        by_name = any(word in name for word in entry.name_contains) or name.endswith(entry.name_ends)
        by_licence = bool(entry.licence_prefixes) and licence_no.startswith(entry.licence_prefixes)
        if by_name or by_licence or declared == entry.code:
            reason = Said("on_negative_list", {"title": entry.title})
            return _result(condition, False, _figure(name), threshold, reason)
    return _result(condition, True, _figure(name), threshold, _met(True))


_TESTS: Final[Mapping[str, Callable[[Condition, DeclaredFacts], ConditionResult]]] = {
    "ratio": _ratio,
    "at_least": _at_least,
    "is_true": _is_true,
    "one_of": _one_of,
    "within": _within,
    "document": _document,
    "negative": _negative,
}


def _result(
    condition: Condition, passed: bool, value: Said, threshold: Said, reason: Said
) -> ConditionResult:
    return ConditionResult(condition.code, condition.title, passed, value, threshold, reason)


def _figure(text: str, code: str = "figure") -> Said:
    return Said(code, figures={"figure": text})


def _of_fact(code: str, fact: str) -> Said:
    return Said(code, {"title": FACTS_BY_CODE[fact].title})


def _reached(passed: bool) -> Said:
    return Said("reached" if passed else "not_reached")


def _met(passed: bool) -> Said:
    return Said("met" if passed else "not_met")


def _number(facts: DeclaredFacts, code: str) -> Decimal | None:
    value = facts.values.get(code)
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _percent(part: Decimal, whole: Decimal) -> str:
    percent = (part * 100 / whole).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{percent.normalize():f}%"


def _amount(value: Decimal, name: FactName, before: str = "") -> Said:
    if name.kind == "fen":
        return _figure(f"{(value / 1_000_000).normalize():f}", f"{before}wan")
    figure = {"figure": f"{value.normalize():f}"}
    if not name.unit:
        return Said(f"{before}amount", figures=figure | {"unit": ""})
    return Said(f"{before}amount", {"unit": name.unit}, figure)
