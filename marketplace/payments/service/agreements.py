"""Agreements about supervised accounts and about commission: proposed by one person, in force when another has approved."""

from __future__ import annotations

import uuid
from datetime import date
from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.catalogue.models import Channel
from marketplace.core import audit, divisions
from marketplace.core.actor import Actor, area_prefix
from marketplace.core.clock import today, utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound
from marketplace.core.identifiers import parse_bank_account
from marketplace.core.ids import uuid7
from marketplace.core.locked import locked_row
from marketplace.core.privacy import Cell, mask_bank_account, vault
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import Collection, CommissionAgreement, SupervisedAgreement
from marketplace.payments.service.settlement import SETTLE
from marketplace.payments.service.settlement_decisions import APPROVE

Agreement = TypeVar("Agreement", SupervisedAgreement, CommissionAgreement)
_TAKEN = AlreadyExists("document_no_taken", "该文号已登记")
_REFUSALS = {
    "uq_supervised_agreement_document_no": _TAKEN,
    "uq_commission_agreement_document_no": _TAKEN,
}


def propose_supervised(
    session: Session,
    actor: Actor,
    *,
    document_no: str,
    bank_name: str,
    account: str,
    valid_from: date,
    valid_to: date | None = None,
    producer_organisation_id: uuid.UUID | None = None,
    channel_id: uuid.UUID | None = None,
    area_code: str | None = None,
) -> SupervisedAgreement:
    """Propose a bank's supervised account for a producer, a channel, an area of production, or those that are all of these.

    Invalid (`agreement_scope`) when nobody is named, `valid_to` before it begins, `bank_account_shape`; AlreadyExists
    (`document_no_taken`); NotFound for a producer or channel that there is not.
    """
    actor.require(SETTLE, area=None if area_code is None else divisions.get(area_code).code)
    if producer_organisation_id is None and channel_id is None and area_code is None:
        raise Invalid(
            "agreement_scope", "应至少指明供应商、渠道或地区之一", pointer="/producer_organisation_id"
        )
    _check_days(valid_from, valid_to)
    if producer_organisation_id is not None and session.get(Organisation, producer_organisation_id) is None:
        raise NotFound("organisation_not_found", "没有这个单位")
    if channel_id is not None and session.get(Channel, channel_id) is None:
        raise NotFound("channel_not_found", "没有这个渠道")
    agreement_id = uuid7()
    row = SupervisedAgreement(
        id=agreement_id,
        document_no=document_no,
        bank_name=bank_name,
        account_enc=vault().encrypt(_cell(agreement_id), parse_bank_account(account, pointer="/account")),
        producer_organisation_id=producer_organisation_id,
        channel_id=channel_id,
        area_prefix=None if area_code is None else area_prefix(divisions.get(area_code).code),
        valid_from=valid_from,
        valid_to=valid_to,
        proposed_by=actor.audit_id,
        proposed_by_person=None if actor.is_system else actor.person_id,
        proposed_at=utcnow(),
    )
    _add(session, actor, row, "supervised_agreement")
    return row


def propose_commission(
    session: Session,
    actor: Actor,
    *,
    document_no: str,
    commission_bp: int,
    valid_from: date,
    valid_to: date | None = None,
    operator_id: uuid.UUID | None = None,
    area_code: str | None = None,
) -> CommissionAgreement:
    """Propose a commission on what sells through an operator's channels, in an area, or both; refused as `propose_supervised`."""
    actor.require(SETTLE, area=None if area_code is None else divisions.get(area_code).code)
    if operator_id is None and area_code is None:
        raise Invalid("agreement_scope", "应至少指明运营方或地区之一", pointer="/operator_id")
    _check_days(valid_from, valid_to)
    if operator_id is not None and session.get(Organisation, operator_id) is None:
        raise NotFound("organisation_not_found", "没有这个单位")
    row = CommissionAgreement(
        id=uuid7(),
        document_no=document_no,
        commission_bp=commission_bp,
        operator_id=operator_id,
        area_prefix=None if area_code is None else area_prefix(divisions.get(area_code).code),
        valid_from=valid_from,
        valid_to=valid_to,
        proposed_by=actor.audit_id,
        proposed_by_person=None if actor.is_system else actor.person_id,
        proposed_at=utcnow(),
    )
    _add(session, actor, row, "commission_agreement")
    return row


def decide(
    session: Session, actor: Actor, kind: type[Agreement], agreement_id: uuid.UUID, *, approve: bool
) -> Agreement:
    """Approve or refuse as a second person, over the whole country. Conflict (`agreement_decided`) for one that is decided."""
    row = _locked(session, kind, agreement_id)
    actor.require(APPROVE, area=None)
    if row.state != "proposed":
        raise Conflict("agreement_decided", "该协议已处理")
    actor.require_other_person(row.proposed_by_person, what="协议经办人与批准人")
    row.state = "approved" if approve else "refused"
    row.decided_by, row.decided_by_person, row.decided_at = actor.audit_id, actor.person_id, utcnow()
    session.flush()
    audit.record(session, actor, f"payments.{kind.__tablename__}.{row.state}", kind.__tablename__, row.id)
    return row


def end(
    session: Session, actor: Actor, kind: type[Agreement], agreement_id: uuid.UUID, *, valid_to: date
) -> Agreement:
    """Let an approved agreement end before a day to come; what was placed under it stays as it was.

    Invalid (`valid_to`) for today or earlier, before its beginning, or after an end that it has; Conflict (`agreement_decided`)
    for one that is not approved.
    """
    row = _locked(session, kind, agreement_id)
    actor.require(APPROVE, area=None)
    if row.state != "approved":
        raise Conflict("agreement_decided", "该协议已处理")
    if valid_to <= max(today(), row.valid_from) or (row.valid_to is not None and valid_to > row.valid_to):
        raise Invalid("valid_to", "结束日应晚于起始日", pointer="/valid_to")
    row.valid_to = valid_to
    session.flush()
    audit.record(
        session,
        actor,
        f"payments.{kind.__tablename__}.ended",
        kind.__tablename__,
        row.id,
        detail={"valid_to": str(valid_to)},
    )
    return row


def account_to_pay(session: Session, order: SalesOrder) -> tuple[SupervisedAgreement, str] | None:
    """The agreement and the account, in full, into which a supervised order is paid; None when its producer is paid directly."""
    row = session.scalars(
        select(SupervisedAgreement)
        .join(Collection, Collection.agreement_id == SupervisedAgreement.id)
        .where(Collection.order_id == order.id)
    ).one_or_none()
    return None if row is None else (row, vault().decrypt(_cell(row.id), row.account_enc))


def listing(kind: type[Agreement]) -> Select[Agreement]:
    """All agreements of a kind, unsorted, for a paged list."""
    return select(kind)


def masked_account(row: SupervisedAgreement) -> str:
    """``**** 0128``."""
    return mask_bank_account(vault().decrypt(_cell(row.id), row.account_enc))


def _locked(session: Session, kind: type[Agreement], agreement_id: uuid.UUID) -> Agreement:
    return locked_row(
        session,
        select(kind).where(kind.id == agreement_id),
        NotFound("money_agreement_not_found", "没有这份协议"),
    )


def _add(session: Session, actor: Actor, row: SupervisedAgreement | CommissionAgreement, kind: str) -> None:
    session.add(row)
    with refusing(_REFUSALS):
        session.flush()
    audit.record(session, actor, f"payments.{kind}.proposed", kind, row.id)


def _check_days(valid_from: date, valid_to: date | None) -> None:
    if valid_to is not None and valid_to <= valid_from:
        raise Invalid("valid_to", "结束日应晚于起始日", pointer="/valid_to")


def _cell(agreement_id: uuid.UUID) -> Cell:
    return Cell("payments.supervised_agreement", "account_enc", agreement_id)
