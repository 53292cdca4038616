"""The data of certification speaks the codes of the slices below it."""

from __future__ import annotations

import pytest

from marketplace.beneficiaries.linkage import LINKAGE_MODES
from marketplace.certification.rules.rule_sets import Condition, RuleSet, rule_sets
from marketplace.certification.rules.schemes import Scheme, schemes
from marketplace.core import divisions
from marketplace.producers.codes import ENTITY_KINDS

MODES = {mode.code for mode in LINKAGE_MODES}
CHOICES = {
    f"{found.code}/{condition.code}": condition
    for found in rule_sets()
    for condition in found.conditions
    if condition.test == "one_of"
}


@pytest.mark.parametrize("scheme", schemes().values(), ids=lambda scheme: scheme.code)
def test_applicant_kinds_are_kinds_of_producers_and_places_are_provinces(scheme: Scheme) -> None:
    assert set(scheme.applicant_kinds) - set(ENTITY_KINDS) == set()
    assert [divisions.level_of(f"{place}0000") for place in scheme.places] == ["province"] * len(
        scheme.places
    )


@pytest.mark.parametrize("condition", CHOICES.values(), ids=CHOICES)
def test_codes_that_rules_choose_among_exist(condition: Condition) -> None:
    known = {"entity_kind": set(ENTITY_KINDS), "benefit_modes": MODES}[condition.fact]
    assert set(condition.values) - known == set()


def test_the_three_kinds_of_income_of_a_county_rule_name_every_linkage_mode_once() -> None:
    [shangnan] = [found for found in rule_sets() if found.code == "shangnan_2021"]
    grouped = [mode for c in shangnan.conditions if c.fact == "benefit_modes" for mode in c.values]
    assert sorted(grouped) == sorted(MODES)


@pytest.mark.parametrize("found", [r for r in rule_sets() if r.area], ids=lambda found: found.code)
def test_areas_of_rule_sets_exist(found: RuleSet) -> None:
    assert divisions.is_known(found.area.ljust(6, "0"))
