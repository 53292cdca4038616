"""Certification level by level: applied for, reviewed, noticed, decided, filed and issued, and what goes wrong on the way.

Guangdong's products go the city's chain at the end of 2019, those of the west the national one from February 2020, when it
began.  Everything adverse falls on the invented products of `world/cases.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from marketplace.certification.service.applications import Document, edit_application, withdraw_application
from marketplace.certification.service.decisions import decide
from marketplace.certification.service.objections import raise_objection, resolve_objection
from marketplace.certification.service.submission import submit_application
from marketplace.demo.context import Demo, on
from marketplace.demo.invented.draw import MARK
from marketplace.demo.published.names import simplified
from marketplace.demo.steps.certification.calendar import AGAIN, LOCAL, NATIONAL, OLD, RENEWAL
from marketplace.demo.steps.certification.chain import (
    PAPERS,
    Filed,
    applicant_of,
    carry,
    declared,
    file_all,
    store_papers,
)
from marketplace.demo.world.producers import UNCERTIFIED, PlannedProduct
from marketplace.producers.categories import suggest


def build(demo: Demo) -> None:
    """Take every product that may be certified through its chain; fills `Demo.certificates`."""
    _old_wave(demo)
    _local_wave(demo)
    _national_wave(demo)


def applied_for(product: PlannedProduct) -> bool:
    """Say whether a product is put forward at all: 烟, 酒 and farm supplies are on the negative list, some never apply."""
    if product.case == UNCERTIFIED:
        return False
    category = suggest(simplified(product.name)) or suggest(simplified(product.brand + product.name))
    return category is not None and category.negative is None


def _old_wave(demo: Demo) -> None:
    products = [
        product for product in demo.world.products().values() if product.case in ("expired", "renewed")
    ]
    filed = file_all(demo, "city_local", products, OLD["submitted"])
    carry(demo, "city_local", list(filed.values()), OLD)
    renewed = [product for product in products if product.case == "renewed"]
    again = file_all(demo, "city_local", renewed, RENEWAL["submitted"], renewing=True)
    carry(demo, "city_local", list(again.values()), RENEWAL)


def _local_wave(demo: Demo) -> None:
    products = [
        product
        for product in demo.world.products().values()
        if product.origin_area.startswith("44")
        and applied_for(product)
        and product.case not in ("expired", "renewed")
    ]
    filed = file_all(demo, "city_local", products, LOCAL["submitted"])
    by_case = {product.case: filed[product.key] for product in products if product.case != "certified"}
    held_back = {"returned", "rejected", "objection_upheld"}
    smooth = [filed[product.key] for product in products if product.case not in held_back]
    carry(
        demo,
        "city_local",
        [*smooth, by_case["rejected"], by_case["objection_upheld"]],
        LOCAL,
        until="sector_reviewed",
    )
    _adverse_review(demo, by_case)
    carry(
        demo,
        "city_local",
        [*smooth, by_case["objection_upheld"]],
        LOCAL,
        since="county_proposed",
        until="in_public_notice",
    )
    _objections(demo, by_case)
    carry(demo, "city_local", smooth, LOCAL, since="county_decided")
    with on(AGAIN["submitted"]) as session:
        submit_application(session, applicant_of(demo, by_case["returned"]), by_case["returned"].number)
    carry(demo, "city_local", [by_case["returned"]], AGAIN)


def _national_wave(demo: Demo) -> None:
    products = [
        product
        for product in demo.world.products().values()
        if not product.origin_area.startswith("44") and applied_for(product)
    ]
    filed = file_all(demo, "national_2020", products, NATIONAL["submitted"])
    withdrawn = {filed[product.key].number for product in products if product.case == "withdrawn"}
    with on(NATIONAL["submitted"], 16) as session:
        for one in filed.values():
            if one.number in withdrawn:
                withdraw_application(session, applicant_of(demo, one), one.number, "产能不足,自行撤回")
    going = [one for one in filed.values() if one.number not in withdrawn]
    carry(demo, "national_2020", going, NATIONAL)


def _adverse_review(demo: Demo, by_case: Mapping[str, Filed]) -> None:
    """One application is sent back and corrected, one is turned down: both invented."""
    returned, rejected = by_case["returned"], by_case["rejected"]
    with on(LOCAL["township_reviewed"], 15) as session:
        officer = demo.actors[f"township|{returned.county}"]
        decide(session, officer, [returned.number], "return", "缺少价格说明,请补正")
    with on(LOCAL["county_proposed"], 9) as session:
        paper = store_papers(demo, session, applicant_of(demo, returned), returned.producer_key)
        edit_application(
            session, applicant_of(demo, returned), returned.number,
            facts=declared(demo.world.products()[returned.product_key]),
            documents=[Document(code, paper) for code in PAPERS],
        )  # fmt: skip
        decide(
            session,
            demo.actors[f"county|{rejected.county}"],
            [rejected.number],
            "reject",
            "产地与申报不符,不予认定",
        )


def _objections(demo: Demo, by_case: Mapping[str, Filed]) -> None:
    """Two objections during the notice: one is dismissed and the notice goes on, one is upheld."""
    for case, outcome, words in (
        ("objection_dismissed", "dismissed", "经核查,异议不成立"),
        ("objection_upheld", "upheld", "经核查,带贫机制未落实"),
    ):
        one = by_case[case]
        with on(date(2019, 11, 14), 11) as session:
            objection = raise_objection(
                session, demo.notices[one.number], one.number, f"{MARK}:请核实带贫情况"
            )
            receipt = objection.receipt_no
        with on(date(2019, 11, 15), 11) as session:
            resolve_objection(
                session, demo.actors[f"decider|{one.county}"], receipt,
                outcome=outcome, resolution=words, consequence="rejected",
            )  # fmt: skip
