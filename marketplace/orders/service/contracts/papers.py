"""The paper of a contract: set from its frozen content by a job, kept as a restricted file with its SHA-256 on the contract.

Address and bank account come out of the contract's sealed cell and are on the paper only; so the file is sealed too, and who
looks at it is recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core import audit, files
from marketplace.core.actor import Actor, system_actor
from marketplace.core.documents import Paper, render
from marketplace.core.errors import Unavailable
from marketplace.core.privacy import Cell, vault
from marketplace.orders.models import Contract, SalesOrder
from marketplace.orders.service.contracts.reading import read_contract, require_paper_access
from marketplace.orders.service.contracts.wording import fields_of

log = structlog.get_logger(__name__)
JOB: Final = "orders.contract_document"
TEMPLATE: Final = Path(__file__).parents[2] / "templates" / "contract.typ"
CELL: Final = ("orders.contract", "private_enc")
RETRY_SECONDS: Final = 5


def make_document(session: Session, payload: dict[str, Any]) -> dict[str, Any]:
    """The job: set the PDF, store it, write its hash on the contract. Done twice, or for a void draft, it does nothing."""
    contract = session.scalars(
        select(Contract).where(Contract.number == payload["contract"]).with_for_update()
    ).one()
    if contract.document_file_id is not None or contract.state == "void":
        return {"made": False}
    order = session.get_one(SalesOrder, contract.order_id)
    paper = paper_of(contract)
    stored = files.store(
        session,
        system_actor(),
        name=f"{contract.number}.pdf",
        content=paper.content,
        file_class="restricted",
        owner_id=order.producer_organisation_id,
    )
    contract.document_file_id = stored.id
    contract.document_sha256 = paper.sha256
    if paper.missing:
        log.warning("characters_not_in_font", contract=contract.number, characters=paper.missing)
    session.flush()
    return {"made": True, "missing": list(paper.missing)}


def paper_of(contract: Contract) -> Paper:
    """Set the PDF of a contract from what was frozen; equal whenever it is asked for."""
    return render(TEMPLATE, fields_of(contract.content, _private(contract)), dated=contract.drafted_at)


def document_of(session: Session, actor: Actor, number: str) -> tuple[Contract, bytes]:
    """The contract with the bytes of its PDF, for the two sides and who checks signatures; the look is recorded.

    NotFound, Forbidden, or Unavailable (`document_pending`) until its job is done.
    """
    order, contract = read_contract(session, actor, number)
    require_paper_access(actor, order)
    content = document_bytes(session, contract)
    audit.record(
        session, actor, "orders.contract.read", "contract", contract.number, area_code=order.buyer_area
    )
    session.flush()
    return contract, content


def document_bytes(session: Session, contract: Contract) -> bytes:
    """The PDF's bytes, checked against its hash. Unavailable (`document_pending`) until its job is done."""
    if contract.document_file_id is None:
        raise Unavailable("document_pending", "合同文件正在生成", retry_after_seconds=RETRY_SECONDS)
    return files.read(session, system_actor(), contract.document_file_id, purpose="合同文件")


def _private(contract: Contract) -> Mapping[str, Any]:
    if contract.private_enc is None:
        return {}
    found: Mapping[str, Any] = orjson.loads(vault().decrypt(Cell(*CELL, contract.id), contract.private_enc))
    return found
