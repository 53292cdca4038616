"""What belongs into a pack, section by section: our own papers, what was uploaded, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.orm import Session

from marketplace.core import files
from marketplace.core.actor import Actor, system_actor
from marketplace.core.formats import PDF
from marketplace.orders.models import Contract, ContractSignature, SalesOrder
from marketplace.orders.rules import SIDES, SIGNATURE_FORMS
from marketplace.orders.service import acceptance_record, contracts, photos
from marketplace.payments.service.invoice_files import invoice_files_of
from marketplace.payments.service.pack.voucher import voucher_of

PURPOSE: Final = "报销资料包"
_STATES: Final = {"drafted": "草稿", "sent": "已发出，双方均未签署", "signed_by_one": "仅一方签署"}


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper: what the cover calls it, its bytes and kind, and whether we made it."""

    title: str
    content: bytes
    media_type: str = PDF
    is_ours: bool = False


@dataclass(slots=True)
class Section:
    """One of the four things that a pack is made of; `missing` says what it lacks."""

    title: str
    papers: list[Paper] = field(default_factory=list)
    missing: str | None = None


def sections_of(session: Session, actor: Actor, order: SalesOrder) -> list[Section]:
    """Contract, invoices, acceptance record with its photos (for who may look at them), payment voucher, in this order."""
    return [
        _contract(session, order),
        _invoices(session, order),
        _acceptance(session, actor, order),
        _payment(session, order),
    ]


def _contract(session: Session, order: SalesOrder) -> Section:
    section = Section("合同")
    for contract, signatures in contracts.signed_papers(session, order):
        section.papers.extend(_signed(session, contract, signatures))
    if not section.papers:
        state = contracts.open_state(session, order)
        section.missing = "未签订合同" if state is None else f"合同尚未由双方签署（{_STATES[state]}）"
    return section


def _signed(session: Session, contract: Contract, signatures: Sequence[ContractSignature]) -> list[Paper]:
    """The files that were signed; our own paper before them where none of them is a whole one."""
    name = ("合同 " if contract.kind == "contract" else "补充协议 ") + contract.number
    papers = []
    if not any(row.media_type == PDF for row in signatures):
        papers.append(Paper(name, contracts.document_bytes(session, contract), is_ours=True))
    seen: set[bytes] = set()
    for row in signatures:
        if row.file_sha256 in seen:  # one paper with both stamps, brought by both sides
            continue
        seen.add(row.file_sha256)
        title = f"{name} {SIDES[row.side]}签署件（{SIGNATURE_FORMS[row.form]}）"
        papers.append(Paper(title, contracts.signature_bytes(session, row), row.media_type))
    return papers


def _invoices(session: Session, order: SalesOrder) -> Section:
    section = Section("发票")
    for number, row in enumerate(invoice_files_of(session, order), 1):
        content = files.read(session, system_actor(), row.id, purpose=PURPOSE)
        section.papers.append(Paper(f"发票（{number}）", content, row.media_type))
    if not section.papers:
        issued = order.invoice_state not in ("none", "requested")
        section.missing = "已开票，票面文件未上传" if issued else "尚未开票"
    return section


def _acceptance(session: Session, actor: Actor, order: SalesOrder) -> Section:
    paper = acceptance_record.record_of(session, order)
    if paper is None:
        return Section("验收单", missing="尚未验收")
    section = Section("验收单", [Paper("商品验收单", paper.content, is_ours=True)])
    taken = photos.photos_of(session, order) if photos.may_look(actor, order) else []
    for number, file in enumerate((one.file for one in taken if one.return_number is None), 1):
        content = files.read(session, system_actor(), file.id, purpose=PURPOSE)
        section.papers.append(Paper(f"到货照片（{number}）", content, file.media_type))
    return section


def _payment(session: Session, order: SalesOrder) -> Section:
    paper = voucher_of(session, order)
    if paper is None:
        return Section("支付凭证", missing="尚无到账登记")
    section = Section("支付凭证", [Paper("付款凭证", paper.content, is_ours=True)])
    if order.payment_state == "partly_paid":
        section.missing = "尚未付清"
    return section
