"""Which certificates stand behind products at an instant: the question that listing, orders and intake ask, in one statement.

A caller that writes what the answer allows asks with ``lock=True``: the rows are locked FOR SHARE until its transaction ends, so
a revocation either waits for it (and is later) or has been seen by it. What decides is in the locked rows alone.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.certification.models import Certificate
from marketplace.certification.rules.schemes import scheme_of
from marketplace.certification.rules.standing import standing_at
from marketplace.core.clock import day_of


@dataclass(frozen=True)
class CertificateStanding:
    """A certificate as of an instant.

    standing: a code of `rules.standing.STANDINGS`. valid_from, valid_to: inclusive Shanghai days. makes_aid: active, and of a
    scheme whose sales are certified_aid on that day.
    """

    certificate_id: uuid.UUID
    product_id: uuid.UUID
    producer_id: uuid.UUID
    scheme: str
    catalogue_no: str
    area_code: str
    product_name: str
    spec: str
    valid_from: date
    valid_to: date
    standing: str
    makes_aid: bool


def certificate_standings(
    session: Session, product_ids: Collection[uuid.UUID], at: datetime, *, lock: bool = False
) -> dict[uuid.UUID, tuple[CertificateStanding, ...]]:
    """Every certificate the products ever had, with what it is at the aware instant. One statement; every product has a key.

    The order is that of scheme, valid_from and number. With `lock` all of them are locked FOR SHARE in id order.
    """
    statement = (
        select(Certificate)
        .where(Certificate.product_id.in_(sorted(set(product_ids))))
        .order_by(Certificate.id)
    )
    if lock:
        # Not merely the key: a revocation changes no key, and must wait all the same.
        statement = statement.with_for_update(read=True).execution_options(populate_existing=True)
    found: dict[uuid.UUID, list[CertificateStanding]] = {product_id: [] for product_id in product_ids}
    for row in session.scalars(statement):
        found[row.product_id].append(_standing(row, at))
    return {
        product_id: tuple(sorted(rows, key=lambda row: (row.scheme, row.valid_from, row.catalogue_no)))
        for product_id, rows in found.items()
    }


def certificates_active_for(
    session: Session, product_ids: Collection[uuid.UUID], at: datetime, *, lock: bool = False
) -> dict[uuid.UUID, tuple[CertificateStanding, ...]]:
    """The certificates of the products that are active at the aware instant; every product has a key, maybe with none."""
    return {
        product_id: tuple(row for row in rows if row.standing == "active")
        for product_id, rows in certificate_standings(session, product_ids, at, lock=lock).items()
    }


def _standing(row: Certificate, at: datetime) -> CertificateStanding:
    standing = standing_at(row, at)
    return CertificateStanding(
        certificate_id=row.id,
        product_id=row.product_id,
        producer_id=row.producer_id,
        scheme=row.scheme,
        catalogue_no=row.catalogue_no,
        area_code=row.area_code,
        product_name=row.product_name,
        spec=row.spec,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        standing=standing,
        makes_aid=standing == "active" and scheme_of(row.scheme).makes_certified_aid(day_of(at)),
    )
