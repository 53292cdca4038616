"""证据材料: what proves the agreements in reach — their own evidence and the payment lists — and what the holder uploaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.beneficiaries.models import Agreement, AgreementVersion, PaymentList
from marketplace.core.clock import day_of
from marketplace.core.models import StoredFile
from marketplace.oversight.handover.listing import Item
from marketplace.oversight.handover.scope import Scope
from marketplace.producers.models import Producer


def agreement_evidence(session: Session, scope: Scope) -> Iterator[Item]:
    """Approved versions by the number of their document, with the digest of the file kept of it."""
    if not _concerns(scope):
        return
    rows = session.execute(
        select(
            Agreement.number,
            AgreementVersion.version,
            AgreementVersion.document_no,
            AgreementVersion.approved_at,
        )
        .add_columns(StoredFile.sha256)
        .join(AgreementVersion, AgreementVersion.agreement_id == Agreement.id)
        .join(Producer, Producer.id == Agreement.producer_id)
        .outerjoin(StoredFile, StoredFile.id == AgreementVersion.evidence_file_id)
        .where(AgreementVersion.state == "approved", scope.agreements())
        .order_by(AgreementVersion.version_no)
    )
    for number, version, document_no, approved_at, sha256 in rows:
        day = None if approved_at is None else day_of(approved_at)
        yield Item("协议审定材料", f"{number}/{version}", document_no or "", since=day, sha256=_hex(sha256))


def payment_evidence(session: Session, scope: Scope) -> Iterator[Item]:
    """Payment lists, each with its total and the digest of its file."""
    if not _concerns(scope):
        return
    rows = session.execute(
        select(Agreement.number, PaymentList)
        .join(PaymentList, PaymentList.agreement_id == Agreement.id)
        .join(Producer, Producer.id == Agreement.producer_id)
        .where(scope.agreements())
        .order_by(PaymentList.id)
    )
    for number, one in rows:
        reference = f"{number}/{one.paid_on.isoformat()}"
        yield Item("发放清单", reference, one.document_no, one.total_fen, one.paid_on, _hex(one.file_sha256))


def uploaded_files(session: Session, scope: Scope) -> Iterator[Item]:
    """Files that the holder's account uploaded, by id: their names may name people."""
    if scope.actor is None:
        return
    rows = session.scalars(
        select(StoredFile).where(StoredFile.uploaded_by == scope.actor.account_id).order_by(StoredFile.id)
    )
    for one in rows:
        yield Item(
            "经手文件", str(one.id), one.media_type, since=day_of(one.created_at), sha256=_hex(one.sha256)
        )


def _concerns(scope: Scope) -> bool:
    return scope.pairing is not None or scope.may("agreements.report", "agreements.approve")


def _hex(sha256: bytes | None) -> str | None:
    return None if sha256 is None else bytes(sha256).hex()


SOURCES: Final = (agreement_evidence, payment_evidence, uploaded_files)
