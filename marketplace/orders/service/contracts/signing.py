"""Signing: each side brings a file, somebody of the other side (or of the platform) looks at it. A click is not a signature."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core import audit, files
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import day_of, utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.ids import uuid7
from marketplace.core.models import StoredFile
from marketplace.orders.models import Contract, ContractSignature, SalesOrder
from marketplace.orders.rules import SIGNATURE, SIGNATURE_FORMS
from marketplace.orders.service.contracts.papers import document_bytes
from marketplace.orders.service.contracts.reading import (
    lock_contract,
    read_contract,
    require_paper_access,
    signatures_of,
)
from marketplace.orders.service.contracts.steps import take
from marketplace.orders.service.due import settle_due_day
from marketplace.orders.service.reading import note, require, tell
from marketplace.orders.signature_files import is_our_paper, require_form

_SIGNED_ALREADY = Conflict("already_signed", "该方已签署")
_UNIQUE = {"uq_contract_signature_side": _SIGNED_ALREADY}
_WAITING = ("sent", "signed_by_one")


@dataclass(frozen=True, slots=True)
class Signed:
    """What a side brings: for which side, in which form, the file, whose seal or certificate it is."""

    side: str
    form: str
    file_id: uuid.UUID
    signer: str


def sign(session: Session, actor: Actor, number: str, signed: Signed) -> ContractSignature:
    """A side brings its signature on the contract that was sent; it stands when another person has checked it.

    The file belongs to the side's own organisation. Conflict: `contract_not_out`, `already_signed` (also for two at once),
    `order_cancelled`. Invalid: `file_unknown`, `file_not_signable`, `no_signature_in_file`.
    """
    order, contract = lock_contract(session, number)
    own = _organisation(order, signed.side)
    require(actor, "orders.contract", order, (own,))
    if order.state == "cancelled":
        raise Conflict("order_cancelled", "订单已取消")
    if contract.state not in _WAITING:
        raise Conflict("contract_not_out", "合同不在待签署状态", state=contract.state)
    if signed.form not in SIGNATURE_FORMS:
        raise Invalid("signature_form", "没有这种签署方式", pointer="/form")
    if any(
        row.side == signed.side and row.state != "refused" for row in signatures_of(session, [contract.id])
    ):
        raise _SIGNED_ALREADY
    stored = session.get(StoredFile, signed.file_id)
    if stored is None or stored.owner_organisation_id != own:
        raise Invalid("file_unknown", "没有这个文件，或不是本方上传的文件", pointer="/file_id")
    content = files.read(session, actor, stored.id, purpose=f"签署合同 {contract.number}")
    require_form(signed.form, stored.media_type, content)
    row = ContractSignature(
        id=uuid7(),
        contract_id=contract.id,
        side=signed.side,
        form=signed.form,
        state=SIGNATURE.initial,
        file_id=stored.id,
        file_sha256=stored.sha256,
        media_type=stored.media_type,
        signer=signed.signer,
        is_our_paper=is_our_paper(document_bytes(session, contract), signed.form, stored.media_type, content),
        uploaded_by=actor.audit_id,
        uploaded_by_person=actor.person_id,
        uploaded_at=utcnow(),
    )
    with refusing(_UNIQUE):
        session.add(row)
        session.flush()
    note(
        session, order, "contract_signature", actor, row.uploaded_at, contract=contract.number, side=row.side
    )
    tell(session, order, "contract_signature", actor, contract=contract.number, side=row.side)
    return row


def check_signature(
    session: Session, actor: Actor, signature_id: uuid.UUID, *, approve: bool, opinion: str | None
) -> Contract:
    """Somebody of the other side, or of the platform, says whether the file is that side's signature on this contract.

    Never who brought it (Forbidden `same_person`), never somebody of the side that signed. The second signature that stands
    makes the contract signed, and its terms those of the order: the due day follows. IllegalTransition for a second answer.
    """
    contract_number = session.scalar(
        select(Contract.number)
        .join(ContractSignature, ContractSignature.contract_id == Contract.id)
        .where(ContractSignature.id == signature_id)
    )
    if contract_number is None:
        raise _unknown()
    order, contract = lock_contract(session, contract_number)
    row = session.scalars(
        select(ContractSignature)
        .where(ContractSignature.id == signature_id)
        .execution_options(populate_existing=True)
    ).one()
    require(actor, "orders.contract_check", order, (_organisation(order, _other(row.side)),))
    actor.require_other_organisation(_organisation(order, row.side))
    actor.require_other_person(row.uploaded_by_person, what="签署文件的上传人与核对人")
    target = "checked" if approve else "refused"
    SIGNATURE.require(row.state, target)
    if contract.state not in _WAITING:
        raise Conflict("contract_not_out", "合同不在待签署状态", state=contract.state)
    if not approve and not opinion:
        raise Invalid("opinion_missing", "退回签署文件应说明原因", pointer="/opinion")
    now = utcnow()
    row.state, row.opinion = target, opinion
    row.checked_by, row.checked_by_person, row.checked_at = actor.audit_id, actor.person_id, now
    session.flush()
    if not approve:
        note(
            session, order, "contract_signature_refused", actor, now, contract=contract.number, side=row.side
        )
        tell(session, order, "contract_signature_refused", actor, contract=contract.number, side=row.side)
        return contract
    step = "signed_by_one" if contract.state == "sent" else "signed"
    take(session, order, contract, step, actor, now, side=row.side, form=row.form)
    if step == "signed":
        _agree(session, order, contract)
        tell(session, order, "contract_signed", actor, contract=contract.number)
    return contract


def signature_file(session: Session, actor: Actor, signature_id: uuid.UUID) -> bytes:
    """The file of a signature, for whoever may see the contract's paper; the look is recorded. NotFound, Forbidden."""
    row = session.get(ContractSignature, signature_id)
    if row is None:
        raise _unknown()
    order, contract = read_contract(session, actor, session.get_one(Contract, row.contract_id).number)
    require_paper_access(actor, order)
    audit.record(
        session, actor, "orders.contract.read", "contract", contract.number, area_code=order.buyer_area
    )
    return signature_bytes(session, row)


def signature_bytes(session: Session, row: ContractSignature) -> bytes:
    """The bytes of a signature's file; the caller has asked who may see them, and records it."""
    return files.read(session, system_actor(), row.file_id, purpose="核对合同签署")


def _unknown() -> NotFound:
    return NotFound("signature_not_found", "没有这份签署文件")


def _agree(session: Session, order: SalesOrder, contract: Contract) -> None:
    """The terms of the signed contract are those of the order from now on; what was agreed before is in the earlier contract."""
    if contract.signed_at is None:
        raise ValueError("only a signed contract settles terms")
    order.payment_terms = order.payment_terms | {
        "contract": contract.number,
        "signed_on": day_of(contract.signed_at).isoformat(),
        "contract_days": contract.contract_days,
        "inspection_days": contract.inspection_days,
    }
    settle_due_day(order)
    order.row_version += 1
    session.flush()


def _organisation(order: SalesOrder, side: str) -> uuid.UUID:
    return order.buyer_id if side == "buyer" else order.producer_organisation_id


def _other(side: str) -> str:
    return "seller" if side == "buyer" else "buyer"
