"""Certification level by level: applied for, reviewed, noticed, decided, filed and issued, and what goes wrong on the way.

Guangdong's products go the city's chain at the end of 2019, those of the west the national one from February 2020, when it
began.  Everything adverse falls on the invented products of `world/cases.py`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from marketplace.certification.rules.schemes import scheme_of
from marketplace.certification.service.applications import (
    Document,
    create_application,
    edit_application,
    withdraw_application,
)
from marketplace.certification.service.decisions import decide
from marketplace.certification.service.issue import issue_certificates
from marketplace.certification.service.notices import NoticeForm, publish_notice
from marketplace.certification.service.objections import raise_objection, resolve_objection
from marketplace.certification.service.submission import submit_application
from marketplace.core import divisions, files
from marketplace.core.actor import Actor
from marketplace.demo.context import Demo, on
from marketplace.demo.invented.draw import MARK
from marketplace.demo.published.names import simplified
from marketplace.demo.published.places import LISTED_ON
from marketplace.demo.steps.officials import city_of, province_of
from marketplace.demo.world.producers import PlannedProduct
from marketplace.producers.categories import suggest

#: Papers that every rule set of 2018–2020 asks for.
_PAPERS: Final = ("benefit_evidence", "quality_report", "price_statement")
#: state reached → the day on which it is, for each wave.
_OLD: Final = {
    "submitted": date(2018, 5, 7), "township_reviewed": date(2018, 5, 8), "sector_reviewed": date(2018, 5, 10),
    "county_proposed": date(2018, 5, 14), "in_public_notice": date(2018, 5, 15), "county_decided": date(2018, 5, 22),
    "city_reviewed": date(2018, 5, 24), "published": date(2018, 5, 28),
}  # fmt: skip
_LOCAL: Final = {
    "submitted": date(2019, 11, 4), "township_reviewed": date(2019, 11, 5), "sector_reviewed": date(2019, 11, 7),
    "county_proposed": date(2019, 11, 11), "in_public_notice": date(2019, 11, 12), "county_decided": date(2019, 11, 19),
    "city_reviewed": date(2019, 11, 21), "published": date(2019, 11, 25),
}  # fmt: skip
_NATIONAL: Final = {
    "submitted": date(2020, 2, 17), "township_reviewed": date(2020, 2, 18), "sector_reviewed": date(2020, 2, 20),
    "county_proposed": date(2020, 2, 24), "in_public_notice": date(2020, 2, 25), "county_decided": date(2020, 3, 3),
    "city_reviewed": date(2020, 3, 6), "province_rechecked": date(2020, 3, 12), "record_filing": date(2020, 3, 18),
    "published": date(2020, 3, 25),
}  # fmt: skip
#: A product sent back for correction goes the chain again a week later; a renewal is applied for in the last 90 days.
_AGAIN: Final = {
    "submitted": date(2019, 11, 18), "township_reviewed": date(2019, 11, 19), "sector_reviewed": date(2019, 11, 21),
    "county_proposed": date(2019, 11, 25), "in_public_notice": date(2019, 11, 26), "county_decided": date(2019, 12, 3),
    "city_reviewed": date(2019, 12, 5), "published": date(2019, 12, 9),
}  # fmt: skip
_RENEWAL: Final = {
    "submitted": date(2020, 3, 9), "township_reviewed": date(2020, 3, 10), "sector_reviewed": date(2020, 3, 12),
    "county_proposed": date(2020, 3, 16), "in_public_notice": date(2020, 3, 17), "county_decided": date(2020, 3, 24),
    "city_reviewed": date(2020, 3, 26), "published": date(2020, 3, 30),
}  # fmt: skip
_OPINIONS: Final = {
    "township_reviewed": "材料齐全,情况属实", "sector_reviewed": "质量和价格符合要求", "county_proposed": "拟认定,提请公示",
    "county_decided": "公示无异议,予以认定", "city_reviewed": "审核同意", "province_rechecked": "复核同意",
    "record_filing": "予以备案", "published": "同意签发",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filed:
    """An application on its way: its number, where it is decided, whose it is."""

    number: str
    county: str
    product_key: str
    producer_key: str


def build(demo: Demo) -> None:
    """Take every product that may be certified through its chain; fills `Demo.certificates`."""
    _old_wave(demo)
    _local_wave(demo)
    _national_wave(demo)


def applied_for(product: PlannedProduct) -> bool:
    """Say whether a product is put forward at all: 烟, 酒 and farm supplies are on the negative list."""
    category = suggest(simplified(product.name)) or suggest(simplified(product.brand + product.name))
    return category is not None and category.negative is None


def _old_wave(demo: Demo) -> None:
    products = [
        product for product in demo.world.products().values() if product.case in ("expired", "renewed")
    ]
    filed = _file(demo, "city_local", products, _OLD["submitted"])
    _carry(demo, "city_local", list(filed.values()), _OLD)
    renewed = [product for product in products if product.case == "renewed"]
    again = _file(demo, "city_local", renewed, _RENEWAL["submitted"], renewing=True)
    _carry(demo, "city_local", list(again.values()), _RENEWAL)


def _local_wave(demo: Demo) -> None:
    products = [
        product
        for product in demo.world.products().values()
        if product.origin_area.startswith("44")
        and applied_for(product)
        and product.case not in ("expired", "renewed")
    ]
    filed = _file(demo, "city_local", products, _LOCAL["submitted"])
    by_case = {product.case: filed[product.key] for product in products if product.case != "certified"}
    held_back = {"returned", "rejected", "objection_upheld"}
    smooth = [filed[product.key] for product in products if product.case not in held_back]
    _carry(
        demo,
        "city_local",
        [*smooth, by_case["rejected"], by_case["objection_upheld"]],
        _LOCAL,
        until="sector_reviewed",
    )
    _adverse_review(demo, by_case)
    _carry(
        demo,
        "city_local",
        [*smooth, by_case["objection_upheld"]],
        _LOCAL,
        since="county_proposed",
        until="in_public_notice",
    )
    _objections(demo, by_case)
    _carry(demo, "city_local", smooth, _LOCAL, since="county_decided")
    with on(_AGAIN["submitted"]) as session:
        submit_application(session, _applicant(demo, by_case["returned"]), by_case["returned"].number)
    _carry(demo, "city_local", [by_case["returned"]], _AGAIN)


def _national_wave(demo: Demo) -> None:
    products = [
        product
        for product in demo.world.products().values()
        if not product.origin_area.startswith("44") and applied_for(product)
    ]
    filed = _file(demo, "national_2020", products, _NATIONAL["submitted"])
    withdrawn = {filed[product.key].number for product in products if product.case == "withdrawn"}
    with on(_NATIONAL["submitted"], 16) as session:
        for one in filed.values():
            if one.number in withdrawn:
                withdraw_application(session, _applicant(demo, one), one.number, "产能不足,自行撤回")
    going = [one for one in filed.values() if one.number not in withdrawn]
    _carry(demo, "national_2020", going, _NATIONAL)


def _file(
    demo: Demo, scheme: str, products: Sequence[PlannedProduct], day: date, *, renewing: bool = False
) -> dict[str, Filed]:
    """Apply for every product with its papers and submit; return the applications by product key."""
    owner = {product.key: producer for producer in demo.world.producers for product in producer.products}
    papers: dict[str, uuid.UUID] = {}
    filed: dict[str, Filed] = {}
    with on(day) as session:
        for product in products:
            producer = owner[product.key]
            applicant = demo.actors[f"producer|{producer.key}"]
            if producer.key not in papers:
                papers[producer.key] = _store_papers(demo, session, applicant, producer.key)
            application = create_application(
                session,
                applicant,
                scheme=scheme,
                product_id=demo.products[product.key],
                facts=_facts(product),
                documents=[Document(code, papers[producer.key]) for code in _PAPERS],
                kind="renewal" if renewing else "new",
                certificate_id=demo.certificates[product.key] if renewing else None,
            )
            submit_application(session, applicant, application.number)
            filed[product.key] = Filed(application.number, product.origin_area, product.key, producer.key)
    demo.tick(len(products))
    return filed


def _store_papers(demo: Demo, session: Session, applicant: Actor, producer_key: str) -> uuid.UUID:
    text = f"{MARK}\n{producer_key}\n带贫佐证材料、检测报告、价格说明(演示用,非真实材料)\n"
    owner = demo.organisations[producer_key]
    return files.store(session, applicant, name="申报材料.txt", content=text.encode(), owner_id=owner).id


def _facts(product: PlannedProduct) -> dict[str, object]:
    """What the application declares: published households where there are any, else invented ones."""
    was = product.published.helped if product.published is not None else None
    households = was.households.value if was is not None and was.households is not None else 40
    return {
        "legal_person": True,
        "produced_in_aid_county": True,
        "workers_total": 60,
        "workers_registered": 18,
        "households_helped": households,
        "persons_helped": was.persons.value
        if was is not None and was.persons is not None
        else households * 3,
    }


def _carry(
    demo: Demo,
    scheme: str,
    filed: Sequence[Filed],
    days: Mapping[str, date],
    *,
    since: str | None = None,
    until: str | None = None,
) -> None:
    """Take applications through the scheme's steps from `since` to `until` (both included), each step on its day."""
    states = [step.state for step in scheme_of(scheme).steps]
    first = states.index(since) if since else 0
    last = states.index(until) if until else len(states) - 1
    for state in states[first : last + 1]:
        with on(days[state], 10) as session:
            for office, some in _by_office(filed, scheme, state).items():
                _step(demo, session, scheme, state, demo.actors[office], some)
        demo.tick(len(filed))


def _by_office(filed: Sequence[Filed], scheme: str, state: str) -> dict[str, list[Filed]]:
    """Group applications by the person whose turn it is; a notice hangs in one county."""
    found: dict[str, list[Filed]] = {}
    for one in filed:
        found.setdefault(_officer(scheme, state, one.county), []).append(one)
    return found


def _officer(scheme: str, state: str, county: str) -> str:
    if state == "published":
        return f"issuer|{city_of(county)}" if scheme == "city_local" else "issuer|000000"
    return {
        "township_reviewed": f"township|{county}",
        "sector_reviewed": f"sector|{county}",
        "county_proposed": f"county|{county}",
        "in_public_notice": f"county|{county}",
        "county_decided": f"decider|{county}",
        "city_reviewed": f"city|{city_of(county)}",
        "province_rechecked": f"province|{province_of(county)}",
        "record_filing": "filer|000000",
    }[state]


def _step(
    demo: Demo, session: Session, scheme: str, state: str, officer: Actor, filed: Sequence[Filed]
) -> None:
    numbers = [one.number for one in filed]
    if state == "in_public_notice":
        notice = publish_notice(
            session,
            officer,
            numbers=numbers,
            level="county",
            area_code=filed[0].county,
            form=_form(filed[0].county),
        )
        demo.notices.update((one.number, notice.number) for one in filed)
    elif state == "published":
        certificates = issue_certificates(
            session, officer, numbers=numbers, batch=1, opinion=_OPINIONS[state]
        )
        by_product = {demo.products[one.product_key]: one.product_key for one in filed}
        demo.certificates.update((by_product[row.product_id], row.id) for row in certificates)
    else:
        decide(session, officer, numbers, "pass", _OPINIONS[state])


def _form(county: str) -> NoticeForm:
    place = divisions.name(county, LISTED_ON)
    return NoticeForm(
        title=f"{place}扶贫产品认定公示({MARK})",
        issuing_unit=f"{place}扶贫工作办公室({MARK})",
        receiving_unit=f"{place}扶贫工作办公室产业股({MARK})",
        telephone="000-12345678",
        document_no=f"{MARK}〔{county}〕1号",
    )


def _applicant(demo: Demo, one: Filed) -> Actor:
    return demo.actors[f"producer|{one.producer_key}"]


def _adverse_review(demo: Demo, by_case: Mapping[str, Filed]) -> None:
    """One application is sent back and corrected, one is turned down: both invented."""
    returned, rejected = by_case["returned"], by_case["rejected"]
    with on(_LOCAL["township_reviewed"], 15) as session:
        officer = demo.actors[f"township|{returned.county}"]
        decide(session, officer, [returned.number], "return", "缺少价格说明,请补正")
    with on(_LOCAL["county_proposed"], 9) as session:
        paper = _store_papers(demo, session, _applicant(demo, returned), returned.producer_key)
        edit_application(
            session, _applicant(demo, returned), returned.number,
            facts=_facts(demo.world.products()[returned.product_key]),
            documents=[Document(code, paper) for code in _PAPERS],
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
