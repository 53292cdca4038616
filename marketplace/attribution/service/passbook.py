"""A household's passbook (存折式对账单): every closed month and agreement, its benefit, and the sale groups behind it.

Read as an official's full read of a household is: with a purpose, counted, recorded (docs/rules.md, "Passbook").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, func, select, tuple_
from sqlalchemy.orm import Session

from marketplace.attribution.models import AgreementStatement, Entry, HouseholdStatement
from marketplace.beneficiaries.linkage import linkage_mode
from marketplace.beneficiaries.models import Agreement, AgreementVersion, RosterShare
from marketplace.beneficiaries.service import masked
from marketplace.core.actor import Actor
from marketplace.producers.models import Producer

ACTION: Final = "attribution.passbook.read"
Key = tuple[str, int, str]
"""Month of the books, agreement version, month it belongs to."""


@dataclass(frozen=True)
class SaleGroup:
    """Sales of one product behind a line: order lines, fen, thousandths of a piece, benefit of the whole roster (fen)."""

    product_name: str
    lines: int
    sale_fen: int
    quantity_milli: int
    benefit_fen: int


@dataclass(frozen=True)
class PassbookLine:
    """What a close gave the household under an agreement version for a month (a difference when it adjusts one closed before).

    `pool_fen` is what the close added for the whole roster and the collective together; `accrued_fen` the part of it that needs
    no sale; `balance_fen` the household's running total.
    """

    period: str
    earned_period: str
    agreement: str
    title: str
    version: int
    mode: str
    mode_title: str
    producer_name: str
    shares: int
    shares_total: int
    share_unit: str
    benefit_fen: int
    balance_fen: int
    pool_fen: int
    village_fen: int
    accrued_fen: int
    groups: list[SaleGroup]


@dataclass(frozen=True)
class Passbook:
    """Lines by month, agreement and month they belong to; `total_fen` is their sum."""

    household_no: int
    area_code: str
    head_name: str | None
    is_demo: bool
    lines: list[PassbookLine]
    total_fen: int


def passbook(session: Session, actor: Actor, household_no: int, purpose: str) -> Passbook:
    """The passbook of a household with its head's full name.

    Needs ``beneficiaries.read_personal`` over the household's village. Raises NotFound, Forbidden, TooManyRequests.
    """
    household, name = masked.read_head(session, actor, household_no, purpose, ACTION)
    rows = _statements(session, household_no)
    groups = _groups(session, [(row[0].period, row[0].version_no, row[0].earned_period) for row in rows])
    lines = []
    balance = 0
    for own, whole, version, agreement, producer_name, shares in rows:
        balance += own.benefit_fen
        behind = groups[own.period, own.version_no, own.earned_period]
        lines.append(
            PassbookLine(
                period=own.period,
                earned_period=own.earned_period,
                agreement=agreement.number,
                title=agreement.title,
                version=version.version,
                mode=version.mode,
                mode_title=linkage_mode(version.mode).title_zh,
                producer_name=producer_name,
                shares=shares,
                shares_total=version.shares_total,
                share_unit=version.share_unit,
                benefit_fen=own.benefit_fen,
                balance_fen=balance,
                pool_fen=whole.pool_fen,
                village_fen=whole.village_fen,
                accrued_fen=whole.pool_fen - sum(group.benefit_fen for group in behind),
                groups=behind,
            )
        )
    return Passbook(household_no, household.area_code, name, household.is_demo, lines, balance)


def _statements(session: Session, household_no: int) -> Sequence[Any]:
    """Rows of (household's statement, agreement's, version, agreement, producer's name, household's parts)."""
    return session.execute(
        select(
            HouseholdStatement,
            AgreementStatement,
            AgreementVersion,
            Agreement,
            Producer.name,
            RosterShare.shares,
        )
        .join(
            AgreementStatement,
            and_(
                AgreementStatement.period == HouseholdStatement.period,
                AgreementStatement.version_no == HouseholdStatement.version_no,
                AgreementStatement.earned_period == HouseholdStatement.earned_period,
            ),
        )
        .join(AgreementVersion, AgreementVersion.version_no == HouseholdStatement.version_no)
        .join(Agreement, Agreement.id == AgreementVersion.agreement_id)
        .join(Producer, Producer.id == Agreement.producer_id)
        .join(
            RosterShare,
            and_(
                RosterShare.version_id == AgreementVersion.id,
                RosterShare.household_no == HouseholdStatement.household_no,
            ),
        )
        .where(HouseholdStatement.household_no == household_no)
        .order_by(HouseholdStatement.period, HouseholdStatement.version_no, HouseholdStatement.earned_period)
    ).all()


def _groups(session: Session, keys: Sequence[Key]) -> dict[Key, list[SaleGroup]]:
    """The entries behind statements, by product as it was called when it was sold."""
    earned = func.coalesce(Entry.adjusts_period, Entry.period)
    found: dict[Key, list[SaleGroup]] = defaultdict(list)
    if not keys:
        return found
    rows = session.execute(
        select(
            Entry.period,
            Entry.version_no,
            earned,
            Entry.product_name,
            func.count(Entry.line_id.distinct()),
            func.sum(Entry.sale_fen),
            func.sum(Entry.quantity_milli),
            func.sum(Entry.benefit_fen),
        )
        .where(tuple_(Entry.version_no, Entry.period).in_({(no, period) for period, no, _ in keys}))
        .group_by(Entry.period, Entry.version_no, earned, Entry.product_id, Entry.product_name)
        .order_by(Entry.period, Entry.version_no, earned, Entry.product_name, Entry.product_id)
    )
    for period, version_no, month, name, lines, sale, quantity, benefit in rows:
        found[period, version_no, month].append(
            SaleGroup(name, lines, int(sale), int(quantity), int(benefit))
        )
    return found
