"""What a village is told: counts for everybody, masked rows for the printed board while its notice lasts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.beneficiaries.linkage import linkage_mode
from marketplace.beneficiaries.models import (
    AgreementVersion,
    Household,
    HouseholdStatus,
    PaymentList,
    PaymentListRow,
    RosterShare,
)
from marketplace.beneficiaries.service.access import READ, village
from marketplace.beneficiaries.service.identity import HEAD_TABLE, opened
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.privacy import mask_name
from marketplace.core.scope import within_area

SMALLEST_PUBLIC_AREA = 6


@dataclass(frozen=True)
class VillageCount:
    """Distinct households in rosters in force, of one village. Shown through `core.privacy.public_count`
    only.
    """

    area_code: str
    households: int


@dataclass(frozen=True)
class BoardRow:
    """A line of the printed board: 张*, people, by which modes, how much was proven paid (fen)."""

    household_no: int
    head_name: str | None
    members: int
    modes: tuple[str, ...]
    paid_fen: int


def counts(session: Session, area: str, on: date) -> list[VillageCount]:
    """Households in force per village of a county (or smaller), by village code, never by size."""
    if len(area) < SMALLEST_PUBLIC_AREA or (area[4:6] == "00" and area[:4] not in ("4419", "4420")):
        raise Invalid("area", "请选择县(市、区)或更小的地区", pointer="area")
    rows = session.execute(
        sa.select(Household.area_code, sa.func.count(sa.distinct(Household.household_no)))
        .join(RosterShare, RosterShare.household_no == Household.household_no)
        .join(AgreementVersion, AgreementVersion.id == RosterShare.version_id)
        .where(within_area(Household.area_code, area), *_in_force(on))
        .group_by(Household.area_code)
        .order_by(Household.area_code)
    )
    return [VillageCount(code, found) for code, found in rows]


def board(
    session: Session, actor: Actor, area_code: str, *, paid_from: date, paid_to: date, notice_to: date
) -> list[BoardRow]:
    """Masked rows for the village's own board, by household number; `paid_from` … `paid_to` is half-open.

    Printed while the notice lasts: Conflict (`notice_ended`) after its last day `notice_to`. Each print
    is recorded.
    """
    actor.require(READ, area=village(area_code))
    if paid_to <= paid_from:
        raise Invalid("period", "统计区间应为起始日至之后的日期", pointer="paid_to")
    if today() > notice_to:
        raise Conflict("notice_ended", "公示期已结束,不再提供名单")
    paid = dict(
        session.execute(
            sa.select(PaymentListRow.household_no, sa.func.sum(PaymentListRow.amount_fen))
            .join(PaymentList, PaymentList.id == PaymentListRow.list_id)
            .join(Household, Household.household_no == PaymentListRow.household_no)
            .where(
                Household.area_code == area_code,
                PaymentList.paid_on >= paid_from,
                PaymentList.paid_on < paid_to,
            )
            .group_by(PaymentListRow.household_no)
        ).all()
    )
    modes: dict[int, set[str]] = defaultdict(set)
    found: dict[int, Any] = {}
    for row in session.execute(
        sa.select(Household, HouseholdStatus.members, AgreementVersion.mode)
        .join(RosterShare, RosterShare.household_no == Household.household_no)
        .join(AgreementVersion, AgreementVersion.id == RosterShare.version_id)
        .join(
            HouseholdStatus,
            sa.and_(
                HouseholdStatus.household_no == Household.household_no,
                HouseholdStatus.valid.contains(today()),
                HouseholdStatus.file_status != "removed",
            ),
        )
        .where(Household.area_code == area_code, *_in_force(today()))
    ):
        household, members, mode = row
        found[household.household_no] = (household, members)
        modes[household.household_no].add(linkage_mode(mode).title_zh)
    audit.record(
        session,
        actor,
        "beneficiaries.village.board",
        "village",
        area_code,
        area_code=area_code,
        detail={"rows": len(found), "notice_to": notice_to.isoformat()},
    )
    session.flush()
    return [
        BoardRow(
            household_no=number,
            head_name=_masked_name(household),
            members=members,
            modes=tuple(sorted(modes[number])),
            paid_fen=int(paid.get(number, 0)),
        )
        for number, (household, members) in sorted(found.items())
    ]


def _in_force(on: date) -> tuple[Any, ...]:
    return (AgreementVersion.state == "approved", AgreementVersion.valid.contains(on))


def _masked_name(household: Household) -> str | None:
    name = opened(HEAD_TABLE, "head_name_enc", household.id, household.head_name_enc)
    return None if name is None else mask_name(name)
