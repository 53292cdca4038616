"""Which certificates stand behind products at an instant: the question that listing, orders and intake ask, in one statement.

A caller that writes what the answer allows asks with ``lock=True``: the rows are locked FOR SHARE until its transaction ends, so
a revocation either waits for it (and is later) or has been seen by it. What decides is in the locked rows alone.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, DateTime, any_, bindparam, false, select
from sqlalchemy.orm import Session

from marketplace.certification.models import Certificate
from marketplace.certification.rules.standing import CertificateFacts, Interval, is_suspended
from marketplace.core.arrays import many_uuids


def facts_at(at: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    """What `CertificateFacts` holds, in its order, as columns of `Certificate` as of an aware instant."""
    return _facts(Certificate.suspensions.bool_op("@>")(at))


def _facts(suspended: ColumnElement[bool]) -> tuple[ColumnElement[Any], ...]:
    held = Certificate.__table__.c
    return (
        held.id,
        held.certificate_no,
        held.scheme,
        held.producer_id,
        held.spec,
        held.valid_from,
        held.valid_to,
        suspended.label("suspended"),
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


_HELD: Final = (
    select(Certificate.product_id, Certificate.suspensions, *_facts(false()))
    .where(Certificate.product_id == any_(many_uuids("product_ids")))
    .order_by(Certificate.id)
)
_HELD_LOCKED: Final = _HELD.with_for_update(read=True)


def certificates_when(
    session: Session, wanted: Collection[tuple[uuid.UUID, datetime]], *, lock: bool = False
) -> Mapping[tuple[uuid.UUID, datetime], Sequence[CertificateFacts]]:
    """As `certificates_of`, for products each as of an instant of its own: thousands of sales are asked for by one statement.

    Each certificate comes once, with all its suspensions; of products that never had one every instant has the same answer.
    """
    product_ids = {product_id for product_id, _ in wanted}
    held: dict[uuid.UUID, list[CertificateFacts]] = {product_id: [] for product_id in product_ids}
    suspended: dict[uuid.UUID, dict[uuid.UUID, Sequence[Interval]]] = {}
    statement = _HELD_LOCKED if lock else _HELD
    rows = session.connection().execute(statement, {"product_ids": product_ids})
    for product_id, suspensions, *facts in rows:
        held[product_id].append(CertificateFacts(*facts))
        if suspensions:
            suspended.setdefault(product_id, {})[facts[0]] = suspensions
    return {
        (product_id, at): _as_of(held[product_id], suspended[product_id], at)
        if product_id in suspended
        else held[product_id]
        for product_id, at in wanted
    }


def _as_of(
    certificates: Sequence[CertificateFacts], suspended: Mapping[uuid.UUID, Sequence[Interval]], at: datetime
) -> list[CertificateFacts]:
    return [replace(one, suspended=is_suspended(suspended.get(one.id, ()), at)) for one in certificates]


def certificates_active_for(
    session: Session, product_ids: Collection[uuid.UUID], at: datetime, *, lock: bool = False
) -> Mapping[uuid.UUID, Sequence[CertificateFacts]]:
    """Those of `certificates_of` that are active at the instant; every product has a key, maybe with none."""
    return {
        product_id: [one for one in certificates if one.standing(at) == "active"]
        for product_id, certificates in certificates_of(session, product_ids, at, lock=lock).items()
    }
