"""Payment lists: wages, dividends, rents that households demonstrably received, with their evidence.

This is the proven side of benefit. It never touches what an agreement's formula accrues; reports show
both and the gap.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.beneficiaries.models import Agreement, AgreementVersion, PaymentList, PaymentListRow
from marketplace.beneficiaries.roster import holds, union
from marketplace.beneficiaries.rules import PAYMENT_KINDS
from marketplace.beneficiaries.service.activity import REPORT
from marketplace.beneficiaries.service.agreements import lock_agreement
from marketplace.beneficiaries.service.bulk import copy
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.errors import FieldProblem, Invalid, InvalidMany
from marketplace.core.ids import uuid7
from marketplace.core.models import StoredFile
from marketplace.core.money import MAX_FEN

_MAX_PROBLEMS = 1_000


@dataclass(frozen=True)
class NewPaymentList:
    """A list as imported: one amount in fen for each household. `evidence_file_id` is the scan or the
    file itself.
    """

    kind: str
    paid_on: date
    document_no: str
    rows: Sequence[tuple[int, int]]
    evidence_file_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Proven:
    """Proven benefit of an agreement in a month: fen, and the packed count of households that got any."""

    agreement_no: int
    period: str
    total_fen: int
    household_nos: tuple[int, ...]


def import_list(session: Session, actor: Actor, number: str, new: NewPaymentList) -> tuple[PaymentList, bool]:
    """Store a list, all rows or none; (list, whether it is new): the same content again adds nothing.

    InvalidMany lists each bad row: an amount under 1 fen, a household twice, one that is in no approved
    roster of the agreement. Invalid for an unknown kind, a day ahead, an unknown file.
    """
    agreement = lock_agreement(session, actor, number, REPORT)
    if new.kind not in PAYMENT_KINDS:
        raise Invalid("kind", "没有这种发放类型", pointer="kind")
    if new.paid_on > today():
        raise Invalid("paid_on", "发放日不能晚于今天", pointer="paid_on")
    known = same_list(session, agreement, new)
    if known is not None:
        return known, False
    if new.evidence_file_id is not None and session.get(StoredFile, new.evidence_file_id) is None:
        raise Invalid("evidence_file", "佐证文件不存在", pointer="evidence_file_id")
    _check_rows(session, agreement, new.rows)
    row = PaymentList(
        id=uuid7(),
        agreement_id=agreement.id,
        agreement_no=agreement.agreement_no,
        period=new.paid_on.strftime("%Y-%m"),
        paid_on=new.paid_on,
        kind=new.kind,
        total_fen=sum(amount for _, amount in new.rows),
        households=len(new.rows),
        evidence_file_id=new.evidence_file_id,
        file_sha256=_digest(new),
        document_no=new.document_no,
        created_by=actor.audit_id,
        created_at=utcnow(),
    )
    session.add(row)
    session.flush()
    copy(
        session,
        "beneficiaries.payment_list_row",
        ("list_id", "household_no", "amount_fen"),
        ((row.id, household, amount) for household, amount in new.rows),
    )
    audit.record(
        session,
        actor,
        "beneficiaries.payment_list.import",
        "agreement",
        number,
        area_code=agreement.area_code,
        detail={"list": str(row.id), "kind": new.kind, "rows": len(new.rows), "total_fen": row.total_fen},
    )
    session.flush()
    return row, True


def proven(session: Session, periods: Collection[str]) -> list[Proven]:
    """Proven benefit of the months, per agreement and month, in that order."""
    rows = session.execute(
        sa.select(
            PaymentList.agreement_no,
            PaymentList.period,
            sa.func.sum(PaymentListRow.amount_fen),
            sa.func.array_agg(sa.distinct(PaymentListRow.household_no)),
        )
        .join(PaymentListRow, PaymentListRow.list_id == PaymentList.id)
        .where(PaymentList.period.in_(sorted(set(periods))))
        .group_by(PaymentList.agreement_no, PaymentList.period)
        .order_by(PaymentList.agreement_no, PaymentList.period)
    )
    return [Proven(no, period, int(total), tuple(sorted(nos))) for no, period, total, nos in rows]


def same_list(session: Session, agreement: Agreement, new: NewPaymentList) -> PaymentList | None:
    """The list of the agreement with the same kind, day, document and rows (in any order), if there is one."""
    return session.scalars(
        sa.select(PaymentList).where(
            PaymentList.agreement_id == agreement.id, PaymentList.file_sha256 == _digest(new)
        )
    ).one_or_none()


def _digest(new: NewPaymentList) -> bytes:
    head = f"{new.kind}|{new.paid_on.isoformat()}|{new.document_no}"
    body = "".join(f"|{household}:{amount}" for household, amount in sorted(new.rows))
    return hashlib.sha256((head + body).encode()).digest()


def _check_rows(session: Session, agreement: Agreement, rows: Sequence[tuple[int, int]]) -> None:
    packed = session.scalars(
        sa.select(AgreementVersion.roster_bitmap).where(
            AgreementVersion.agreement_id == agreement.id, AgreementVersion.state == "approved"
        )
    ).all()
    rostered = union(packed)
    seen: set[int] = set()
    problems: list[FieldProblem] = []
    for index, (household, amount) in enumerate(rows):
        pointer = f"/rows/{index}"
        if household in seen:
            problems.append(FieldProblem(pointer, "household_twice", "同一户出现两次"))
        elif not holds(rostered, household):
            problems.append(FieldProblem(pointer, "household", "该户不在本协议的花名册中"))
        if not 1 <= amount <= MAX_FEN // 1_000:
            problems.append(FieldProblem(f"{pointer}/amount_fen", "amount", "金额应为正整数(分)"))
        seen.add(household)
    if problems or not rows:
        raise InvalidMany("rows", f"{len(problems)}行有误,未导入任何一行", fields=problems[:_MAX_PROBLEMS])
