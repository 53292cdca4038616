"""银行代发清单: what a producer's agreements owe each household of a closed month, as rows that a bank can pay.

A mass export: asked for with a reason, approved by a second person, handed over once (`accounts.service.exports`). Names are full
where the asker may read households in full, else masked. The platform keeps no bank accounts of households, so the file has none.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from marketplace.accounts.service.exports import ExportKind, Parameters, Rows
from marketplace.attribution.bank_layout import CODE, LAYOUT
from marketplace.attribution.models import AgreementStatement, HouseholdStatement
from marketplace.attribution.payable import Payable, payable
from marketplace.attribution.service.read import period_row
from marketplace.beneficiaries.models import Agreement, Household
from marketplace.beneficiaries.service import masked
from marketplace.core import audit, divisions
from marketplace.core.actor import Actor
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.money import yuan
from marketplace.core.privacy import mask_name
from marketplace.core.scope import visible, within_area
from marketplace.core.sheets.export import Value
from marketplace.producers.models import Producer

EXPORTED: Final = "attribution.payment_file.exported"
READ: Final = "beneficiaries.read"
_BATCH: Final = 10_000
_NO_NAME: Final = "未登记"
_NOTES: Final = (
    "本平台不保存农户银行账号,清单不含开户行和账号;由代发银行按户号和户主身份核对后代发。",
    "户主姓名按申请人权限显示为全名或脱敏。",
    "应发金额为关账结算单数额;负数差额不扣款,结转抵减以后月份,抵减前提是以前各月已按清单发放。",
)


@dataclass(frozen=True)
class _Row:
    household: Household
    amounts: Payable


@dataclass(frozen=True)
class _Of:
    """One producer's month in an area."""

    producer_id: uuid.UUID
    period: str

    def kind(self, producer: Producer) -> ExportKind:
        title = f"{producer.name} {self.period} 利益联结收益代发清单"
        return ExportKind(
            CODE, title, READ, PAYMENT_FILE.headings, self.rows, self.after, PAYMENT_FILE.parameters
        )

    def rows(self, session: Session, actor: Actor, area: str) -> Iterator[Sequence[Value]]:
        """Households with something to be paid, by number. The reading of names is recorded."""
        found = self._payables(session, actor, area)
        full = sum(_in_full(actor, one.household) for one in found)
        audit.record(
            session,
            actor,
            EXPORTED,
            "producer",
            self.producer_id,
            area_code=area,
            detail={
                "period": self.period,
                "households": len(found),
                "full_names": full,
                "paid_fen": sum(one.amounts.paid_fen for one in found),
            },
        )
        yield from LAYOUT.rows(
            {
                "household_no": one.household.household_no,
                "village": divisions.full_name(one.household.area_code),
                "name": _name(actor, one.household),
                "amount_fen": one.amounts.paid_fen,
                "purpose": f"{self.period} 利益联结收益",
                "note": "演示数据" if one.household.is_demo else "",
            }
            for one in found
            if one.amounts.paid_fen
        )

    def after(self, session: Session, actor: Actor, area: str) -> Iterator[Sequence[Value]]:
        """Total, how it comes from the statements, what is carried with its reason, notes."""
        found = self._payables(session, actor, area)
        amounts = [one.amounts for one in found]
        paid = sum(one.paid_fen for one in amounts)
        yield ("合计", None, None, None, yuan(paid), f"{sum(one.paid_fen > 0 for one in amounts)}户")
        yield ()
        for title, fen in (
            ("本月结算单合计", sum(one.net_fen for one in amounts)),
            ("加:以前月份结转(负数)", sum(one.carried_in_fen for one in amounts)),
            ("减:结转以后月份(负数)", sum(one.carried_out_fen for one in amounts)),
            ("应发合计", paid),
            ("村集体留存(不在本清单)", self._village_fen(session, actor, area)),
        ):
            yield (title, None, None, None, yuan(fen))
        carried = [one for one in found if one.amounts.carried_out_fen]
        if carried:
            reasons = self._reasons(session, actor, area)
            yield ()
            yield ("结转明细(负数差额不发放,抵减以后月份)",)
            for sequence, one in enumerate(carried, start=1):
                number = one.household.household_no
                yield (
                    sequence,
                    number,
                    divisions.full_name(one.household.area_code),
                    _name(actor, one.household),
                    yuan(one.amounts.carried_out_fen),
                    reasons.get(number, "以前月份差额尚未抵减完"),
                )
        yield ()
        yield from ((f"注:{note}",) for note in _NOTES)

    def _versions(self, actor: Actor, area: str) -> Select[int]:
        return (
            select(AgreementStatement.version_no)
            .join(Agreement, Agreement.agreement_no == AgreementStatement.agreement_no)
            .where(Agreement.producer_id == self.producer_id, *_of_area(actor, area))
        )

    def _payables(self, session: Session, actor: Actor, area: str) -> list[_Row]:
        """Every household with a statement of the month or something carried into it, by number."""
        versions = self._versions(actor, area)
        own = HouseholdStatement
        summed = func.sum(own.benefit_fen)
        of_month = select(own.household_no, summed).where(
            own.version_no.in_(versions), own.period == self.period
        )
        nets: dict[int, list[int]] = {
            number: [int(fen)] for number, fen in session.execute(of_month.group_by(own.household_no))
        }
        # Something can be carried only where some month's sum was below zero: few households, whose months are read one by one.
        below = (
            select(own.household_no)
            .where(own.version_no.in_(versions), own.period <= self.period)
            .group_by(own.household_no, own.period)
            .having(summed < 0)
        )
        months: dict[int, dict[str, int]] = defaultdict(dict)
        for number, period, fen in session.execute(
            select(own.household_no, own.period, summed)
            .where(own.version_no.in_(versions), own.period <= self.period, own.household_no.in_(below))
            .group_by(own.household_no, own.period)
            .order_by(own.household_no, own.period)
        ):
            months[number][period] = int(fen)
        for number, by_month in months.items():
            by_month.setdefault(self.period, 0)
            nets[number] = list(by_month.values())
        amounts = {number: payable(each) for number, each in nets.items()}
        wanted = sorted(number for number, one in amounts.items() if one != Payable(0, 0, 0, 0))
        return [_Row(one, amounts[one.household_no]) for one in _households(session, wanted)]

    def _village_fen(self, session: Session, actor: Actor, area: str) -> int:
        found = session.scalar(
            select(func.coalesce(func.sum(AgreementStatement.village_fen), 0)).where(
                AgreementStatement.period == self.period,
                AgreementStatement.version_no.in_(self._versions(actor, area)),
            )
        )
        return int(found or 0)

    def _reasons(self, session: Session, actor: Actor, area: str) -> dict[int, str]:
        """Of which months the negative differences in this month's books are, by household."""
        own = HouseholdStatement
        months: dict[int, list[str]] = defaultdict(list)
        for number, month in session.execute(
            select(own.household_no, own.earned_period)
            .where(own.version_no.in_(self._versions(actor, area)), own.period == self.period)
            .group_by(own.household_no, own.earned_period)
            .having(func.sum(own.benefit_fen) < 0)
            .order_by(own.household_no, own.earned_period)
        ):
            months[number].append(month)
        return {number: f"{'、'.join(of)} 退货或更正冲减" for number, of in months.items()}


def _narrowed(session: Session, actor: Actor, area: str, given: Parameters) -> ExportKind:
    """The file of a producer and a closed month. Invalid (`export_parameters`), NotFound (`period_open`, nothing to see)."""
    try:
        producer_id = uuid.UUID(given["producer_id"])
    except ValueError as error:
        raise Invalid(
            "export_parameters",
            "该导出的参数不符",
            pointer="/parameters/producer_id",
            known=list(PAYMENT_FILE.parameters),
        ) from error
    period = period_row(session, given["period"]).period
    producer = session.get(Producer, producer_id)
    agreement = select(Agreement.id).where(Agreement.producer_id == producer_id, *_of_area(actor, area))
    if producer is None or session.scalar(agreement.limit(1)) is None:
        raise NotFound
    return _Of(producer_id, period).kind(producer)


def _of_area(actor: Actor, area: str) -> tuple[Any, ...]:
    return within_area(Agreement.area_code, area), visible(actor, READ, area=Agreement.area_code)


def _households(session: Session, numbers: Sequence[int]) -> Iterator[Household]:
    """Households by ascending number, a batch at a time: a statement takes only so many values."""
    for start in range(0, len(numbers), _BATCH):
        batch = numbers[start : start + _BATCH]
        yield from session.scalars(
            select(Household).where(Household.household_no.in_(batch)).order_by(Household.household_no)
        )


def _in_full(actor: Actor, household: Household) -> bool:
    return actor.may_on(masked.PERSONAL, area=household.area_code)


def _name(actor: Actor, household: Household) -> str:
    name = masked.head_name(household)
    if name is None:
        return _NO_NAME
    return name if _in_full(actor, household) else mask_name(name)


def _no_rows(_session: Session, _actor: Actor, _area: str) -> Rows:
    """The kind alone exports nothing: it is always one of a producer and a month."""
    return ()


PAYMENT_FILE: Final = ExportKind(
    CODE,
    LAYOUT.title,
    READ,
    LAYOUT.headings,
    _no_rows,
    parameters=("period", "producer_id"),
    of=_narrowed,
)
