"""Who stands behind a producer: legal representative and contact, encrypted per cell and shown masked.

The full text leaves only by ``reveal``, which asks for a purpose and records it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

import orjson
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.errors import Invalid
from marketplace.core.identifiers import parse_mobile, parse_person_name
from marketplace.core.privacy import Cell, mask_name, mask_phone, vault
from marketplace.producers.models import Producer

TABLE: Final = "producers.producer"


@dataclass(frozen=True)
class Contacts:
    """Names as on papers, telephone in its normal form; None where not told."""

    legal_representative: str | None = None
    contact_name: str | None = None
    contact_phone: str | None = None


def seal(producer_id: uuid.UUID, told: Contacts) -> dict[str, bytes | None]:
    """The encrypted cells of a row. Invalid for what is no name or no telephone; the value is never repeated."""
    legal = told.legal_representative and parse_person_name(
        told.legal_representative, pointer="/legal_representative"
    )
    name = told.contact_name and parse_person_name(told.contact_name, pointer="/contact_name")
    phone = told.contact_phone and parse_mobile(told.contact_phone, pointer="/contact_phone")
    contact = orjson.dumps([name or None, phone or None]).decode() if name or phone else None
    return {
        "legal_representative_enc": _encrypt(producer_id, "legal_representative_enc", legal),
        "contact_enc": _encrypt(producer_id, "contact_enc", contact),
    }


def masked(producer: Producer) -> Contacts:
    """What staff may see without a purpose: 张* and 138****8000."""
    told = _open(producer)
    return Contacts(
        told.legal_representative and mask_name(told.legal_representative),
        told.contact_name and mask_name(told.contact_name),
        told.contact_phone and mask_phone(told.contact_phone),
    )


def reveal(session: Session, actor: Actor, producer: Producer, purpose: str) -> Contacts:
    """The full text, for those who may edit the dossier; the purpose goes into the audit trail.

    Raises Invalid ``purpose`` without one, Forbidden.
    """
    actor.require("producers.edit", area=producer.production_area, owners=(producer.organisation_id,))
    if not purpose.strip():
        raise Invalid("purpose", "请填写查看目的", pointer="/purpose")
    audit.record(
        session,
        actor,
        "producers.contact.read",
        "producer",
        producer.id,
        area_code=producer.production_area,
        purpose=purpose.strip(),
    )
    return _open(producer)


def _open(producer: Producer) -> Contacts:
    legal = _decrypt(producer.id, "legal_representative_enc", producer.legal_representative_enc)
    contact = _decrypt(producer.id, "contact_enc", producer.contact_enc)
    name, phone = orjson.loads(contact) if contact is not None else (None, None)
    return Contacts(legal, name, phone)


def _encrypt(producer_id: uuid.UUID, column: str, text: str | None) -> bytes | None:
    return vault().encrypt(Cell(TABLE, column, producer_id), text) if text else None


def _decrypt(producer_id: uuid.UUID, column: str, token: bytes | None) -> str | None:
    return None if token is None else vault().decrypt(Cell(TABLE, column, producer_id), token)
