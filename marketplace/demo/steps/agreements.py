"""Linkage agreements of every mode: drafted by the producer, submitted, approved by the county, in force from 1 January 2020."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from marketplace.beneficiaries.service.agreements import NewVersion, create_agreement, draft_version
from marketplace.beneficiaries.service.coverage import Coverage
from marketplace.beneficiaries.service.decisions import approve_version, submit_version
from marketplace.core.clock import shanghai
from marketplace.demo.context import Demo, at, chunks
from marketplace.demo.invented.draw import MARK
from marketplace.demo.world.linkage import PlannedAgreement

DRAFTED: Final = shanghai(2019, 12, 2, 9)
APPROVED: Final = shanghai(2019, 12, 16, 15)
IN_FORCE: Final = date(2020, 1, 1)


def build(demo: Demo) -> None:
    """Make every agreement of the plan; fills `Demo.agreements` with their numbers."""
    for some in chunks(demo.world.agreements):
        with at(DRAFTED) as session:
            for planned in some:
                demo.agreements[planned.key] = _draft(demo, session, planned)
        with at(APPROVED) as session:
            for planned in some:
                approve_version(
                    session, demo.actors[f"decider|{planned.county}"], demo.agreements[planned.key], 1,
                    document_no=f"{MARK}〔2019〕{planned.county}号", opinion="条款、份额和花名册属实,同意",
                )  # fmt: skip
        demo.tick(len(some))


def _draft(demo: Demo, session: Session, planned: PlannedAgreement) -> str:
    """Draft and submit the first version; return the agreement's number."""
    producer = demo.actors[f"producer|{planned.producer_key}"]
    agreement = create_agreement(
        session, producer, producer_id=demo.producers[planned.producer_key], mode=planned.mode, title=planned.title,
        area_code=planned.county, collective_id=demo.collectives[planned.county] if planned.village_bp else None, is_demo=True,
    )  # fmt: skip
    new = NewVersion(
        terms=planned.terms,
        from_day=IN_FORCE,
        products=[_coverage(demo, planned, key) for key in planned.product_keys],
        roster=[(demo.households[key], parts) for key, parts in planned.roster],
        share_unit=planned.share_unit,
        village_bp=planned.village_bp,
    )
    draft_version(session, producer, agreement.number, new)
    submit_version(session, producer, agreement.number, 1)
    return agreement.number


def _coverage(demo: Demo, planned: PlannedAgreement, product_key: str) -> Coverage:
    if planned.basis == "default":
        return Coverage(demo.products[product_key], None)
    return Coverage(demo.products[product_key], planned.linked_bp, planned.basis, f"{MARK}:申报材料")
