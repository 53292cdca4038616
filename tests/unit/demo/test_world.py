"""The planned world is whole: everybody sells what exists, every mode and city occurs, and no real producer is harmed."""

from collections import Counter
from datetime import date

import pytest

from marketplace.beneficiaries.linkage import LINKAGE_MODES, linkage_mode
from marketplace.core import divisions
from marketplace.core.identifiers import parse_uscc
from marketplace.demo.invented.codes import is_demo_uscc
from marketplace.demo.invented.draw import MARK, Draw
from marketplace.demo.published.places import LISTED_ON
from marketplace.demo.world import plan
from marketplace.demo.world.buyers import guangdong_cities
from marketplace.demo.world.cases import CASES, NOT_ON_SALE
from marketplace.demo.world.deals import DEALS, UNIT, seller
from marketplace.demo.world.linkage import MODES, monthly_activity
from marketplace.demo.world.producers import UNCERTIFIED
from marketplace.demo.world.sales import SCENARIOS
from marketplace.demo.world.sites import PAIRED_PROVINCES


def test_161_published_and_134_invented_producers_list_284_published_products_beside_invented_ones():
    world = plan()
    assert Counter(one.is_invented for one in world.producers) == {False: 161, True: 134}
    products = world.products()
    assert Counter(one.published is None for one in products.values()) == {False: 284, True: 480}
    assert len({one.uscc for one in world.producers}) == len({one.name for one in world.producers}) == 295


def test_every_invented_name_and_code_is_marked():
    world = plan()
    assert all(MARK in one.name for one in world.producers if one.is_invented)
    assert all(MARK in one.name for one in world.buyers)
    assert all(MARK in one.name for one in world.sites)
    codes = [one.uscc for one in (*world.producers, *world.buyers) if one.uscc]
    assert len(codes) == len(set(codes))
    assert all(parse_uscc(code) == code and is_demo_uscc(code) for code in codes)


def test_adverse_cases_fall_on_invented_products_of_invented_producers_only():
    usual = ("certified", UNCERTIFIED)
    adverse = [
        (producer, one) for producer in plan().producers for one in producer.products if one.case not in usual
    ]
    assert {one.case for _, one in adverse} == set(CASES)
    assert all(producer.is_invented and one.published is None for producer, one in adverse)


def test_every_producer_stands_in_a_county_of_2020():
    for producer in plan().producers:
        assert divisions.get(producer.county, LISTED_ON)
        assert divisions.level_of(producer.county) == "county" or producer.county in ("441900", "442000")
        assert all(product.origin_area == producer.county for product in producer.products)


def test_every_city_has_every_kind_of_site_and_every_product_is_on_sale():
    world = plan()
    assert Counter(one.kind for one in world.sites if one.area in guangdong_cities()) == dict.fromkeys(
        ("counter", "hall_offline", "zone", "platform_832"), 21
    ) | {"hall_online": 14}
    assert sum(one.site_kind == "innovation_base" for one in world.sites) == 16
    assert {one.area[:2] for one in world.sites if one.kind == "hall_online"} == {*PAIRED_PROVINCES, "44"}
    assert len({one.serial for one in world.sites}) == len(world.sites)
    assert {key for one in world.sites for key in one.product_keys} == set(world.products())


def test_every_linkage_mode_occurs_with_terms_that_its_module_accepts():
    agreements = plan().agreements
    assert {one.mode for one in agreements} == set(MODES) == {mode.code for mode in LINKAGE_MODES}
    for one in agreements:
        assert linkage_mode(one.mode).parse_terms(dict(one.terms))
        assert {field.key for field in linkage_mode(one.mode).activity} >= set(
            monthly_activity(Draw(), one, 6)
        )


def test_what_agreements_stand_for_never_exceeds_a_product_s_sales():
    linked = Counter()
    for one in plan().agreements:
        for key in one.product_keys:
            linked[key] += one.linked_bp
    assert max(linked.values()) <= 9_000


def test_a_roster_holds_households_of_the_producer_s_county_once_each():
    world = plan()
    keys = {county: {home.key for home in homes} for county, homes in world.homes.items()}
    for one in world.agreements:
        members = [key for key, _ in one.roster]
        assert len(members) == len(set(members)) >= 12
        assert set(members) <= keys[one.county]
        assert all(parts >= 1 for _, parts in one.roster)


def test_the_year_holds_over_6000_order_lines_in_every_month_and_scenario():
    orders = plan().orders
    assert len(orders) == 1_200
    assert sum(len(one.lines) for one in orders) == 6_140
    assert {one.placed_on.month for one in orders} == set(range(1, 13))
    assert {one.scenario for one in orders} == set(SCENARIOS)
    assert sum(SCENARIOS.values()) == 10_000
    assert [one.serial for one in orders] == list(range(1_200))
    assert orders == tuple(sorted(orders, key=lambda one: one.placed_on))


def test_an_order_takes_only_what_its_site_lists_from_its_one_producer():
    world = plan()
    sites = {one.key: set(one.product_keys) for one in world.sites}
    made_by = {product.key: one.key for one in world.producers for product in one.products}
    for one in world.orders:
        keys = [line.product_key for line in one.lines]
        assert set(keys) <= sites[one.site_key]
        assert {made_by[key] for key in keys} == {one.producer_key}
        assert len(keys) == len(set(keys))


def test_only_budget_units_and_unions_buy_on_the_832_platform_and_a_counter_is_paid_at_once():
    world = plan()
    kinds = {one.key: one.kind for one in world.buyers}
    at_832 = {kinds[one.buyer_key] for one in world.orders if one.site_key.endswith("platform_832")}
    assert at_832 == {"budget_unit", "union"}
    counter = [one for one in world.orders if one.site_key.endswith("counter")]
    assert {(one.scenario, one.pays_first) for one in counter} == {("complete", True)}
    assert all(one.delivered_on == one.placed_on for one in counter)


@pytest.mark.parametrize(("orders", "only"), [(1_200, ""), (60, "4414")])
def test_the_unit_that_one_logs_in_as_buys_from_the_producer_that_one_logs_in_as(orders, only):
    world = plan("2020", orders, only)
    assert len(world.orders) == orders
    deals = {one.deal: one for one in world.orders if one.deal}
    assert list(deals) == list(DEALS)
    assert {one.buyer_key for one in deals.values()} == {UNIT}
    assert {one.producer_key for one in deals.values()} == {seller(world.producers).key}
    assert all(one.placed_on == DEALS[name].placed_on for name, one in deals.items())


def test_the_buyers_of_all_21_cities_buy():
    world = plan()
    area = {one.key: one.fiscal_area or one.area for one in world.buyers}
    assert set(guangdong_cities()) <= {area[one.buyer_key] for one in world.orders}
    assert max(one.placed_on for one in world.orders) <= date(2020, 12, 31)


def test_the_same_seed_gives_the_same_world():
    plan.cache_clear()
    first = plan("7", 50)
    plan.cache_clear()
    assert plan("7", 50) == first != plan("8", 50)


def test_nobody_buys_a_product_while_its_certificate_is_suspended_or_revoked():
    for order in plan().orders:
        for line in order.lines:
            first, last = NOT_ON_SALE.get(line.product_key, (date.max, date.min))
            assert not first <= order.placed_on <= last
    assert set(NOT_ON_SALE) <= set(plan().products())


def test_uncertified_goods_are_in_no_agreement():
    world = plan()
    covered = {key for one in world.agreements for key in one.product_keys}
    assert covered == {key for key, product in world.products().items() if product.case != UNCERTIFIED}
