"""Whom to ask about a reserve filing: a name and a telephone, kept as cells and shown masked."""

from __future__ import annotations

import uuid
from typing import Final

from marketplace.accounts.models import ReserveFiling
from marketplace.core.identifiers import parse_person_name, parse_telephone
from marketplace.core.privacy import Cell, mask_name, mask_phone, vault

_TABLE: Final = "accounts.reserve_filing"


def contact_cells(filing_id: uuid.UUID, contact: str | None, phone: str | None) -> dict[str, bytes | None]:
    """The columns of a new filing's contact. Raises Invalid (those of names and telephones)."""
    values = {
        "contact_enc": parse_person_name(contact, pointer="/contact") if contact else None,
        "phone_enc": parse_telephone(phone, pointer="/phone") if phone else None,
    }
    return {
        column: None if text is None else vault().encrypt(Cell(_TABLE, column, filing_id), text)
        for column, text in values.items()
    }


def contact_shown(filing: ReserveFiling) -> dict[str, str | None]:
    """``contact`` and ``phone`` of a filing as its readers see them."""
    name, phone = filing.contact_enc, filing.phone_enc
    return {
        "contact": None if name is None else mask_name(_opened(filing, "contact_enc", name)),
        "phone": None if phone is None else mask_phone(_opened(filing, "phone_enc", phone)),
    }


def _opened(filing: ReserveFiling, column: str, token: bytes) -> str:
    return vault().decrypt(Cell(_TABLE, column, filing.id), token)
