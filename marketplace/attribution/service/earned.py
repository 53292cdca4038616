"""What the agreements of a producer brought households, as far as months are closed: linked sales, accrued and proven benefit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import AgreementStatement
from marketplace.beneficiaries.models import Agreement, AgreementVersion, PaymentList
from marketplace.beneficiaries.roster import union
from marketplace.beneficiaries.service import lists
from marketplace.core.actor import Actor


@dataclass(frozen=True, slots=True)
class OfAgreement:
    """An agreement: linked sales and accrued benefit of the closed months, benefit proven by payment lists; all in fen.

    `households` is the roster in force on the day, 0 when no version is.
    """

    agreement: Agreement
    households: int
    sale_fen: int
    accrued_fen: int
    proven_fen: int


@dataclass(frozen=True, slots=True)
class Earned:
    """All agreements that the actor may read, and how many distinct households their rosters have on the day."""

    agreements: Sequence[OfAgreement]
    households: int

    @property
    def accrued_fen(self) -> int:
        """What the formulas of all agreements came to in the closed months."""
        return sum(one.accrued_fen for one in self.agreements)

    @property
    def proven_fen(self) -> int:
        """What all payment lists prove."""
        return sum(one.proven_fen for one in self.agreements)


def earned_of(session: Session, actor: Actor, day: date) -> Earned:
    """Accrued and proven benefit side by side, by agreement number; the two are never added up. Four statements."""
    found: list[Agreement] = list(session.scalars(lists.agreements(actor).order_by(Agreement.agreement_no)))
    numbers = [one.agreement_no for one in found]
    closed = {
        no: (int(sale), int(pool))
        for no, sale, pool in session.execute(
            select(
                AgreementStatement.agreement_no,
                func.sum(AgreementStatement.sale_fen),
                func.sum(AgreementStatement.pool_fen),
            )
            .where(AgreementStatement.agreement_no.in_(numbers))
            .group_by(AgreementStatement.agreement_no)
        )
    }
    proven = {
        no: int(total)
        for no, total in session.execute(
            select(PaymentList.agreement_no, func.sum(PaymentList.total_fen))
            .where(PaymentList.agreement_no.in_(numbers))
            .group_by(PaymentList.agreement_no)
        )
    }
    rosters = {
        agreement_id: (households, packed)
        for agreement_id, households, packed in session.execute(
            select(
                AgreementVersion.agreement_id, AgreementVersion.households, AgreementVersion.roster_bitmap
            ).where(
                AgreementVersion.agreement_id.in_([one.id for one in found]),
                AgreementVersion.state == "approved",
                AgreementVersion.valid.contains(day),
            )
        )
    }
    return Earned(
        [
            OfAgreement(
                one,
                rosters.get(one.id, (0, None))[0],
                *closed.get(one.agreement_no, (0, 0)),
                proven.get(one.agreement_no, 0),
            )
            for one in found
        ],
        len(union([packed for _, packed in rosters.values()])),
    )
