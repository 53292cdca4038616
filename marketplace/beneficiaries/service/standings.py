"""Households and persons of a set, by what they were on a day: the 其中 columns of reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.beneficiaries.models import Household, HouseholdStatus


@dataclass(frozen=True, slots=True)
class StandingCount:
    """Households and persons of one kind. `monitored` says whether they are watched (监测中) besides
    their file status.

    Two file standards are never summed in one column (国家建档立卡, 广东相对贫困).
    """

    file_standard: str
    file_status: str
    monitored: bool
    households: int
    persons: int
    labour: int


def count_standings(session: Session, household_nos: Any, on: date) -> list[StandingCount]:
    """Counts of the households (a BitMap or any iterable of numbers) by standing on the Shanghai day `on`.

    Persons are those of that day, not of registration. A household whose history begins later is not counted.
    """
    wanted = sa.func.unnest(sa.literal(list(household_nos), sa.ARRAY(sa.BigInteger))).column_valued("wanted")
    monitored = HouseholdStatus.monitor_status == "active"
    rows = session.execute(
        sa.select(
            Household.file_standard,
            HouseholdStatus.file_status,
            monitored,
            sa.func.count(),
            sa.func.sum(HouseholdStatus.members),
            sa.func.sum(HouseholdStatus.labour),
        )
        .join(Household, Household.household_no == HouseholdStatus.household_no)
        .where(HouseholdStatus.household_no.in_(sa.select(wanted)), HouseholdStatus.valid.contains(on))
        .group_by(Household.file_standard, HouseholdStatus.file_status, monitored)
        .order_by(Household.file_standard, HouseholdStatus.file_status, monitored)
    )
    return [StandingCount(*row[:3], int(row[3]), int(row[4]), int(row[5])) for row in rows]
