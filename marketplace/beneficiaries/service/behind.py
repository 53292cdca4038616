"""What stands behind one household: its agreements, who read it in full; and households that several producers say they help.

Masked as everything of a household; a reading is told by its purpose and the job name of who read, never by what was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import Account, Person
from marketplace.beneficiaries.models import Agreement, AgreementVersion, Household, RosterShare
from marketplace.beneficiaries.service.masked import get_masked, households_on
from marketplace.core.actor import Actor
from marketplace.core.models import AuditRecord
from marketplace.producers.models import Producer

#: So many readings of one household are shown, the latest ones.
MOST_READINGS: Final = 50


def agreements_of(session: Session, actor: Actor, household_no: int) -> Sequence[Any]:
    """Rows (agreement, approved version, parts, name of the producer) whose roster has the household, newest first.

    Raises NotFound when there is no such household or the actor may not know of it.
    """
    get_masked(session, actor, household_no)
    return session.execute(
        sa.select(Agreement, AgreementVersion, RosterShare.shares, Producer.name.label("producer_name"))
        .join(AgreementVersion, AgreementVersion.agreement_id == Agreement.id)
        .join(RosterShare, RosterShare.version_id == AgreementVersion.id)
        .join(Producer, Producer.id == Agreement.producer_id)
        .where(RosterShare.household_no == household_no, AgreementVersion.state == "approved")
        .order_by(sa.func.lower(AgreementVersion.valid).desc(), AgreementVersion.version_no.desc())
    ).all()


def readings(session: Session, actor: Actor, household_no: int) -> Sequence[Any]:
    """Rows (record, login name, job name) of the audit trail that say who read the household in full and why, latest first.

    For those who may see the household; raises NotFound as above.
    """
    get_masked(session, actor, household_no)
    return session.execute(
        sa.select(AuditRecord, Account.login, Person.display_name)
        .outerjoin(Account, Account.id == AuditRecord.actor_id)
        .outerjoin(Person, Person.id == Account.person_id)
        .where(
            AuditRecord.subject_kind == "household",
            AuditRecord.subject_id == str(household_no),
            AuditRecord.purpose.is_not(None),
        )
        .order_by(AuditRecord.id.desc())
        .limit(MOST_READINGS)
    ).all()


def helped_by_several(actor: Actor, on: date, *, area: str | None = None) -> sa.Select[*tuple[Any, ...]]:
    """Rows (household, standing, agreements, producers) of households in rosters in force on a day of more than one producer.

    Such a household counts once in every figure of households; the list is for checking that the linkages are real
    (docs/rules.md, "Counting people"). For a page by `household_no`.
    """
    several = (
        sa.select(
            RosterShare.household_no,
            sa.func.count(Agreement.id.distinct()).label("agreements"),
            sa.func.count(Agreement.producer_id.distinct()).label("producers"),
        )
        .join(AgreementVersion, AgreementVersion.id == RosterShare.version_id)
        .join(Agreement, Agreement.id == AgreementVersion.agreement_id)
        .where(AgreementVersion.state == "approved", AgreementVersion.valid.contains(on))
        .group_by(RosterShare.household_no)
        .having(sa.func.count(Agreement.producer_id.distinct()) > 1)
        .subquery()
    )
    return (
        households_on(actor, on, area=area)
        .join(several, several.c.household_no == Household.household_no)
        .add_columns(several.c.agreements, several.c.producers)
    )
