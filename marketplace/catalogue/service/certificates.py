"""Certificates of products as facts for `rules.eligibility`, read in one statement for any number of products."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import DateTime, bindparam, select
from sqlalchemy.orm import Session

from marketplace.catalogue.rules.eligibility import CertificateFacts
from marketplace.certification.models import Certificate

# Built once: a checkout asks this at every order, and building a statement costs more than sending it.
_CERTIFICATES: Final = (
    select(
        Certificate.product_id,
        Certificate.id,
        Certificate.certificate_no,
        Certificate.scheme,
        Certificate.producer_id,
        Certificate.spec,
        Certificate.valid_from,
        Certificate.valid_to,
        Certificate.suspensions.bool_op("@>")(bindparam("at", type_=DateTime(timezone=True))).label(
            "suspended"
        ),
        Certificate.void_from,
    )
    .where(Certificate.product_id.in_(bindparam("product_ids", expanding=True)))
    .order_by(Certificate.id)
)
_LOCKED: Final = _CERTIFICATES.with_for_update(read=True)


def certificates_of(
    session: Session, product_ids: Collection[uuid.UUID], at: datetime, *, lock: bool = False
) -> Mapping[uuid.UUID, Sequence[CertificateFacts]]:
    """All certificates that the products ever had, as of the aware instant, by product; products without one are empty.

    `lock` holds them FOR SHARE until the end of the transaction, in id order, so that a revocation comes wholly before or wholly
    after a sale: whoever sets `sold_at` asks for it.
    """
    statement = _LOCKED if lock else _CERTIFICATES
    found: defaultdict[uuid.UUID, list[CertificateFacts]] = defaultdict(list)
    for product_id, *facts in session.execute(statement, {"product_ids": list(product_ids), "at": at}):
        found[product_id].append(CertificateFacts(*facts))
    return found
