"""The contract of an order, supplements to it, and the files by which the two sides signed."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "orders"}


class Contract(Base):
    """What was agreed, frozen when it was drafted. A change of it before signing is another draft, after signing a supplement."""

    __tablename__ = "contract"
    __table_args__ = (
        UniqueConstraint("number"),
        Index(None, "order_id"),
        # One contract an order, and one paper on the way: drafting twice at once makes one.
        Index(
            "uq_contract_of_order",
            "order_id",
            unique=True,
            postgresql_where=text("kind = 'contract' AND state <> 'void'"),
        ),
        Index(
            "uq_contract_open",
            "order_id",
            unique=True,
            postgresql_where=text("state IN ('drafted', 'sent', 'signed_by_one')"),
        ),
        CheckConstraint("kind IN ('contract', 'supplement')", name="kind"),
        CheckConstraint("(kind = 'supplement') = (supplements_id IS NOT NULL)", name="supplements"),
        CheckConstraint("contract_days >= 0 AND inspection_days >= 0", name="days"),
        CheckConstraint("(document_file_id IS NULL) = (document_sha256 IS NULL)", name="document"),
        CheckConstraint(
            "state NOT IN ('sent', 'signed_by_one', 'signed') OR sent_at IS NOT NULL", name="sent"
        ),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.sales_order.id"))
    kind: Mapped[str]  # contract | supplement
    supplements_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("orders.contract.id"))
    state: Mapped[str]
    contract_days: Mapped[int | None] = mapped_column(SmallInteger)  # days to pay; None: what the law says
    inspection_days: Mapped[int | None] = mapped_column(SmallInteger)  # None: payment waits for no acceptance
    content: Mapped[dict[str, Any]]  # what the paper prints, but for addresses and bank accounts
    content_sha256: Mapped[bytes]  # of its canonical JSON
    private_enc: Mapped[bytes | None]  # address of delivery, the seller's bank account
    document_file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core.stored_file.id"))
    document_sha256: Mapped[bytes | None]
    drafted_by: Mapped[uuid.UUID | None]
    drafted_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    signed_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str | None]


class ContractSignature(Base):
    """One side's signature: the file, who brought it, who checked it. A refused one stays as it was."""

    __tablename__ = "contract_signature"
    __table_args__ = (
        Index(
            "uq_contract_signature_side",
            "contract_id",
            "side",
            unique=True,
            postgresql_where=text("state <> 'refused'"),
        ),
        CheckConstraint("side IN ('buyer', 'seller')", name="side"),
        CheckConstraint("form IN ('ca_signature', 'stamped_scan')", name="form"),
        CheckConstraint("state IN ('uploaded', 'checked', 'refused')", name="state"),
        CheckConstraint(
            "(state = 'uploaded') = (checked_at IS NULL) AND (state = 'uploaded') = (checked_by_person IS NULL)",
            name="checked",
        ),
        CheckConstraint("checked_by_person <> uploaded_by_person", name="two_persons"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.contract.id"))
    side: Mapped[str]
    form: Mapped[str]
    state: Mapped[str]
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core.stored_file.id"))
    file_sha256: Mapped[bytes]
    media_type: Mapped[str]
    signer: Mapped[str]  # whose seal or certificate it says it is
    # Whether the file begins with the very bytes of our paper, as a PDF does that was signed; None where that says nothing.
    is_our_paper: Mapped[bool | None]
    uploaded_by: Mapped[uuid.UUID | None]
    uploaded_by_person: Mapped[uuid.UUID]
    uploaded_at: Mapped[datetime]
    checked_by: Mapped[uuid.UUID | None]
    checked_by_person: Mapped[uuid.UUID | None]
    checked_at: Mapped[datetime | None]
    opinion: Mapped[str | None]
