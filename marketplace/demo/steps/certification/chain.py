"""One wave of applications through its scheme's chain: filed with papers, then taken from office to office on set days."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from marketplace.certification.rules.schemes import scheme_of
from marketplace.certification.service.applications import Document, create_application
from marketplace.certification.service.decisions import decide
from marketplace.certification.service.issue import issue_certificates
from marketplace.certification.service.notices import NoticeForm, publish_notice
from marketplace.certification.service.submission import submit_application
from marketplace.core import divisions, files
from marketplace.core.actor import Actor
from marketplace.demo.context import Demo, on
from marketplace.demo.invented.draw import MARK
from marketplace.demo.published.places import LISTED_ON
from marketplace.demo.steps.officials import city_of, province_of
from marketplace.demo.world.producers import PlannedProduct

#: Papers that every rule set of 2018–2020 asks for.
PAPERS: Final = ("benefit_evidence", "quality_report", "price_statement")
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


def file_all(
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
                papers[producer.key] = store_papers(demo, session, applicant, producer.key)
            application = create_application(
                session,
                applicant,
                scheme=scheme,
                product_id=demo.products[product.key],
                facts=declared(product),
                documents=[Document(code, papers[producer.key]) for code in PAPERS],
                kind="renewal" if renewing else "new",
                certificate_id=demo.certificates[product.key] if renewing else None,
            )
            submit_application(session, applicant, application.number)
            filed[product.key] = Filed(application.number, product.origin_area, product.key, producer.key)
    demo.tick(len(products))
    return filed


def store_papers(demo: Demo, session: Session, applicant: Actor, producer_key: str) -> uuid.UUID:
    """Store one file that stands for all the papers of a producer's applications, and say so in it."""
    text = f"{MARK}\n{producer_key}\n带贫佐证材料、检测报告、价格说明(演示用,非真实材料)\n"
    owner = demo.organisations[producer_key]
    return files.store(session, applicant, name="申报材料.txt", content=text.encode(), owner_id=owner).id


def declared(product: PlannedProduct) -> dict[str, object]:
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


def carry(
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


def applicant_of(demo: Demo, one: Filed) -> Actor:
    """Return the clerk of the producer that filed an application."""
    return demo.actors[f"producer|{one.producer_key}"]
