"""Which certificates stand behind products at an instant: the question that listing, orders and intake ask, in one statement.

A caller that writes what the answer allows asks with ``lock=True``: the rows are locked FOR SHARE until its transaction ends, so
a revocation either waits for it (and is later) or has been seen by it. What decides is in the locked rows alone.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ARRAY, ColumnElement, DateTime, Uuid, bindparam, column, func, select
from sqlalchemy.orm import Session

from marketplace.certification.models import Certificate
from marketplace.certification.rules.standing import CertificateFacts


def facts_at(at: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    """What `CertificateFacts` holds, in its order, as columns of `Certificate` as of an aware instant."""
    held = Certificate.__table__.c
    return (
        held.id,
        held.certificate_no,
        held.scheme,
        held.producer_id,
        held.spec,
        held.valid_from,
        held.valid_to,
        Certificate.suspensions.bool_op("@>")(at).label("suspended"),
        held.void_from,
        Certificate.revoked_at.is_not(None).label("revoked"),
    )


# Built once: a checkout asks this at every order, and building a statement costs more than sending it.
_CERTIFICATES: Final = (
    select(
        Certificate.product_id,
        *facts_at(bindparam("at", type_=DateTime(timezone=True))),
    )
    .where(Certificate.product_id.in_(bindparam("product_ids", expanding=True)))
    .order_by(Certificate.id)
)
# Not merely the key: a revocation changes no key, and must wait all the same.
_LOCKED: Final = _CERTIFICATES.with_for_update(read=True)


def certificates_of(
    session: Session, product_ids: Collection[uuid.UUID], at: datetime, *, lock: bool = False
) -> Mapping[uuid.UUID, Sequence[CertificateFacts]]:
    """All certificates that the products ever had, as of the aware instant, by product, in id order; every product has a key.

    `lock` holds them FOR SHARE until the end of the transaction, in id order, so that a revocation comes wholly before or wholly
    after a sale: whoever sets `sold_at` asks for it.
    """
    statement = _LOCKED if lock else _CERTIFICATES
    found: dict[uuid.UUID, list[CertificateFacts]] = {product_id: [] for product_id in product_ids}
    rows = session.connection().execute(statement, {"product_ids": list(product_ids), "at": at})
    for product_id, *facts in rows:
        found[product_id].append(CertificateFacts(*facts))
    return found


_WANTED: Final = (
    func.unnest(
        bindparam("product_ids", type_=ARRAY(Uuid())), bindparam("ats", type_=ARRAY(DateTime(timezone=True)))
    )
    .table_valued(column("product_id", Uuid()), column("at", DateTime(timezone=True)), name="wanted")
    .render_derived(name="wanted")
)
_WHEN: Final = (
    select(
        Certificate.product_id,
        _WANTED.c.at,
        *facts_at(_WANTED.c.at),
    )
    .join(_WANTED, _WANTED.c.product_id == Certificate.product_id)
    .order_by(Certificate.id)
)
_WHEN_LOCKED: Final = _WHEN.with_for_update(read=True, of=Certificate)


def certificates_when(
    session: Session, wanted: Collection[tuple[uuid.UUID, datetime]], *, lock: bool = False
) -> Mapping[tuple[uuid.UUID, datetime], Sequence[CertificateFacts]]:
    """As `certificates_of`, for products each as of an instant of its own: a statement of many sales is asked for once."""
    statement = _WHEN_LOCKED if lock else _WHEN
    found: dict[tuple[uuid.UUID, datetime], list[CertificateFacts]] = {one: [] for one in wanted}
    rows = session.connection().execute(
        statement, {"product_ids": [product for product, _ in found], "ats": [at for _, at in found]}
    )
    for product_id, at, *facts in rows:
        found[product_id, at].append(CertificateFacts(*facts))
    return found


def certificates_active_for(
    session: Session, product_ids: Collection[uuid.UUID], at: datetime, *, lock: bool = False
) -> Mapping[uuid.UUID, Sequence[CertificateFacts]]:
    """Those of `certificates_of` that are active at the instant; every product has a key, maybe with none."""
    return {
        product_id: [one for one in certificates if one.standing(at) == "active"]
        for product_id, certificates in certificates_of(session, product_ids, at, lock=lock).items()
    }
