"""Certificates of products as facts for `rules.eligibility`, read in one statement for any number of products."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import DateTime, literal, select
from sqlalchemy.orm import Session

from marketplace.catalogue.rules.eligibility import CertificateFacts
from marketplace.certification.models import Certificate


def certificates_of(
    session: Session, product_ids: Collection[uuid.UUID], at: datetime, *, lock: bool = False
) -> Mapping[uuid.UUID, Sequence[CertificateFacts]]:
    """All certificates that the products ever had, as of the aware instant, by product; products without one are empty.

    `lock` holds them FOR SHARE until the end of the transaction, in id order, so that a revocation comes wholly before or wholly
    after a sale: whoever sets `sold_at` asks for it.
    """
    statement = (
        select(
            Certificate.product_id,
            Certificate.id,
            Certificate.certificate_no,
            Certificate.scheme,
            Certificate.producer_id,
            Certificate.spec,
            Certificate.valid_from,
            Certificate.valid_to,
            Certificate.suspensions.bool_op("@>")(literal(at, DateTime(timezone=True))).label("suspended"),
            Certificate.void_from,
        )
        .where(Certificate.product_id.in_(list(product_ids)))
        .order_by(Certificate.id)
    )
    if lock:
        statement = statement.with_for_update(read=True)
    found: defaultdict[uuid.UUID, list[CertificateFacts]] = defaultdict(list)
    for product_id, *facts in session.execute(statement):
        found[product_id].append(CertificateFacts(*facts))
    return found
