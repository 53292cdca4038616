"""Linkage agreements and their versions: drafted by the producer, approved by the county.

A version says everything at once (terms, products with their share of sales, roster) and is never edited:
a mistake is a new version. Approving one ends the version before it on the day on which the new one
begins.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from marketplace.beneficiaries.models import (
    Agreement,
    AgreementProduct,
    AgreementVersion,
    VillageCollective,
)
from marketplace.beneficiaries.rules import SHARE_UNITS, check_validity
from marketplace.beneficiaries.service.coverage import (
    Coverage,
    covered_products,
    mode_of,
    parse_terms,
)
from marketplace.beneficiaries.service.rosters import write_roster
from marketplace.beneficiaries.service.rosters_renewed import renewed
from marketplace.core import audit, divisions
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.ids import readable_number
from marketplace.core.scope import within_area
from marketplace.producers.models import Producer

DRAFT = "agreements.draft"
READ = "agreements.read"


@dataclass(frozen=True)
class NewVersion:
    """Everything a version says. Days are Shanghai days, `to_day` exclusive, None: until replaced.

    `roster` is the whole roster, or with `roster_of` (the number of an earlier version) what comes to that one's or has
    other parts, `left` the households that go. `rows`: where the lines of `roster` stand in a file, for what is said of them.
    """

    terms: Mapping[str, Any]
    from_day: date
    products: Sequence[Coverage]
    roster: Sequence[tuple[int, int]]
    share_unit: str
    to_day: date | None = None
    village_bp: int = 0
    document_no: str | None = None
    evidence_file_id: uuid.UUID | None = field(default=None)
    roster_of: int | None = None
    left: Sequence[int] = ()
    rows: Sequence[int] = ()


def create_agreement(
    session: Session,
    actor: Actor,
    *,
    producer_id: uuid.UUID,
    mode: str,
    title: str,
    area_code: str,
    collective_id: uuid.UUID | None = None,
    is_demo: bool = False,
) -> Agreement:
    """Open an agreement of a producer with households of one county, without any version yet.

    `area_code` is the county that approves (a city where it has none). Raises Invalid, Forbidden, NotFound.
    """
    producer = session.get(Producer, producer_id)
    if producer is None:
        raise NotFound()
    actor.require(DRAFT, area=producer.production_area, owners=(producer.organisation_id,))
    mode_of(mode)
    if len(area_code) != 6 or divisions.level_of(area_code) not in ("county", "city"):
        raise Invalid("area", "审定地区应为县(市、区)代码", pointer="area_code")
    if collective_id is not None:
        _require_collective(session, collective_id, area_code)
    row = Agreement(
        number=readable_number("L"),
        producer_id=producer_id,
        mode=mode,
        title=title,
        area_code=area_code,
        collective_id=collective_id,
        is_demo=is_demo,
        created_by=actor.audit_id,
        created_at=utcnow(),
    )
    session.add(row)
    session.flush()
    audit.record(
        session, actor, "beneficiaries.agreement.create", "agreement", row.number, area_code=area_code
    )
    return row


def draft_version(session: Session, actor: Actor, number: str, new: NewVersion) -> AgreementVersion:
    """Write a version as draft, with its products and roster. Nothing counts by it until it is approved.

    Raises Invalid or InvalidMany for terms, products or roster that break a rule.
    """
    agreement = lock_agreement(session, actor, number, DRAFT)
    mode = mode_of(agreement.mode)
    terms = parse_terms(mode, new.terms)
    check_validity(new.from_day, new.to_day)
    _check_sharing(agreement, new)
    products = covered_products(session, agreement, mode, new.products)
    roster = renewed(session, agreement, new.roster, roster_of=new.roster_of, left=new.left, rows=new.rows)
    if not roster and new.village_bp != 10_000:
        raise Invalid("roster_empty", "花名册不能为空", pointer="roster")
    latest = session.scalar(
        sa.select(sa.func.max(AgreementVersion.version)).where(AgreementVersion.agreement_id == agreement.id)
    )
    version = AgreementVersion(
        agreement_id=agreement.id,
        agreement_no=agreement.agreement_no,
        version=(latest or 0) + 1,
        mode=mode.code,
        terms=terms,
        valid=Range(new.from_day, new.to_day),
        document_no=new.document_no,
        evidence_file_id=new.evidence_file_id,
        share_unit=new.share_unit,
        village_bp=new.village_bp,
        created_by=actor.audit_id,
        created_at=utcnow(),
    )
    session.add(version)
    session.flush()
    session.add_all(
        AgreementProduct(
            version_id=version.id,
            product_id=one.product_id,
            linked_bp=one.linked_bp,
            basis=one.basis,
            evidence=one.evidence,
        )
        for one in products
    )
    write_roster(session, agreement, version, roster)
    session.flush()
    audit.record(
        session,
        actor,
        "beneficiaries.agreement.draft",
        "agreement",
        number,
        area_code=agreement.area_code,
        detail={"version": version.version, "households": version.households},
    )
    return version


def lock_agreement(session: Session, actor: Actor, number: str, permission: str) -> Agreement:
    """The agreement, locked; NotFound when there is none or the actor may not know of it, Forbidden to
    change it.
    """
    row = session.execute(
        sa.select(Agreement, Producer)
        .join(Producer, Producer.id == Agreement.producer_id)
        .where(Agreement.number == number)
        .with_for_update(of=Agreement)
    ).one_or_none()
    if row is None:
        raise NotFound()
    agreement, producer = row
    owners = (producer.organisation_id,)
    areas = (agreement.area_code, producer.production_area)
    if not any(actor.may_on(permission, area=area, owners=owners) for area in areas):
        actor.require_visible(READ, area=agreement.area_code, owners=owners)
        actor.require(permission, area=agreement.area_code, owners=owners)
    return agreement


def _check_sharing(agreement: Agreement, new: NewVersion) -> None:
    if new.share_unit not in SHARE_UNITS:
        raise Invalid("share_unit", f"份额单位应为{'、'.join(SHARE_UNITS)}之一", pointer="share_unit")
    if not 0 <= new.village_bp <= 10_000:
        raise Invalid("village_bp", "村集体留存比例应为0至10000", pointer="village_bp")
    if new.village_bp and agreement.collective_id is None:
        raise Invalid("village_bp", "协议未约定村集体,不能留存", pointer="village_bp")


def _require_collective(session: Session, collective_id: uuid.UUID, area_code: str) -> None:
    known = session.scalar(
        sa.select(VillageCollective.id).where(
            VillageCollective.id == collective_id, within_area(VillageCollective.area_code, area_code)
        )
    )
    if known is None:
        raise Invalid("collective", "村集体不在审定地区内", pointer="collective_id")
