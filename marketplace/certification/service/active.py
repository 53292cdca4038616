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


class HeldCertificates:
    """All certificates that products ever had, each once, to be asked for any instant."""

    def __init__(self, product_ids: Collection[uuid.UUID]) -> None:
        self._held: dict[uuid.UUID, list[CertificateFacts]] = {product_id: [] for product_id in product_ids}
        self._suspended: dict[uuid.UUID, dict[uuid.UUID, Sequence[Interval]]] = {}

    def add(self, product_id: uuid.UUID, suspensions: Sequence[Interval], facts: CertificateFacts) -> None:
        """One more of a product, in id order. `facts` say nothing of suspensions yet."""
        self._held[product_id].append(facts)
        if suspensions:
            self._suspended.setdefault(product_id, {})[facts.id] = suspensions

    def as_of(self, product_id: uuid.UUID, at: datetime) -> Sequence[CertificateFacts]:
        """Those of a product as of an aware instant, in id order. KeyError for a product that was not asked for."""
        held = self._held[product_id]
        # Of products that never had a suspension every instant has the same answer.
        suspended = self._suspended.get(product_id)
        return held if suspended is None else _as_of(held, suspended, at)


def certificates_held(
    session: Session, product_ids: Collection[uuid.UUID], *, lock: bool = False
) -> HeldCertificates:
    """As `certificates_of`, for instants that differ by sale: thousands of sales are asked for by one statement."""
    held = HeldCertificates(product_ids)
    statement = _HELD_LOCKED if lock else _HELD
    for product_id, suspensions, *facts in session.connection().execute(
        statement, {"product_ids": set(product_ids)}
    ):
        held.add(product_id, suspensions, CertificateFacts(*facts))
    return held


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
