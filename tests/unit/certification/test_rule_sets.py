"""Thresholds of every published rule, at their boundaries."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from marketplace.certification.rules.evaluation import Evaluation, evaluate, evaluate_all
from marketplace.certification.rules.facts_of import DeclaredFacts, FactValue, read_facts, write_facts
from marketplace.certification.rules.rule_sets import (
    RuleSet,
    notice_terms_for,
    rule_sets,
    rule_sets_for,
    validity_months_for,
)
from marketplace.certification.rules.said import said_of
from marketplace.certification.rules.schemes import scheme_of

ROWS = Path(__file__).parents[3] / "data" / "certification_rules_by_region.csv"
BASICS = ("benefit_evidence", "quality_report", "price_statement")


def rule_set(code: str) -> RuleSet:
    return next(found for found in rule_sets() if found.code == code)


def run(code: str, *, documents: tuple[str, ...] = (), **values: FactValue) -> Evaluation:
    return evaluate(rule_set(code), DeclaredFacts(values, frozenset(documents)))


def passed(evaluation: Evaluation) -> set[str]:
    return {condition.code for condition in evaluation.conditions if condition.passed}


@pytest.mark.parametrize(
    ("facts", "qualifies", "by"),
    [
        ({"workers_registered": 29, "workers_total": 300}, False, set()),
        ({"workers_registered": 30, "workers_total": 300}, True, {"employment_ratio", "employment_persons"}),
        ({"workers_registered": 30, "workers_total": 400}, True, {"employment_persons"}),
        ({"workers_registered": 29, "workers_total": 290}, True, {"employment_ratio"}),
        ({"workers_registered": 29, "workers_total": 291}, False, set()),
        ({"shareholders_registered": 3, "shareholders_total": 15}, True, {"shareholders"}),
        ({"shareholders_registered": 3, "shareholders_total": 16}, False, set()),
        (
            {"material_registered_qty": Decimal("10"), "material_total_qty": Decimal("100")},
            True,
            {"raw_material"},
        ),
        ({"material_registered_qty": Decimal("9.999"), "material_total_qty": Decimal("100")}, False, set()),
        ({"land_registered_mu": Decimal("49.9"), "land_total_mu": Decimal("400")}, False, set()),
        ({"land_registered_mu": Decimal("50"), "land_total_mu": Decimal("400")}, True, {"land_mu"}),
        ({"land_registered_mu": Decimal("15"), "land_total_mu": Decimal("100")}, True, {"land_ratio"}),
        ({"land_registered_mu": Decimal("14.999"), "land_total_mu": Decimal("100")}, False, set()),
        ({}, False, set()),
    ],
)
def test_guangxi_asks_for_any_one_of_four_each_threshold_included(
    facts: dict[str, FactValue], qualifies: bool, by: set[str]
) -> None:
    evaluation = run("guangxi_2020", product_name="百香果", **facts)
    assert evaluation.passed is qualifies
    assert passed(evaluation) == by | {"negative_list"}
    assert evaluation.failed == (() if qualifies else ("四项具备其一",))


def test_twenty_nine_of_three_hundred_workers_is_shown_as_967_percent_below_ten() -> None:
    first = run("guangxi_2020", product_name="百香果", workers_registered=29, workers_total=300).conditions[0]
    assert (first.value, first.threshold, first.reason) == ("29/300=9.67%", "≥10%", "未达到")


def test_a_ratio_that_only_rounds_up_to_the_threshold_fails() -> None:
    evaluation = run(
        "guangxi_2020",
        product_name="百香果",
        material_registered_qty=Decimal("99999.999"),
        material_total_qty=Decimal("1000000"),
    )
    third = evaluation.conditions[3]
    assert (third.value, third.passed) == ("99999.999/1000000=10%", False)


@pytest.mark.parametrize(
    ("part", "whole", "reason"),
    [
        (3, 0, "全体股东为零"),
        (16, 15, "其中贫困户股东多于全体股东,请核对"),
        (3, None, "全体股东未填报"),
        (None, 15, "其中贫困户股东未填报"),
    ],
)
def test_a_ratio_without_a_sound_whole_never_passes(part: int | None, whole: int | None, reason: str) -> None:
    facts = {"shareholders_registered": part, "shareholders_total": whole}
    evaluation = run("guangxi_2020", product_name="茶叶", **{k: v for k, v in facts.items() if v is not None})
    assert (evaluation.passed, evaluation.conditions[2].reason) == (False, reason)


@pytest.mark.parametrize(
    ("name", "licence", "entry"),
    [
        ("桂林三花酒", "", "酒"),
        ("黄烟", "", "烟"),
        ("野生 虫草", "", "名贵土特产品"),
        ("青梅露", "SC11545010000001", "酒"),
    ],
)
def test_goods_on_the_negative_list_fail_however_many_households_they_help(
    name: str, licence: str, entry: str
) -> None:
    facts: dict[str, FactValue] = {"workers_registered": 100, "workers_total": 100, "product_name": name}
    if licence:
        facts["food_licence_no"] = licence
    evaluation = run("guangxi_2020", **facts)
    assert evaluation.failed == ("不属于烟、酒、名贵土特产品等",)
    assert evaluation.conditions[-1].reason == f"属于负面清单:{entry}"


@pytest.mark.parametrize("name", ["烟熏腊肉", "烟笋干", "酒糟鱼"])
def test_goods_that_only_sound_like_the_negative_list_pass(name: str) -> None:
    assert run("guangxi_2020", workers_registered=30, workers_total=30, product_name=name).passed


@pytest.mark.parametrize(("registered", "qualifies"), [(30, True), (29, False)])
def test_sichuan_asks_for_thirty_percent_of_ordinary_workers(registered: int, qualifies: bool) -> None:
    facts = {"ordinary_workers_registered": registered, "ordinary_workers_total": 100}
    evaluation = run("sichuan_2018", produced_in_aid_county=True, **facts)
    assert evaluation.passed is qualifies


def test_sichuan_takes_raw_material_from_poor_areas_in_place_of_the_origin() -> None:
    workers: dict[str, FactValue] = {"ordinary_workers_registered": 30, "ordinary_workers_total": 100}
    assert run("sichuan_2018", produced_in_aid_county=False, material_from_aid_county=True, **workers).passed
    refused = run("sichuan_2018", produced_in_aid_county=False, material_from_aid_county=False, **workers)
    assert refused.failed == ("产品或原料来自贫困地区",)


@pytest.mark.parametrize(("value_fen", "qualifies"), [(50_000_000, True), (49_999_999, False)])
def test_the_association_asks_for_half_a_million_yuan_per_product(value_fen: int, qualifies: bool) -> None:
    papers = (*BASICS, "supply_plan", "traceability", "after_sales")
    evaluation = run("assoc_2024", documents=papers, commodity_value_fen=value_fen)
    assert evaluation.passed is qualifies
    assert evaluation.conditions[0].threshold == "≥50万元"


@pytest.mark.parametrize("missing", [*BASICS, "supply_plan", "traceability", "after_sales"])
def test_the_association_asks_for_every_paper(missing: str) -> None:
    papers = {*BASICS, "supply_plan", "traceability", "after_sales"} - {missing}
    evaluation = run("assoc_2024", documents=tuple(papers), commodity_value_fen=50_000_000)
    assert len(evaluation.failed) == 1
    assert not evaluation.passed


@pytest.mark.parametrize("mode", ["employment", "share_dividend", "contract_purchase"])
def test_shangnan_takes_any_of_three_kinds_of_income(mode: str) -> None:
    facts: dict[str, FactValue] = {"entity_kind": "family_farm", "production_area": "611023102"}
    assert run("shangnan_2021", benefit_modes=frozenset({mode}), **facts).passed
    assert run("shangnan_2021", benefit_modes=frozenset(), **facts).failed == ("带贫方式之一",)


def test_shangnan_refuses_single_households_and_goods_of_another_county() -> None:
    modes = frozenset({"employment"})
    person = run(
        "shangnan_2021", benefit_modes=modes, entity_kind="individual_business", production_area="611023"
    )
    assert person.failed == ("具有法人资格的企业、合作社、村集体经济组织、家庭农场",)
    away = run("shangnan_2021", benefit_modes=modes, entity_kind="cooperative", production_area="611024")
    assert away.failed == ("原料或生产在本县",)


@pytest.mark.parametrize(
    ("code", "fact"),
    [
        ("chongqing_2020", {"produced_in_aid_county": True}),
        ("yunnan_2020", {"produced_in_aid_county": True, "legal_person": True}),
        ("platform_832_2020", {"produced_in_aid_county": True, "registered_in_832_county": True}),
    ],
)
def test_conditions_of_place_and_person_must_all_hold(code: str, fact: dict[str, bool]) -> None:
    assert run(code, **fact).passed
    for name in fact:
        assert not run(code, **(fact | {name: False})).passed
        assert not run(code, **{k: v for k, v in fact.items() if k != name}).passed


def test_a_trading_firm_is_no_supplier_of_the_832_platform_itself() -> None:
    facts: dict[str, FactValue] = {"registered_in_832_county": True, "produced_in_aid_county": True}
    assert run("platform_832_2022", entity_kind="cooperative", **facts).passed
    assert not run("platform_832_2022", entity_kind="trading_agent", **facts).passed


def test_the_nation_asks_for_legal_person_mechanism_quality_and_price_together() -> None:
    assert run("national_2020", documents=BASICS, legal_person=True).passed
    assert run("national_2020", documents=BASICS, legal_person=False).failed == ("具有法人资格",)
    for paper in BASICS:
        papers = tuple(set(BASICS) - {paper})
        assert len(run("national_2020", documents=papers, legal_person=True).failed) == 1


def test_every_published_row_is_a_rule_except_the_definition_of_channels() -> None:
    with ROWS.open(encoding="utf-8-sig", newline="") as rows:
        published = {int(row["序号"]): row for row in csv.DictReader(rows)}
    covered = [row for found in rule_sets() for row in found.rows]
    assert sorted(covered) == sorted(set(published) - {12})
    assert published[12]["条件类别"] == "渠道"


def test_rules_of_the_nation_come_before_those_of_the_place_and_only_while_in_force() -> None:
    def codes(scheme: str, area: str, day: date) -> list[str]:
        return [found.code for found in rule_sets_for(scheme, area, day)]

    assert codes("provincial", "450922", date(2020, 5, 27)) == ["aid_product_basics", "guangxi_2020"]
    assert codes("provincial", "450922", date(2020, 5, 26)) == ["aid_product_basics"]
    assert codes("national_2020", "611023", date(2021, 1, 1)) == ["national_2020", "shangnan_2021"]
    assert codes("national_2020", "611023", date(2020, 12, 31)) == ["national_2020"]
    assert codes("national_2020", "500101", date(2020, 4, 22)) == ["national_early_2020", "chongqing_2020"]
    assert codes("national_2020", "500101", date(2020, 4, 23)) == ["national_2020", "chongqing_2020"]
    assert codes("platform_832", "450922", date(2022, 11, 30)) == ["platform_832_2020"]
    assert codes("platform_832", "450922", date(2022, 12, 1)) == ["platform_832_2022"]
    assert codes("national_2020", "450922", date(2019, 12, 31)) == []


def test_the_place_may_set_its_own_validity_and_notice() -> None:
    guangxi = rule_sets_for("provincial", "450922", date(2020, 6, 1))
    assert validity_months_for(scheme_of("provincial"), guangxi) == 24
    shangnan = rule_sets_for("national_2020", "611023", date(2021, 2, 1))
    terms = notice_terms_for(scheme_of("national_2020"), shangnan)
    assert terms is not None
    assert terms.levels == ("village", "town", "county")
    assert notice_terms_for(scheme_of("platform_832"), ()) is None
    assert validity_months_for(scheme_of("vegetable_basket"), ()) == 36


def test_all_governing_sets_are_evaluated() -> None:
    governing = rule_sets_for("provincial", "450922", date(2020, 6, 1))
    facts = DeclaredFacts(
        {"product_name": "百香果", "workers_registered": 30, "workers_total": 400}, frozenset(BASICS)
    )
    assert [(e.rule_set, e.passed) for e in evaluate_all(governing, facts)] == [
        ("aid_product_basics", True),
        ("guangxi_2020", True),
    ]


def test_an_evaluation_is_plain_json() -> None:
    frozen = run("chongqing_2020", produced_in_aid_county=False).as_json()
    assert frozen == {
        "rule_set": "chongqing_2020",
        "title": "重庆市扶贫产品认定管理试行办法(2020-04-12)",
        "passed": False,
        "failed": ["在33个有扶贫开发任务的区县生产、加工、销售"],
        "conditions": [
            {
                "code": "aid_county",
                "title": "在33个有扶贫开发任务的区县生产、加工、销售",
                "passed": False,
                "value": "否",
                "threshold": "是",
                "reason": "不符合",
                "said": {
                    "value": {"code": "no", "titles": {}, "figures": {}},
                    "threshold": {"code": "yes", "titles": {}, "figures": {}},
                    "reason": {"code": "not_met", "titles": {}, "figures": {}},
                },
            }
        ],
    }


def test_what_was_said_reads_back_and_translates_its_titles_but_not_its_figures() -> None:
    result = run("guangxi_2020", product_name="米酒").conditions[-1]
    reason = said_of(result.said_reason.as_json())
    assert reason.told() == result.reason == "属于负面清单:酒"
    english = {"属于负面清单:{title}": "on the list: {title}", "酒": "alcohol"}
    assert reason.told(english.__getitem__) == "on the list: alcohol"
    assert said_of(result.said_value.as_json()).told(english.__getitem__) == "米酒"


def test_declared_facts_are_read_by_kind_and_written_back_the_same() -> None:
    raw = {
        "workers_total": 300,
        "land_total_mu": "49.9",
        "material_total_qty": 5,
        "legal_person": True,
        "benefit_modes": ["land_transfer", "employment"],
        "production_area": "450922",
        "product_name": "百香果",
        "shareholders_total": None,
    }
    values, problems = read_facts(raw)
    assert problems == []
    assert values["land_total_mu"] == Decimal("49.9")
    assert write_facts(values) == {
        "benefit_modes": ["employment", "land_transfer"],
        "land_total_mu": "49.9",
        "legal_person": True,
        "material_total_qty": "5",
        "product_name": "百香果",
        "production_area": "450922",
        "workers_total": 300,
    }
    assert read_facts(write_facts(values)) == (values, [])


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("workers", 3, "fact_unknown"),
        ("workers_total", -1, "fact_kind"),
        ("workers_total", 3.0, "fact_kind"),
        ("workers_total", True, "fact_kind"),
        ("workers_total", 10**13, "fact_kind"),
        ("land_total_mu", 49.9, "fact_kind"),
        ("land_total_mu", "NaN", "fact_kind"),
        ("land_total_mu", "1e9", "fact_kind"),
        ("land_total_mu", "49.9999", "fact_kind"),
        ("land_total_mu", "٤٩", "fact_kind"),
        ("production_area", "4509", "fact_kind"),
        ("legal_person", "是", "fact_kind"),
        ("benefit_modes", "employment", "fact_kind"),
        ("benefit_modes", [1], "fact_kind"),
        ("product_name", "", "fact_kind"),
        ("entity_kind", "Cooperative!", "fact_kind"),
    ],
)
def test_a_declared_fact_that_does_not_fit_is_refused_by_name(name: str, value: object, code: str) -> None:
    values, problems = read_facts({name: value})
    assert values == {}
    assert [(problem.pointer, problem.code) for problem in problems] == [(f"/facts/{name}", code)]
